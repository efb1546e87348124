"""Jira: issues for incidents and follow-ups, in Jira Cloud and in Jira Data Center."""
