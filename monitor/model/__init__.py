"""The frozen values everybody speaks.

Every package hands these to the next one; none of them opens a file, a socket or a session.
Times are timezone-aware UTC, money is a decimal in its own currency, countries are ISO 3166-1
alpha-2, weeks are ISO weeks in Asia/Jakarta written ``2026-W47``. Unknown is ``None``.

``to_json`` and ``from_json`` write and read any of them; reading refuses unknown keys and
wrong types with the path of the field.
"""

from monitor.model.audit import (
    Answer,
    AuditSample,
    Control,
    Label,
    LabelKind,
    Mark,
    SampledListing,
    ScreenStratum,
    none_of,
    ruled_out,
    stratum_of,
)
from monitor.model.base import PantauError, Value, from_json, json_parts, to_json
from monitor.model.case import (
    Case,
    CaseEvent,
    CaseEventKind,
    CaseKey,
    CaseState,
    ReplyClaim,
    case_id,
)
from monitor.model.cell import (
    Cell,
    Change,
    CitedPage,
    FlaggedListing,
    ListingState,
    ModeCounts,
    Note,
    Season,
    SeasonChange,
    Sighting,
    season_of,
)
from monitor.model.data_release import TableDelta, WeeklyRelease
from monitor.model.decision import (
    CONDITION_SIGNALS,
    GROUP_SIGNALS,
    Classification,
    Observation,
    Signal,
)
from monitor.model.desk import AskedPage, JudgedFiles, OwnPage, Receipt, ReceiptKind
from monitor.model.displayed import (
    DisplayedInformation,
    NumberCount,
    NumberKind,
    RegistrationNumber,
)
from monitor.model.findings import (
    ChangedOffer,
    Findings,
    ProtocolDeviation,
    ReplacedEdition,
    SeasonProtocol,
    Unplanned,
    Versions,
    Withheld,
)
from monitor.model.label_quality import (
    AccuracyCard,
    AnnotatorErrors,
    AuditQuality,
    ErrorRate,
    ErrorRow,
    PersonErrors,
    Portion,
    Sensitivity,
    SharedErrors,
    SignAccuracy,
    SignalPrecision,
)
from monitor.model.live_check import (
    Claim,
    ClaimState,
    Difference,
    DifferenceKind,
    LiveCheck,
    LivePage,
    PageRole,
    Proposal,
    RobotsAnswer,
)
from monitor.model.measures import (
    ChangeCounts,
    CoverageRow,
    ForeignSellers,
    Indicator,
    MedianPrice,
    ModeComparison,
    PlatformFinding,
    ReasonCount,
    Relisting,
    SignalRate,
    TrendPoint,
)
from monitor.model.page import (
    GONE,
    HOME,
    DetailVisit,
    LabelKey,
    Listing,
    ListingKey,
    Presence,
    ResponseRecord,
    RobotsDecision,
    SampledPage,
    UnreadablePosition,
    VersionKey,
    count_sellers,
)
from monitor.model.pilot import PILOT_DAYS, PilotStep, PilotWeek, StepState, StepStatus
from monitor.model.policy import (
    Money,
    Policy,
    PolicyExample,
    PromiseHistory,
    PromisePage,
    Source,
)
from monitor.model.protocol import (
    Deviation,
    Inclusion,
    LabelPlan,
    ListedEntry,
    ListRules,
    PolicyRules,
    PrimaryPolicy,
    Protocol,
    ProtocolRules,
    RuleChange,
    WhySilent,
    WhyUnmeasured,
)
from monitor.model.reply import PlatformReply, ReplyRequest
from monitor.model.run import RememberedPace, Run, RunOutcome
from monitor.model.sample import (
    LEAST_ENTRIES,
    DrawnLists,
    Entry,
    ListWeights,
    Plan,
    PlannedUnit,
    Shortfall,
    UnitRecord,
)
from monitor.model.spreadsheet import no_formula
from monitor.model.vocabulary import (
    GOODS_CLUSTERS,
    Cluster,
    CollectedBy,
    Condition,
    CrossBorder,
    DisplayedItem,
    EditionKind,
    EntryKind,
    Mode,
    Origin,
    PolicyKind,
    PolicyScope,
    Prohibited,
    Question,
    Role,
    SignalField,
    Stratum,
    Text,
    UnitState,
    Verdict,
    Verification,
)
from monitor.model.worker import UploadedFile, WorkerHome
