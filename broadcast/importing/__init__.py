"""Taking in the town's own list of people to reach."""
