"""Scrapy's settings: constants. What a person configures comes in with the ``Session``."""

from typing import Any

from scrapy.settings import default_settings

BOT_NAME = "PantauImpor"
SPIDER_MODULES = ["spiders"]
ADDONS: dict[str, Any] = {}

# One request at a time; the pauses between them are the business of monitor.crawl.pace.
CONCURRENT_REQUESTS = 1
CONCURRENT_REQUESTS_PER_DOMAIN = 1
DOWNLOAD_DELAY = 0.0
DOWNLOAD_MAXSIZE = 16 * 2**20
# A body that breaks off is evidence too; its page is never parsed.
DOWNLOAD_FAIL_ON_DATALOSS = False
# Scrapy's own default takes any certificate; a page of an unproven server is no evidence.
DOWNLOAD_VERIFY_CERTIFICATES = True

TWISTED_DNS_RESOLVER = "monitor.crawl.network.PublicResolver"
COOKIES_ENABLED = False
TELNETCONSOLE_ENABLED = False
HTTPCACHE_ENABLED = False
METAREFRESH_ENABLED = False
ROBOTSTXT_OBEY = False  # done by monitor.crawl.middlewares, which stores its decisions
REDIRECT_MAX_TIMES = 5
RETRY_TIMES = 2
RETRY_HTTP_CODES = [408, 429, 500, 502, 503, 504, 522, 524]
RETRY_EXCEPTIONS = [*default_settings.RETRY_EXCEPTIONS, "playwright.async_api.TimeoutError"]

DEFAULT_REQUEST_HEADERS = {
    "Accept": "text/html,application/xhtml+xml,application/json;q=0.9,*/*;q=0.8",
    "Accept-Language": "id,en;q=0.5",
}

DOWNLOADER_MIDDLEWARES: dict[str, int | None] = {
    "scrapy.downloadermiddlewares.offsite.OffsiteMiddleware": 50,
    "monitor.crawl.middlewares.RobotsMiddleware": 100,
    "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
    "scrapy.downloadermiddlewares.retry.RetryMiddleware": None,
    "monitor.crawl.middlewares.RetryMiddleware": 550,
    "monitor.crawl.middlewares.GentleMiddleware": 910,
    "monitor.crawl.pipeline.EvidenceMiddleware": 950,
}
ITEM_PIPELINES = {"monitor.crawl.pipeline.StorePipeline": 100}
# Scrapy imports each extension that its base names, wanted or not, and half of what they need.
EXTENSIONS_BASE = {"scrapy.extensions.corestats.CoreStats": 0}

LOG_LEVEL = "INFO"
LOG_INSTALL_ROOT_HANDLER = False  # the run writes its own log file
LOG_VERSIONS: list[str] = []

# --- ours -----------------------------------------------------------------------------------------

ROBOTS_MAX_AGE = 24 * 3600.0  # seconds, RFC 9309 section 2.4
ROBOTS_BYTES = 500 * 2**10  # of a robots.txt are read, as RFC 9309 section 2.5 asks for
ROBOTS_MAX_USES = 25  # decisions before it is fetched again: a change midway is noticed
RETRY_AFTER_MAX = 600.0  # seconds we wait when asked to; more is recorded as blocked
BACKOFF = 10.0  # seconds before the first retry, doubled for each further one
SLOW_FACTOR = 3.0  # how much longer the pauses are after a block
UNREACHABLE_BEFORE_STOP = 3  # pages in a row
HELD_BEFORE_CONTROL = 3  # pages in a row that look empty
PICTURE_BYTES = 4 * 2**20  # of an offer's picture; a larger one is not read
PICTURE_TIMEOUT = 20.0  # seconds for a whole picture
PAGES_TO_JUDGE = 5  # sampled pages from which on a run is held against expectations
EXPECTED_SHARE = 0.5  # of the listings a page had in earlier runs; below it we warn

# The simulated marketplaces are on loopback: same rules, hardly any waiting.
SIMULATED_DELAY = 0.0
SIMULATED_PACE = 0.01  # of Crawl-delay and backoff
SIMULATED_RETRY_AFTER_MAX = 5.0
SIMULATED_TIMEOUT = 10.0
SIMULATED_PAGE_TIMEOUT = 40.0  # in the browser

PAGES_PER_CONTEXT = 20
STATIC_BYTES = 64 * 2**20  # of scripts and styles kept for a run's next pages
RENDER_TIMEOUT = 15.0  # seconds for a page to show its cards
