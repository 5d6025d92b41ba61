"""What the register says of shelters."""
