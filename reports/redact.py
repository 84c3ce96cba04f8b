"""What may be shown to everybody: counts and verdicts, no seller, link or photograph."""

from __future__ import annotations

from msgspec.structs import replace

from monitor.model import Findings, Note, Withheld

# The lists of listings, by what an edition calls them where it leaves them out.
LISTS = {
    "listings": "listings",
    "waiting": "waiting",
    "suspected": "suspected",
    "imported": "imported",
    "gone": "gone",
    "unplanned": "unplanned_listings",
    "used_clothing": "used_clothing",
}
_NAMING = {"url", "title", "seller", "item", "item_id", "listing"}


def redacted(findings: Findings) -> Findings:
    """The findings of the public edition; those of a public edition are returned as they are.

    It has no cases and names no corrected offer. Policies lose their example listings and the name
    of the person who confirmed them, notes the values that name a listing or a seller.
    """
    if findings.withheld is not None:
        return findings
    empty: dict[str, tuple[()]] = dict.fromkeys(LISTS.values(), ())
    counts = {name: len(getattr(findings, field)) for name, field in LISTS.items()}
    return replace(
        findings,
        **empty,
        cases=(),
        replaces=findings.replaces and replace(findings.replaces, offers=()),
        policies=tuple(
            replace(policy, hits=(), misses=(), confirmed_by=policy.confirmed_by and "…")
            for policy in findings.policies
        ),
        notes=tuple(_redacted_note(note) for note in findings.notes),
        withheld=Withheld(**counts),
    )


def _redacted_note(note: Note) -> Note:
    """Without values that name a listing or a seller."""
    shown = {name: text for name, text in note.values.items() if name not in _NAMING}
    return replace(note, values=shown)
