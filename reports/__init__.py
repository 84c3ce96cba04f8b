"""Findings in, documents out."""
