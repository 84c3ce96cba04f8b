"""Findings of an edition, from store, registry and estimates (``build.build_findings``)."""
