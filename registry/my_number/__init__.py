"""My Number (個人番号), for installations that use it."""
