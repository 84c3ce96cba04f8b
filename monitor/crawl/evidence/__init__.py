"""Evidence: responses as received in WARC files, weekly manifests, one listing's package."""

from monitor.crawl.evidence.manifest import Manifest, Problem, remove, seal, verify
from monitor.crawl.evidence.pack import pack
from monitor.crawl.evidence.warc import Evidence, EvidenceError, Kept

__all__ = [
    "Evidence",
    "EvidenceError",
    "Kept",
    "Manifest",
    "Problem",
    "pack",
    "remove",
    "seal",
    "verify",
]
