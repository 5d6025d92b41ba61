"""People who want to be written to: how they join, change and leave."""
