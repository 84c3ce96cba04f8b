"""Pages saved by a person's own browser, or by other crawlers, taken in with their provenance."""

from monitor.crawl.saved.capture import capture
from monitor.crawl.saved.ingest import (
    FileResult,
    Outcome,
    Summary,
    ingest,
    read_pages,
    whole_pages,
)
from monitor.crawl.saved.intake import Intake, KeptPage, SavedPage, keep_page
from monitor.crawl.saved_responses import (
    NoBodiesError,
    NoListingPageError,
    OnlyRefusalsError,
    SavedError,
    SavedResponse,
    TooLargeError,
    from_evidence,
)
