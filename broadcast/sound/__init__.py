"""Alerts aloud: readings of names, speech, recordings, the number to call."""
