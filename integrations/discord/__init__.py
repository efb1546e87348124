"""Discord: messages to its channels."""
