"""Who looks at what next: pure logic over a draw and the labels so far.

Every drawn listing gets a first look, unless an earlier week's answer carries over. A second,
independent look goes to every positive and to a random fifth of the rest; nobody sees which of
the two a listing is. Where looks differ, somebody decides. Annotators start at different places of
the random order, so that they meet each other's listings among fresh ones.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence, Set

from monitor.labels import Resolved, resolve
from monitor.model import (
    Answer,
    AuditSample,
    Cluster,
    Label,
    LabelKind,
    SampledListing,
    Value,
    VersionKey,
)

SECOND_LOOKS = 0.2
Alike = Callable[[SampledListing, Cluster, Set[str | None]], bool]
"""Whether each policy says the same of a listing, whichever of some commodities it is."""


class Progress(Value):
    """Listings drawn, looked at by anybody, by the one who asks, and waiting for a decision."""

    listings: int
    looked: int
    mine: int
    waiting: int
    disagreements: int

    @property
    def share(self) -> float:
        """Share of listings with a first look."""
        return self.looked / self.listings if self.listings else 1.0


class Work:
    """The state of a week's audit. ``labels`` are those of this and of earlier weeks; without
    ``alike`` commodities are not compared."""

    def __init__(
        self, draw: AuditSample, labels: Iterable[Label], alike: Alike | None = None
    ) -> None:
        self.draw = draw
        self._alike = alike
        self.items: dict[VersionKey, SampledListing] = {}
        for item in draw.items:
            self.items.setdefault(item.key, item)
        self._labels: dict[VersionKey, list[Label]] = defaultdict(list)
        for label in sorted(labels, key=lambda label: label.at):
            if label.key in self.items:
                self._labels[label.key].append(label)
        self._carried = {
            key
            for key, found in resolve(
                label for group in self._labels.values() for label in group
                if label.week < draw.week
            ).items()
            if found.answer is not None
        }  # fmt: skip
        self._resolved = resolve(label for group in self._labels.values() for label in group)

    def next_for(self, name: str, people: Sequence[str]) -> SampledListing | None:
        """The listing that ``name`` should look at next; None when nothing is left for them."""
        keys = list(self.items)
        start = sorted(people).index(name) * len(keys) // max(len(people), 1)
        for key in keys[start:] + keys[:start]:
            if self.wants_look(key, name):
                return self.items[key]
        return None

    def wants_look(self, key: VersionKey, name: str) -> bool:
        """Whether a listing still needs a look that ``name`` can give."""
        looks = self.looks(key)
        if key in self._carried or name in looks or len(looks) > 1:
            return False
        return not looks or Answer.yes in looks.values() or self._doubled(key)

    def looks(self, key: VersionKey) -> dict[str, Answer]:
        """Standing answers by person, decisions aside."""
        return {
            label.annotator: label.cross_border
            for label in self._labels[key]
            if label.kind is not LabelKind.adjudication
        }

    def kind_for(self, key: VersionKey, name: str) -> LabelKind:
        """Whether a look of ``name`` is the first or the second; a correction keeps its kind."""
        for label in self._labels[key]:
            if label.annotator == name and label.kind is not LabelKind.adjudication:
                return label.kind
        return LabelKind.second if self.looks(key) else LabelKind.first

    def disagreements(self) -> list[SampledListing]:
        """Listings whose looks differ and on which nobody has decided."""
        return [item for key, item in self.items.items() if self.is_disputed(key)]

    def is_disputed(self, key: VersionKey) -> bool:
        """Whether two people differ, or a decision has not settled it; of a positive also whether
        they see different product groups, or commodities that are not the same to a policy."""
        found = self._resolved.get(key)
        if len(self.looks(key)) < 2:
            return False
        if found is None or found.answer is None:
            return True
        return found.answer is Answer.yes and self._goods_differ(key)

    def settles(self, label: Label) -> bool:
        """Whether appending a decision would leave the listing with an answer."""
        return self._with(label).answer is not None

    def mine(self, name: str) -> list[Label]:
        """The looks of ``name`` in this week's audit, oldest first, the latest of each listing."""
        latest: dict[VersionKey, Label] = {}
        for key, labels in self._labels.items():
            for label in labels:
                own = label.annotator == name and label.week == self.draw.week
                if own and label.kind is not LabelKind.adjudication:
                    latest[key] = label
        return sorted(latest.values(), key=lambda label: label.at)

    def of(self, key: VersionKey) -> list[Label]:
        """All labels of a listing, as they came."""
        return list(self._labels[key])

    def progress(self, name: str) -> Progress:
        """How far the audit is."""
        seen = [key for key in self.items if key in self._carried or self.looks(key)]
        waiting = sum(self.wants_second(key) for key in self.items if key not in self._carried)
        return Progress(
            listings=len(self.items),
            looked=len(seen),
            mine=len(self.mine(name)),
            waiting=waiting,
            disagreements=len(self.disagreements()),
        )

    def wants_second(self, key: VersionKey) -> bool:
        """Whether a listing with one look needs another person's."""
        looks = self.looks(key)
        return len(looks) == 1 and (Answer.yes in looks.values() or self._doubled(key))

    def _goods_differ(self, key: VersionKey) -> bool:
        labels = self._labels[key]
        if any(label.kind is LabelKind.adjudication for label in labels):
            return False
        latest = {label.annotator: label for label in labels}.values()
        clusters = {label.cluster for label in latest if label.cluster is not None}
        said = {label.category for label in latest}
        if len(clusters) != 1 or len(said) < 2 or self._alike is None:
            return len(clusters) > 1
        return not self._alike(self.items[key], clusters.pop(), said)

    def _with(self, label: Label) -> Resolved:
        key = label.key
        return resolve([*self._labels[key], label])[key]

    def _doubled(self, key: VersionKey) -> bool:
        text = "/".join((self.draw.sha256, *key))
        number = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")
        return number < SECOND_LOOKS * 2**64
