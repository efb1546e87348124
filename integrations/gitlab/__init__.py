"""GitLab: issues for incidents and follow-ups, at gitlab.com and at servers of one's own."""
