"""Safety inquiries: what may be told to whom."""
