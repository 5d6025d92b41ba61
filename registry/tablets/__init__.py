"""The tablets: enrolled, fed with what they may show, and what they seal taken in."""
