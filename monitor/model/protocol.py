"""What binds a season before it begins, and what was changed afterwards."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

import msgspec

from monitor.model.base import Value
from monitor.model.findings import Versions
from monitor.model.vocabulary import EntryKind, Origin, Stratum, Text, UnitState

WhySilent = Literal["no_source", "unconfirmed", "unverified"]
"""Why a policy accuses nobody: no source can be opened, a person's confirmation is missing, or
nobody verified it."""
WhyUnmeasured = Literal["closed", "no_entries"]
"""Why a platform is not measured: it closed, or the frame has no entry for it."""


class ListedEntry(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """An entry of the frame; a core entry is looked at in every week."""

    query: str
    kind: EntryKind
    stratum: Stratum
    core: bool
    weight: float
    pages: int


class Inclusion(Value):
    """How many of a stratum's ``pool`` entries a week takes, by who looks at them.

    Their inclusion probability is proportional to their weights; where all weigh alike, it is what
    is taken divided by the pool.
    """

    pool: int
    taken: dict[str, int]


class ListRules(Value):
    """The entries of a platform and cluster, by id, and how a week draws from them.

    ``sha256`` is the hash by which plans know the list (its first 16 digits); ``strata`` are named
    ``head``, or ``head/core`` for the entries that every week takes.
    """

    sha256: str
    strata: dict[str, Inclusion]
    entries: dict[str, ListedEntry]


class PrimaryPolicy(Value):
    """The policy that carries a cell's verdict from a week on, with the terms of that week.

    ``tolerance`` is a share in [0, 1].
    """

    week: str
    policy: str
    tolerance: float
    may_accuse: bool


class PolicyRules(Value):
    """A version of a policy; ``sha256`` (16 digits) is taken over all that the registry says of it.

    ``why_silent`` is None for one that may accuse. ``start`` is None where it is not known.
    """

    title: Text
    tolerance: float
    sha256: str
    sources: int
    start: datetime | None = None
    until: datetime | None = None
    why_silent: WhySilent | None = None


class LabelPlan(Value):
    """How many listings people label in a week, and which of them more than once.

    ``budget`` counts first labels, ``controls`` listings with a known answer. ``flagged_a_cell``,
    ``others`` and ``least_a_stratum`` share the budget out (see ``sampling.audit``).
    ``used_clothing`` counts first labels of used clothing, which come on top of ``budget``; 0 in
    protocols of before. ``second_share`` is the share of the listings without a positive answer
    that a second person labels; every positive one gets a second label, and one a third where it
    alone would establish a breach.
    """

    budget: int
    controls: int
    flagged_a_cell: int
    others: int
    least_a_stratum: int
    second_share: float
    used_clothing: int = 0


class ProtocolRules(Value):
    """All that binds a season.

    ``platforms`` are names by id, ``method`` the estimator's settings by name, ``cells`` the
    primary policies of each ``platform/cluster`` from the first week on, ``policies`` the versions
    in force in the season, by id and start. ``verdict_code`` are hashes (16 digits) over the source
    of the functions that decide a verdict, ``verdicts`` all words that they may say. ``answered``
    are the states in which a page counts as seen, ``refused`` those that count as full of breaches
    in an acquittal. ``weekly_pages`` limits what is asked of a platform in a week, by who asks. The
    registry's version is taken without exchange rates and replies, which come every week.
    """

    weeks: tuple[str, ...]
    platforms: dict[str, str]
    seed: int
    interval_seed: int
    interval_draws: int
    cell_entries: int
    weekly_pages: dict[str, int]
    method: dict[str, int | float]
    lists: dict[str, ListRules]
    cells: dict[str, tuple[PrimaryPolicy, ...]]
    policies: dict[str, PolicyRules]
    verdicts: tuple[str, ...]
    verdict_code: dict[str, str]
    answered: tuple[UnitState, ...]
    refused: tuple[UnitState, ...]
    unmeasured: dict[str, WhyUnmeasured]
    reference: tuple[str, ...]
    labels: LabelPlan
    versions: Versions


class Protocol(Value):
    """The rules of a season as they were written down, once.

    ``written_after_start``: on its first Monday (Asia/Jakarta) or later, when data may have been
    seen.
    """

    season: str
    origin: Origin
    written_at: datetime
    written_after_start: bool
    rules: ProtocolRules
    schema: int = 1


class RuleChange(Value):
    """A rule that differs: its dotted key, and what it was and is; None where there was none."""

    key: str
    old: Any = None
    new: Any = None


class Deviation(Value):
    """A change of a season's rules after they were written down, with its reason.

    ``protocol`` is the SHA-256 of the document that it departs from, which stays as it is.
    """

    at: datetime
    reason: str
    protocol: str
    changes: tuple[RuleChange, ...]
