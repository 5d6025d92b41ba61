"""Reliability trials: the service as it runs for real, hurt at random instants, and the lists compared afterwards."""
