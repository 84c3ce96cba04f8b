"""Findings of an edition, from store, registry and estimates."""

from .build import build_findings

__all__ = ["build_findings"]
