"""What a corrected edition says otherwise than the one it replaces, in both languages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from monitor.model import Cell, Findings, Policy, Text

from .phrases import Phrases
from .words import Words

Key = tuple[str, str, str]


def corrections(before: Findings, after: Findings) -> tuple[Text, ...]:
    """One sentence a change, the replaced edition first; names no seller and no offer."""
    told = zip(_told("id", before, after), _told("en", before, after), strict=True)
    return tuple(Text(id=id, en=en) for id, en in told)  # noqa: A001


def _told(lang: str, before: Findings, after: Findings) -> Sequence[str]:
    words = Words(lang)
    then, now = Phrases(before, words), Phrases(after, words)
    kind, moment = words(f"edition.{before.edition}").lower(), words.moment(before.as_of)
    said = [
        *_cells(then, now),
        *_evidence(then, now),
        *_labels(then, now),
        *_policies(then, now),
        *_platforms(then, now),
    ]
    return [
        words("correction.replaces", edition=kind, moment=moment),
        *(said or [words("correction.details")]),
    ]


def _cells(then: Phrases, now: Phrases) -> Iterator[str]:
    old, new = _primary(then.findings), _primary(now.findings)
    for key in sorted(old.keys() | new.keys()):
        was, is_ = _side(then, old.get(key)), _side(now, new.get(key))
        if was != is_:
            platform, cluster, _ = key
            where = {
                "platform": now.platform_name(platform),
                "cluster": now.words(f"cluster.{cluster}"),
            }
            yield now.words("correction.cell", now=is_, before=was, **where)


def _primary(findings: Findings) -> dict[Key, Cell]:
    return {(c.platform, c.cluster, c.policy): c for c in findings.cells if c.primary}


def _side(said: Phrases, cell: Cell | None) -> str:
    words = said.words
    if cell is None:
        return words("correction.no_cell")
    counted = words("correction.confirmed", n=cell.confirmed)
    interval = words.interval(cell.low, cell.high)
    shown = "" if cell.low is None else f"; {words.share(cell.estimate)} ({interval})"
    return f"{said.verdict_words(cell)}, {counted}{shown}"


def _evidence(then: Phrases, now: Phrases) -> Iterator[str]:
    old, new = (
        {(e.listing.platform, e.listing.item_id) for e in side.findings.listings}
        for side in (then, now)
    )
    for form, keys in (("removed", old - new), ("added", new - old)):
        for platform, number in sorted(Counter(platform for platform, _ in keys).items()):
            named = now.platform_name(platform)
            yield now.words(f"correction.evidence_{form}", platform=named, n=number)


def _labels(then: Phrases, now: Phrases) -> Iterator[str]:
    was, is_ = (side.findings.audit.labels if side.findings.audit else 0 for side in (then, now))
    if was != is_:
        yield now.words("correction.labels", now=is_, before=was)


def _policies(then: Phrases, now: Phrases) -> Iterator[str]:
    old, new = _by_id(then.findings), _by_id(now.findings)
    for name in sorted(old.keys() | new.keys()):
        if old.get(name) != new.get(name):
            side = now if name in new else then
            yield now.words("correction.policy", title=side.policy_title(name))


def _by_id(findings: Findings) -> dict[str, tuple[Policy, ...]]:
    found: dict[str, tuple[Policy, ...]] = {}
    for policy in findings.policies:
        found[policy.id] = (*found.get(policy.id, ()), policy)
    return found


def _platforms(then: Phrases, now: Phrases) -> Iterator[str]:
    replies = {one.id: one.reply for one in then.findings.platforms}
    for one in now.findings.platforms:
        if one.reply and one.reply != replies.get(one.id):
            yield now.words("correction.reply", platform=one.name)
    old, new = _answered(then.findings), _answered(now.findings)
    for platform in sorted(old.keys() | new.keys()):
        was, is_ = old[platform], new[platform]
        if was != is_:
            named = now.platform_name(platform)
            yield now.words("correction.coverage", platform=named, now=is_, before=was)


def _answered(findings: Findings) -> Counter[str]:
    found: Counter[str] = Counter()
    for row in findings.coverage:
        found[row.platform] += row.sampled + row.empty
    return found
