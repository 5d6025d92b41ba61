"""Taking in the town's list."""
