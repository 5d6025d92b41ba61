"""Safety inquiries."""
