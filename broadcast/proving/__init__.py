"""How each channel proves itself before it is needed."""
