"""What providers tell later of a message."""
