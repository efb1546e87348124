"""A mailbox that is read: letters to the addresses of alert sources are alerts."""
