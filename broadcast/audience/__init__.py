"""Who is addressed, over which channel, and who was reached."""
