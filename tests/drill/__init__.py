"""The drills run end to end, shortened, and see what naive programs do wrong."""
