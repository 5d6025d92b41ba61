"""Welfare work: who is asked first, what is written down, and who never learns of whom."""
