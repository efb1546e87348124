"""GitHub: issues for incidents and follow-ups, at github.com and at GitHub Enterprise Server."""
