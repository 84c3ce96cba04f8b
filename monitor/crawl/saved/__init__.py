"""Pages saved by a person's own browser, or by other crawlers, taken in with their provenance."""

from monitor.crawl.saved.capture import capture
from monitor.crawl.saved.ingest import FileResult, Outcome, Summary, ingest
from monitor.crawl.saved.responses import SavedError, SavedResponse, from_evidence
