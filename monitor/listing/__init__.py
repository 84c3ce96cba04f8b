"""The frozen values everybody speaks.

Every package hands these to the next one; none of them opens a file, a socket or a session.
Times are timezone-aware UTC, money is a decimal in its own currency, countries are ISO 3166-1
alpha-2, weeks are ISO weeks in Asia/Jakarta written ``2026-W47``. Unknown is ``None``.

``to_json`` and ``from_json`` write and read any of them; reading refuses unknown keys and
wrong types with the path of the field.
"""

from monitor.listing.audit import (
    Answer,
    Draw,
    DrawItem,
    Label,
    LabelKind,
    Run,
    RunOutcome,
    ScreenStratum,
)
from monitor.listing.base import PantauError, Value, from_json, to_json
from monitor.listing.decision import GROUP_SIGNALS, Classification, Observation, Signal
from monitor.listing.findings import (
    AuditQuality,
    Cell,
    Change,
    ChangeCounts,
    CoverageRow,
    Findings,
    FlaggedListing,
    FoundAt,
    Indicator,
    ListingState,
    Note,
    PlatformFinding,
    ReasonCount,
    SignalPrecision,
    TrendPoint,
    Unplanned,
    Versions,
    Withheld,
)
from monitor.listing.page import GONE, DetailVisit, Listing, Received, RobotsDecision, SampledPage
from monitor.listing.policy import Example, Money, Policy, Source
from monitor.listing.sample import Entry, Plan, PlannedUnit, Shortfall, UnitRecord
from monitor.listing.vocabulary import (
    Cluster,
    CrossBorder,
    EditionKind,
    EntryKind,
    Origin,
    PolicyKind,
    PolicyScope,
    Stratum,
    Text,
    UnitState,
    Verdict,
    Verification,
)

__all__ = [
    "GONE",
    "GROUP_SIGNALS",
    "Answer",
    "AuditQuality",
    "Cell",
    "Change",
    "ChangeCounts",
    "Classification",
    "Cluster",
    "CoverageRow",
    "CrossBorder",
    "DetailVisit",
    "Draw",
    "DrawItem",
    "EditionKind",
    "Entry",
    "EntryKind",
    "Example",
    "Findings",
    "FlaggedListing",
    "FoundAt",
    "Indicator",
    "Label",
    "LabelKind",
    "Listing",
    "ListingState",
    "Money",
    "Note",
    "Observation",
    "Origin",
    "PantauError",
    "Plan",
    "PlannedUnit",
    "PlatformFinding",
    "Policy",
    "PolicyKind",
    "PolicyScope",
    "ReasonCount",
    "Received",
    "RobotsDecision",
    "Run",
    "RunOutcome",
    "SampledPage",
    "ScreenStratum",
    "Shortfall",
    "Signal",
    "SignalPrecision",
    "Source",
    "Stratum",
    "Text",
    "TrendPoint",
    "UnitRecord",
    "UnitState",
    "Unplanned",
    "Value",
    "Verdict",
    "Verification",
    "Versions",
    "Withheld",
    "from_json",
    "to_json",
]
