"""The command of a worker."""

from __future__ import annotations

import click

from monitor.config import PantauError

from .base import example, load_settings, say


@click.command(epilog=example("worker --platform tokopedia --platform shopee"))
@click.option(
    "--platform",
    "platforms",
    multiple=True,
    help="Take this platform's crawls; all that this machine can if not given.",
)
@click.option("--browser", is_flag=True, help="Also take platforms that need a Chromium.")
def worker(platforms: tuple[str, ...], browser: bool) -> None:
    """Crawl for the daemon of the same database until SIGTERM.

    On any machine that reaches the PostgreSQL database, in a home of its own. Pantau, registry and
    the settings of the crawl must be those of the daemon. Needs pip install
    'pantau-impor[distributed]'.
    """
    from monitor.operate.timetable import jobs
    from monitor.operate.worker import CrawlWorker, platforms_with_browser, require_chromium

    config, registry = load_settings()
    crawled = {job.platform for job in jobs(config, registry) if job.platform}
    if unknown := sorted(set(platforms) - crawled):
        known = ", ".join(sorted(crawled))
        raise click.UsageError(f"not crawled: {', '.join(unknown)}; there are {known}")
    if not config.database_url.startswith("postgresql"):
        raise PantauError(
            "workers need a PostgreSQL database; name that of the daemon in PANTAU_DATABASE_URL"
        )
    if browser:
        require_chromium()
    without = set() if browser else platforms_with_browser(config, registry)
    if missing := sorted(without & set(platforms)):
        raise click.UsageError(f"{', '.join(missing)}: needs a Chromium; add --browser")
    CrawlWorker(config, (set(platforms) or crawled) - without, say).run()
