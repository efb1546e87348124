"""Roles of API keys: one table, role -> label and what it allows (API behaviour, sections 5.1 and 5.3)."""
