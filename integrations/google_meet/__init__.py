"""Google Meet: the meeting in which people talk about an incident."""
