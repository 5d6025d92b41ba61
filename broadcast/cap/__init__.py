"""CAP 1.2 (OASIS, 2010): vocabulary, documents, reading."""
