"""Evidence: responses as received in WARC files, weekly manifests, one listing's package."""

from monitor.evidence.manifest import (
    Manifest,
    Problem,
    erase_records,
    erased_count,
    is_removed,
    remove,
    removed_evidence,
    seal,
    tombstones,
    unsealed,
    verify,
)
from monitor.evidence.pack import archive_name, pack
from monitor.evidence.warc import EvidenceError, EvidenceStore, WarcRecord
