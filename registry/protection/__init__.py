"""Protection of people whose whereabouts or existence is kept secret: orders, whom they reach, and who may not meet."""
