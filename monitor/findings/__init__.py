"""Findings of an edition, from store, registry and estimates."""

from .build import build_findings
