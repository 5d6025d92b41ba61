"""One alert, approved by a second person, to every resident over every channel."""
