"""PFIF 1.4, the format in which services for missing people exchange records (http://zesty.ca/pfif/1.4)."""
