"""What officers do with people on pages: read, correct, move, decide."""
