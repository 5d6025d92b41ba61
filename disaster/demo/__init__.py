"""The first look: sample people, simulated providers on loopback, and the inbox that shows what arrived."""
