"""A believable organisation with a past, for looking around and for screenshots."""
