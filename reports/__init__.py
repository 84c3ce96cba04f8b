"""Findings in, documents out: the weekly report, its tables, letters and archive."""
