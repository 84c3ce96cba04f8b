"""Findings of an edition, from store, registry and estimates."""
