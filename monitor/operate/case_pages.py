"""The pages of cases: pictures and archive from the evidence, made once and kept."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path

import msgspec

from monitor import __version__
from monitor.config import Config
from monitor.crawl.chromium import find_chromium
from monitor.crawl.pictures import Missing, Picture, PictureSubject, picture_of, take_pictures
from monitor.evidence import EvidenceError, EvidenceStore, archive_name, pack
from monitor.model import (
    Case,
    DetailVisit,
    Findings,
    ListingKey,
    Observation,
    Question,
    ResponseRecord,
    Value,
    from_json,
    to_json,
)
from monitor.store import Store
from reports.cases import RECORD, case_file, write_case
from reports.contexts import CaseRecord, PageProof

_NOT_TAKEN: Missing = "not_taken"


class _Work(Value):
    """A case whose page is to be made: its folder, and what is there already."""

    case: Case
    folder: Path
    stored: CaseRecord | None

    @property
    def key(self) -> ListingKey:
        """The offer it is about."""
        return ListingKey(self.case.platform, self.case.item_id)


class _OfferRecords(Value):
    """What the store has of the offers of cases, and which pages are handed to nobody."""

    observations: Mapping[ListingKey, tuple[Observation, ...]]
    visits: Mapping[ListingKey, tuple[DetailVisit, ...]]
    restricted: frozenset[str]


def write_case_pages(
    config: Config,
    store: Store,
    findings: Findings,
    cases: Iterable[Case],
    as_of: datetime,
    root: Path,
    warn: Callable[[str], None] = lambda message: None,
    *,
    pictures: bool = True,
) -> int:
    """Write the page of each case that is not there as it is; returns how many were written.

    A page that shows a later state stays. Pictures are taken once: of a page that has one, and
    whose hash is the same, none is taken again; without ``pictures`` none at all. ``findings``
    explain the policies.
    """
    works = [work for case in cases if (work := _work(case, as_of, root, pictures=pictures))]
    keys = {work.key for work in works}
    records = _OfferRecords(
        observations=store.observations.of_listings(keys),
        visits=store.visits.of_listings(keys),
        restricted=store.restricted_pages() if works else frozenset(),
    )
    subjects = {
        f"{work.case.id} {name}": subject
        for work in works
        for name, subject in _pages_to_show(config, records, work)
    }
    pages = {name: page for name, page in subjects.items() if isinstance(page, PictureSubject)}
    taken = take_pictures(pages) if pictures else dict.fromkeys(pages, _NOT_TAKEN)
    for work in works:
        work.folder.mkdir(parents=True, exist_ok=True)
        record = CaseRecord(
            software=__version__,
            as_of=as_of,
            case=work.case,
            result_page=_proof(work, "result_page", subjects, taken),
            own_page=_proof(work, "own_page", subjects, taken),
            archive=_packed(config, records, work, warn),
        )
        write_case(findings, record, work.folder)
        (work.folder / RECORD).write_bytes(to_json(record))
    return len(works)


def _work(case: Case, as_of: datetime, root: Path, *, pictures: bool) -> _Work | None:
    """What is to be done for a case; None where its page is there as it is, or a later one."""
    folder = (root / case_file(case.id)).parent
    try:
        stored = from_json((folder / RECORD).read_bytes(), CaseRecord)
    except (FileNotFoundError, msgspec.DecodeError):
        return _Work(case=case, folder=folder, stored=None)
    if stored.as_of > as_of:
        return None
    proofs = (stored.own_page, stored.result_page)
    lacks_picture = any(proof.missing in {"no_chromium", _NOT_TAKEN} for proof in proofs)
    may_be_shown = pictures and lacks_picture and find_chromium()
    same = stored.case == case and stored.software == __version__
    return None if same and not may_be_shown else _Work(case=case, folder=folder, stored=stored)


def _pages_to_show(
    config: Config, records: _OfferRecords, work: _Work
) -> Iterator[tuple[str, PictureSubject | Picture | Missing]]:
    """The kept pages of which a picture is to be taken, those that have one, and why there can be
    none of the others; none of a page whose picture is there."""
    case, evidence = work.case, EvidenceStore(config.evidence)
    is_used = case.question is Question.used_clothing
    decisive = (case.title,) if is_used else (case.ship_from, case.seller_name)
    words = tuple(dict.fromkeys(filter(None, decisive)))
    pointers = {
        "own_page": (case.own_page_pointer, None),
        "result_page": (case.result_page_pointer, case.title),
    }
    for name, (pointer, around) in pointers.items():
        if _has_picture(work, name):
            continue
        if name == "own_page" and (
            screenshot := _screenshot(config, records.visits.get(work.key, ()), case)
        ):
            yield name, screenshot
            continue
        if pointer is None or pointer in records.restricted:
            yield name, "no_record"
            continue
        try:
            yield name, PictureSubject(evidence.read(pointer), words, around)
        except EvidenceError:
            yield name, "no_record"


def _has_picture(work: _Work, name: str) -> bool:
    """Whether the page has its picture, or is known to have none, by the same hash."""
    if work.stored is None:
        return False
    proof: PageProof = getattr(work.stored, name)
    hashes = [getattr(case, f"{name}_sha256") for case in (work.case, work.stored.case)]
    is_final = proof.missing in {"no_page", "blank"} or (
        proof.picture is not None and (work.folder / proof.picture).is_file()
    )
    return hashes[0] == hashes[1] and is_final


def _screenshot(config: Config, visits: Iterable[DetailVisit], case: Case) -> Picture | None:
    """The screenshot that was kept of the own page when it was judged."""
    for visit in visits:
        if visit.screenshot and visit.received and _hash_of(visit.received) == case.own_page_sha256:
            path = config.evidence / visit.screenshot
            try:
                content = path.read_bytes()
                if hashlib.sha256(content).hexdigest() == visit.screenshot_sha256:
                    return picture_of(content)
            except OSError:
                continue
    return None


def _proof(
    work: _Work,
    name: str,
    subjects: Mapping[str, PictureSubject | Picture | Missing],
    taken: Mapping[str, Picture | Missing],
) -> PageProof:
    """What is shown of a page; a picture that was taken now is written into the folder."""
    key = f"{work.case.id} {name}"
    if key not in subjects:
        assert work.stored is not None
        proof: PageProof = getattr(work.stored, name)
        return proof
    screenshot = subjects[key]
    picture = screenshot if isinstance(screenshot, Picture) else taken.get(key, screenshot)
    if not isinstance(picture, Picture):
        return PageProof(missing=str(picture))
    file = f"{name}-{hashlib.sha256(picture.image).hexdigest()[:8]}.webp"
    (work.folder / file).write_bytes(picture.image)
    return PageProof(
        picture=file, words=picture.words, is_screenshot=isinstance(screenshot, Picture)
    )


def _packed(
    config: Config, records: _OfferRecords, work: _Work, warn: Callable[[str], None]
) -> str | None:
    """Write the evidence of a case beside its page; returns the file's name, None where what it
    rests on is not kept."""
    case = work.case
    observations = [
        observation
        for observation in records.observations.get(work.key, ())
        if observation.received and _hash_of(observation.received) == case.result_page_sha256
    ]
    name = f"{archive_name(case.platform, case.item_id)}.wacz"
    if not observations:
        return None
    try:
        pack(
            config.evidence,
            work.folder / name,
            listing=observations[-1].listing,
            pages=[
                observation.received
                for observation in observations
                if observation.received and observation.received.evidence not in records.restricted
            ],
            visits=records.visits.get(work.key, ()),
        )
    except EvidenceError as error:
        warn(f"{case.id}: {error}")
        return None
    return name


def _hash_of(received: ResponseRecord) -> str:
    """The hash by which a page is cited."""
    return received.sha256_kept or received.sha256
