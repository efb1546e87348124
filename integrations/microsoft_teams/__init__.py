"""Microsoft Teams: messages to its channels."""
