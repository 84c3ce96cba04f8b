"""The tables. Every table and column says in ``comment`` what it means; the data dictionary, the
``data_dictionary`` table and PostgreSQL's comments are all made from there."""

from monitor.store.schema.archive import ArchivedFile, ArchivedSighting
from monitor.store.schema.audit import (
    Annotator,
    AuditDraw,
    Control,
    ControlAnswer,
    Label,
    PersonRole,
    SampledListing,
)
from monitor.store.schema.base import METADATA
from monitor.store.schema.case import CaseEvent, EditionCase, ReplyRequest
from monitor.store.schema.desk import OwnPageClaim, TakenPage, UnitClaim
from monitor.store.schema.judgement import Classification, Screen
from monitor.store.schema.ledger import (
    DataDictionary,
    PlatformPace,
    Run,
    StoreHome,
    StoreOrigin,
    UploadedFile,
    ViewVersion,
    WorkerHome,
)
from monitor.store.schema.pages import (
    DetailVisit,
    Listing,
    ListingKeyShare,
    ListingVersion,
    Observation,
    Response,
    Seller,
    UnreadablePosition,
)
from monitor.store.schema.plan import Entry, FrameVersion, Plan, SampleUnit
from monitor.store.schema.promise import PromisePage
from monitor.store.schema.published import Cell, Edition
from monitor.store.schema.registry import InspectionBasis, Permission, Platform, PolicyVersion
