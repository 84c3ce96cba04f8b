"""Simulated marketplaces on loopback, with known truth."""
