"""What a corrected edition says otherwise than the one it replaces."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator

from monitor.model import Cell, ChangedOffer, Findings, Label, Text

from .edition_messages import EditionMessages


def corrections(before: Findings, after: Findings) -> tuple[Text, ...]:
    """One sentence a change in both languages, the replaced edition first.

    None names a seller or an offer.
    """
    indonesian, english = (
        list(_sentences(EditionMessages(before, lang), EditionMessages(after, lang)))
        for lang in ("id", "en")
    )
    return tuple(Text(id=id, en=en) for id, en in zip(indonesian, english, strict=True))  # noqa: A001


def changed_offers(
    before: Findings, after: Findings, labels: Iterable[Label]
) -> tuple[ChangedOffer, ...]:
    """The offers whose confirmation differs, and those that left or joined the evidence after
    people had judged them; with the notes of the ``labels`` given between the two editions."""
    since = defaultdict(list)
    for label in labels:
        if before.as_of < label.at <= after.as_of:
            since[label.platform, label.item_id].append(label)
    old, new = (
        {(entry.listing.platform, entry.listing.item_id): entry for entry in side.listings}
        for side in (before, after)
    )
    changed = []
    for key in sorted(old.keys() | new.keys()):
        was, now = key in old and old[key].confirmed, key in new and new[key].confirmed
        if was != now:
            change = "confirmed" if now else "withdrawn"
        elif since[key] and (key in old) != (key in new):
            change = "added" if key in new else "removed"
        else:
            continue
        notes = (label.note for label in sorted(since[key], key=lambda label: label.at))
        changed.append(
            ChangedOffer(
                platform=key[0],
                item_id=key[1],
                title=(new.get(key) or old[key]).listing.title,
                change=change,
                labelled=bool(since[key]),
                notes=tuple(dict.fromkeys(note for note in notes if note)),
            )
        )
    return tuple(changed)


def _sentences(before: EditionMessages, after: EditionMessages) -> Iterator[str]:
    """The replaced edition, then every change."""
    kind = after(f"edition.{before.findings.edition}").lower()
    yield after("correction.replaces", edition=kind, moment=after.moment(before.findings.as_of))
    changes = [
        *_cells(before, after),
        *_evidence(before, after),
        *_labels(before, after),
        *_policies(before, after),
        *_platforms(before, after),
    ]
    yield from changes or [after("correction.details")]


def _cells(before: EditionMessages, after: EditionMessages) -> Iterator[str]:
    """The primary cells that are shown differently, with both sides."""
    old, new = (
        {
            (c.platform, c.cluster, c.policy): c
            for c in (*side.findings.cells, *side.used_clothing.cells)
            if c.primary
        }
        for side in (before, after)
    )
    for key in sorted(old.keys() | new.keys()):
        old_text, new_text = _side(before, old.get(key)), _side(after, new.get(key))
        if old_text != new_text:
            subject = after.subject(new.get(key) or old[key])
            yield after("correction.cell", now=new_text, before=old_text, **subject)


def _side(messages: EditionMessages, cell: Cell | None) -> str:
    """A cell as one of the two editions shows it."""
    if cell is None:
        return messages("correction.no_cell")
    confirmed = messages.confirmed_text(cell)
    interval = messages.interval(cell.low, cell.high)
    share = "" if cell.low is None else f"; {messages.share(cell.estimate)} ({interval})"
    return f"{messages.verdict_text(cell)}, {confirmed}{share}"


def _evidence(before: EditionMessages, after: EditionMessages) -> Iterator[str]:
    """How many entries left and joined the evidence, by platform."""
    old, new = (
        {(entry.listing.platform, entry.listing.item_id) for entry in side.findings.listings}
        for side in (before, after)
    )
    for form, keys in (("removed", old - new), ("added", new - old)):
        for platform, number in sorted(Counter(platform for platform, _ in keys).items()):
            name = after.platform_name(platform)
            yield after(f"correction.evidence_{form}", platform=name, n=number)


def _labels(before: EditionMessages, after: EditionMessages) -> Iterator[str]:
    """How many labels there are, where that changed."""
    audits = (before.findings.audit, after.findings.audit)
    old, new = (audit.labels if audit else 0 for audit in audits)
    if old != new:
        yield after("correction.labels", now=new, before=old)


def _policies(before: EditionMessages, after: EditionMessages) -> Iterator[str]:
    """The policies that are not the same in both editions."""
    policies = (*before.findings.policies, *after.findings.policies)
    for name in sorted({policy.id for policy in policies}):
        old, new = (
            [policy for policy in side.findings.policies if policy.id == name]
            for side in (before, after)
        )
        if old != new:
            side = after if new else before
            yield after("correction.policy", title=side.policy_title(name))


def _platforms(before: EditionMessages, after: EditionMessages) -> Iterator[str]:
    """The platforms that replied, then those of which another number of pages was observed."""
    replies = {platform.id: platform.reply for platform in before.findings.platforms}
    for platform in after.findings.platforms:
        if platform.reply and platform.reply != replies.get(platform.id):
            yield after("correction.reply", platform=platform.name)
    old, new = (_observed_pages(side.findings) for side in (before, after))
    for name in sorted(old.keys() | new.keys()):
        if old[name] != new[name]:
            platform_name = after.platform_name(name)
            yield after(
                "correction.coverage", platform=platform_name, now=new[name], before=old[name]
            )


def _observed_pages(findings: Findings) -> Counter[str]:
    """How many planned pages were observed, by platform."""
    pages: Counter[str] = Counter()
    for row in findings.coverage:
        pages[row.platform] += row.sampled + row.empty
    return pages
