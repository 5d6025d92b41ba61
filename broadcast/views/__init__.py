"""Pages of the disaster headquarters for alerts, and the addresses that providers call."""
