"""The bad moments: each a function that raises ``Wrong`` where something that must hold does not."""
