"""Opsgenie, and the alerts of Jira Service Management: they speak alike."""
