"""Measuring programs: ``scripts/bench NAME`` prints one JSON object a line for each figure, with peers and limits of the same run."""
