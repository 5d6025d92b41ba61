"""Tables of the broadcast side."""
