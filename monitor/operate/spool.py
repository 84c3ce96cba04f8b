"""Evidence on its way from a worker's spool into the evidence of the home."""

from __future__ import annotations

from pathlib import Path

from monitor.config import Config
from monitor.crawl.process import platform_lock
from monitor.evidence.manifest import file_sha256
from monitor.evidence.targets import ObjectStore, Target, target_of
from monitor.evidence.warc import mend
from monitor.model import UploadedFile
from monitor.store import Store
from monitor.store.homes import Home


def bring_spool(config: Config, store: Store, home: Home, platform: str) -> int:
    """Bring all that the spool holds of a platform to the target; returns how many files.

    Each is brought whole, noted in the database, and only then removed here. Raises ``LockedError``
    while a crawl of the platform writes, ``EvidenceError`` where a file cannot be brought: it and
    all after it stay in the spool for the next time.
    """
    target, brought = target_of(config), 0
    with platform_lock(config, platform):
        for path in spooled_files(config.evidence, platform):
            _bring(path, config.evidence, target, store, home)
            brought += 1
    return brought


def spooled_files(spool: Path, platform: str) -> list[Path]:
    """The files of a platform in a spool."""
    return sorted(path for path in spool.glob(f"*-W*/{platform}-*") if path.is_file())


def _bring(path: Path, spool: Path, target: Target, store: Store, home: Home) -> None:
    if path.name.endswith(".warc.gz"):
        # What a kill left unfinished is put aside, and brought as a file of its own.
        with path.open("r+b") as file:
            mend(file)
    upload = UploadedFile(
        path=path.relative_to(spool).as_posix(),
        size=path.stat().st_size,
        sha256=file_sha256(path),
    )
    target.bring(upload, path)
    store.workers.note_upload(upload, home, arrived=target.is_evidence)
    path.unlink()


def fetch_brought(config: Config, store: Store) -> int:
    """Fetch what workers brought to an object store into the evidence; returns how many files.

    Raises ``EvidenceError`` at the first that cannot be fetched; those before it have arrived.
    """
    target = config.evidence_target
    if not target.store or target.is_folder:
        return 0
    objects = ObjectStore(target.store)
    files = store.workers.on_the_way()
    for file in files:
        config.evidence.mkdir(parents=True, exist_ok=True)
        objects.fetch(file, config.evidence)
        store.workers.note_arrival(file.path)
        objects.remove(file)
    return len(files)
