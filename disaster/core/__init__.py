"""Settings, database, clock, text, audit and errors: what every other room stands on."""
