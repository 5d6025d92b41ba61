"""The exact text of an alert for each channel and language, as pure functions."""
