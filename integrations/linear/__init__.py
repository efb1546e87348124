"""Linear: issues for incidents and follow-ups."""
