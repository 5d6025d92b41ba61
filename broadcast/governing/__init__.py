"""Settings that can cause or limit a send, changed by two people."""
