"""Letters that came back: read, matched with their delivery, and passed on as receipts."""
