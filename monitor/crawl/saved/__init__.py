"""Pages saved by a person's own browser, or by other crawlers, taken in with their provenance."""

from monitor.crawl.saved.ingest import FileResult, Intake, Outcome, Summary, ingest
from monitor.crawl.saved.responses import NoListingPageError, SavedError, SavedResponse, responses

__all__ = [
    "FileResult",
    "Intake",
    "NoListingPageError",
    "Outcome",
    "SavedError",
    "SavedResponse",
    "Summary",
    "ingest",
    "responses",
]
