"""Stand-ins for the providers, on loopback, for the demonstration and the tests; they follow the providers' API descriptions."""
