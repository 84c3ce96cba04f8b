"""Evidence: responses as received in WARC files, weekly manifests, one listing's package."""

from monitor.evidence.manifest import Manifest, Problem, remove, seal, tombstones, unsealed, verify
from monitor.evidence.pack import archive_name, pack
from monitor.evidence.warc import EvidenceError, EvidenceStore, WarcRecord
