"""What the estimator is given and what it gives back."""

from __future__ import annotations

from monitor.model import Answer, Cell, Cluster, Note, ScreenStratum, UnitRecord, Value


class Settings(Value):
    """The method's knobs, with the defaults that the simulation was run at.

    ``least_units``: share of planned units that must answer in every frame stratum;
    ``least_entries``: responding entries a cell needs; ``window``: weeks over which labels of
    unflagged listings are pooled; ``pooling_level``: p-value (Fisher, two-sided) under which the
    pool is cut back to the cell's own cluster, or to the week; ``least_icc``: intra-entry
    correlation below which the design effect of the flagged share is never taken.
    """

    level: float = 0.95
    least_units: float = 0.6
    least_entries: int = 30
    window: int = 13
    pooling_level: float = 0.1
    least_icc: float = 0.05


class Position(Value):
    """One place of a cell: where it was seen and what the frozen screen says of its listing.

    ``breach``: screened as ``cross_border`` and forbidden by the cell's policy; ``suspected``:
    screened as ``suspected``, and forbidden if that is right. Both are counts for the report only.
    ``confirmed``: two people say so of what stood here on that day, and its own page was kept.
    """

    entry_id: str
    item_id: str
    version: str
    stratum: ScreenStratum
    breach: bool = False
    suspected: bool = False
    confirmed: bool = False


class Audited(Value):
    """A labelled listing version of a platform, as drawn in one cell of one week.

    ``outcome``: does it breach the cell's policy, as the resolved labels say; ``probability``: its
    inclusion probability in that draw; ``places``: how many places it took there. ``classifier``
    names the version whose screen it was drawn from. ``foreign`` is whether a foreign seller offers
    it at all: for cells of other clusters, where the policy may reach less, that is what the label
    says.
    """

    week: str
    cluster: Cluster
    item_id: str
    version: str
    stratum: ScreenStratum
    probability: float
    outcome: Answer
    places: int = 1
    entry_id: str | None = None
    classifier: str = ""
    foreign: Answer | None = None


class CellData(Value):
    """A cell before estimation.

    ``units``: all planned units of platform × cluster with their states; ``places``: what stood on
    the sampled ones; ``audited``: every labelled listing of the **platform** for this policy, of
    this week and the weeks before (those too old or of another classifier are left out here).
    ``throughout``: the policy was in force all week; places seen outside its time breach nothing.
    ``obstacle``: why the policy cannot be measured here at all, such as a duty that no public page
    shows.
    """

    week: str
    platform: str
    cluster: Cluster
    policy: str
    tolerance: float
    units: tuple[UnitRecord, ...]
    places: tuple[Position, ...] = ()
    audited: tuple[Audited, ...] = ()
    classifier: str = ""
    primary: bool = True
    may_accuse: bool = True
    throughout: bool = True
    obstacle: Note | None = None


class CellEstimate(Value):
    """A finished cell, and how its interval came about.

    ``level`` is the level of the interval shown and judged (0.95, or closer to 1 where Holm asks
    for it); ``melded`` and ``linearised`` the two intervals of which ``cell`` shows the wider.
    """

    cell: Cell
    level: float
    melded: tuple[float, float] | None = None
    linearised: tuple[float, float] | None = None
