"""What may be shown to everybody: counts and verdicts, no seller, link or photograph."""

from __future__ import annotations

from msgspec.structs import replace

from monitor.model import Findings, Note, Policy, Withheld

_WITHHELD = "…"


def redacted(findings: Findings) -> Findings:
    """The findings of the public edition; those of a public edition are returned as they are."""
    if findings.withheld is not None:
        return findings
    return replace(
        findings,
        listings=(),
        suspected=(),
        imported=(),
        gone=(),
        unplanned_listings=(),
        policies=tuple(_policy(policy) for policy in findings.policies),
        notes=tuple(_note(note) for note in findings.notes),
        withheld=Withheld(
            listings=len(findings.listings),
            suspected=len(findings.suspected),
            imported=len(findings.imported),
            gone=len(findings.gone),
            unplanned=len(findings.unplanned_listings),
        ),
    )


def _policy(policy: Policy) -> Policy:
    """Without its example listings and without the name of the person who confirmed it."""
    return replace(
        policy,
        hits=(),
        misses=(),
        confirmed_by=policy.confirmed_by and _WITHHELD,
    )


def _note(note: Note) -> Note:
    """Without values that name a listing or a seller."""
    values = {
        key: value
        for key, value in note.values.items()
        if key not in {"url", "title", "seller", "item", "item_id", "listing"}
    }
    return replace(note, values=values)
