"""Slack: channels, messages and people there, and what people say there to the hub."""
