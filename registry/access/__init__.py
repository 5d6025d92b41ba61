"""Who may see what of whom, and the record of every look."""
