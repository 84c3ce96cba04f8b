"""What became of the words of a promise: its saved pages, compared."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime
from difflib import ndiff

from monitor.model import Policy, PromiseHistory, PromisePage

SHOWN = 20
"""Changed lines that are shown of each kind."""


def promise_histories(
    policies: Iterable[Policy], pages: Iterable[PromisePage], as_of: datetime
) -> Iterator[PromiseHistory]:
    """One value for each policy and address of which a page was kept by ``as_of``.

    ``pages`` are in the order in which they were kept; they are compared in the order of their
    days.
    """
    known_policies = {policy.id: policy for policy in policies}
    groups: dict[tuple[str, str], list[PromisePage]] = defaultdict(list)
    for page in pages:
        if page.kept_at <= as_of and page.policy in known_policies:
            groups[page.policy, page.url].append(page)
    for (policy, _), group in sorted(groups.items()):
        yield history(known_policies[policy], sorted(group, key=lambda page: page.day))


def history(policy: Policy, pages: list[PromisePage]) -> PromiseHistory:
    """What the pages of one address, the oldest first, say of a policy's words.

    The newest change counts. ``quotation_gone`` needs a page that had the quoted words: one that
    never had them may be another page, or quote the promise otherwise.
    """
    changed = next((n for n in range(len(pages) - 1, 0, -1) if _differ(pages[n - 1], pages[n])), 0)
    gone, added = changed_lines(pages[changed - 1], pages[changed]) if changed else ((), ())
    quoted = [_has_quotation(policy, page) for page in pages]
    return PromiseHistory(
        policy=policy.id,
        url=pages[-1].url,
        pages=len(pages),
        first=pages[0].day,
        last=pages[-1].day,
        same_since=pages[changed].day,
        changed_after=pages[changed - 1].day if changed else None,
        gone=gone[:SHOWN],
        added=added[:SHOWN],
        more=max(0, len(gone) - SHOWN) + max(0, len(added) - SHOWN),
        quotation_gone=any(quoted) and not quoted[-1],
    )


def changed_lines(
    before: PromisePage, after: PromisePage
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The lines that are gone, and those that were added, in their order."""
    lines = list(ndiff(before.lines, after.lines, charjunk=None))
    gone = tuple(line[2:] for line in lines if line.startswith("- "))
    return gone, tuple(line[2:] for line in lines if line.startswith("+ "))


def _differ(before: PromisePage, after: PromisePage) -> bool:
    return before.lines != after.lines


def _has_quotation(policy: Policy, page: PromisePage) -> bool:
    """Whether all quoted words stand on a page; an ellipsis stands for any words."""
    if not policy.quotation:
        return False
    text = _plain(" ".join(page.lines))
    parts = [_plain(part) for part in re.split("…|\\.\\.\\.", policy.quotation)]
    return all(part in text for part in parts)


def _plain(text: str) -> str:
    return " ".join(re.sub(r"[^\w\s]+", " ", text.casefold()).split())
