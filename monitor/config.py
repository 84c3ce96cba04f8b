"""Configuration: the environment (secrets, places) and ``pantau.toml`` (behaviour), as one value.

Environment: ``PANTAU_HOME`` (default ``./data``), ``PANTAU_DATABASE_URL`` (default SQLite in the
home), ``PANTAU_DEMO_URL`` (simulated marketplaces), ``PANTAU_NOTIFY`` and ``PANTAU_HANDOVER``
(Apprise URLs, comma separated; secrets), ``PANTAU_PING`` (the address of a check that hears of each
job; a secret). Of the database and the secrets ``NAME_FILE`` may name a file instead.
``$PANTAU_HOME/pantau.toml`` holds everything else; every key is optional.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo

import msgspec

from monitor.model import Origin, Value
from monitor.model import PantauError as PantauError

JAKARTA = ZoneInfo("Asia/Jakarta")


class ConfigError(PantauError):
    """A setting is wrong or missing."""


def printable(text: str) -> str:
    """Text for a terminal: what would move a cursor, ring, colour or hide becomes U+FFFD."""
    return "".join(char if char.isprintable() or char == "\n" else "\ufffd" for char in text)


Language = Literal["id", "en"]
NotNegative = msgspec.Meta(ge=0)
Int64 = msgspec.Meta(ge=-(2**63), le=2**63 - 1)


class Crawl(Value):
    """How gently to fetch.

    ``delay`` (between two requests) and ``timeout`` are seconds; ``jitter`` is the share of the
    delay by which it varies. Requests go out from ``night_from`` until ``night_until``, in
    Asia/Jakarta, and at most ``weekly_requests`` a platform; after ``blocks_before_stop`` refusals
    a run stops. ``revisits`` is how many listings that earlier editions named, and no page shows,
    are visited on each platform a week. With ``picture_hashes`` a visit
    also asks for the offer's first picture and keeps its number; that is unproven, since no capture
    tells how a picture's host answers. Without ``browser`` no page is shown in a Chromium, and no
    screenshot is taken; one that takes more than ``browser_memory`` MiB is ended, and its
    page tried once more. A run stops in order where the disk of the home has less than
    ``least_free_space`` MiB.
    """

    delay: Annotated[float, msgspec.Meta(ge=0, le=86_400)] = 7.5
    jitter: Annotated[float, msgspec.Meta(ge=0, le=1)] = 0.33
    timeout: Annotated[float, msgspec.Meta(gt=0, le=86_400)] = 60.0
    night_from: time = time(22, 0)
    night_until: time = time(6, 0)
    weekly_requests: Annotated[int, NotNegative] = 600
    blocks_before_stop: Annotated[int, msgspec.Meta(ge=1)] = 2
    revisits: Annotated[int, NotNegative] = 40
    picture_hashes: bool = False
    browser: bool = True
    browser_memory: Annotated[int, msgspec.Meta(ge=256)] = 2048
    least_free_space: Annotated[int, NotNegative] = 512


class Inspect(Value):
    """How many pages of a platform inspectors are asked for in a week, where they are asked."""

    weekly_units: Annotated[int, msgspec.Meta(ge=1)] = 105


class Schedule(Value):
    """When jobs run, as five-field cron expressions in Asia/Jakarta; days by name (``mon``).

    ``plan`` and ``crawl`` work on the week in which they fire, the others on the week before.
    ``crawl`` and ``visits`` (to the drawn listings' own pages) must fire in the night window.
    ``late`` makes stale editions again: those of the last ``late_weeks`` complete weeks after which
    labels or a change of the registry came. With 0 weeks that is left to a person. With ``workers``
    the daemon leaves crawls to the workers of its PostgreSQL database (``pantau worker``).
    """

    plan: str = "5 0 * * mon"
    crawl: str = "0 22 * * *"
    report: str = "0 7 * * mon"
    draw: str = "30 7 * * mon"
    visits: str = "0 3 * * tue,wed,thu"
    final: str = "0 7 * * fri"
    late: str = "0 8 * * *"
    late_weeks: Annotated[int, NotNegative] = 4
    workers: bool = False


class EvidenceTarget(Value):
    """Where workers of other homes bring the evidence, as ``[evidence] store``.

    ``file:///FOLDER``: a folder that all machines share, which is the evidence itself.
    ``s3://BUCKET/PREFIX``: an S3-compatible store, from which the daemon fetches each file into the
    evidence of its home; the addresses and keys of that store stand in the environment, as its
    other clients read them. None: the evidence is in the home, and workers share that home.
    """

    store: str | None = None

    @property
    def folder(self) -> Path | None:
        """The shared folder, if that is what the target is."""
        return Path(unquote(urlsplit(self.store).path)) if self.is_folder and self.store else None

    @property
    def is_folder(self) -> bool:
        """Whether the target begins with ``file:///``."""
        return (self.store or "").startswith("file:///")


class Sampling(Value):
    """How plans and audit samples are drawn.

    ``seed`` decides them; it is public, so that all can be drawn again. ``controls`` is how many
    listings with a known answer a week's audit of who sells mixes in; those of used clothing come
    on top, in proportion to its labels.
    """

    seed: Annotated[int, Int64] = 20210803
    controls: Annotated[int, NotNegative] = 10


class Delivery(Value):
    """How a released edition is delivered.

    A ``public`` document names no seller. ``pdf`` needs a Chromium; without one the page itself is
    sent. ``automatic`` releases and delivers the final edition without a person.
    """

    language: Language = "id"
    public: bool = True
    pdf: bool = True
    automatic: bool = False


class Notification(Value):
    """What the operator is told besides trouble.

    ``weekly`` is a cron expression in Asia/Jakarta (days by name): then comes what somebody must
    act on, or that nothing is. None: nothing comes.
    """

    weekly: str | None = None


class StampingAuthority(Value):
    """Who gives time stamps: an address, and the file (PEM) of the certificates to trust.

    A relative path is one below the home.
    """

    url: str
    certificates: str


class TimeStamping(Value):
    """Who stamps the manifests of the evidence, the first that answers, and when it is asked.

    ``cron`` is a cron expression in Asia/Jakarta. Without authorities nothing is stamped.
    """

    cron: str = "30 8 * * *"
    authorities: tuple[StampingAuthority, ...] = ()


class Retention(Value):
    """How many weeks raw evidence, findings of editions that nobody released, and sellers' names
    after the seller was last seen are kept at least; None keeps all."""

    evidence_weeks: Annotated[int, msgspec.Meta(ge=1)] | None = None
    findings_weeks: Annotated[int, msgspec.Meta(ge=1)] | None = None
    seller_weeks: Annotated[int, msgspec.Meta(ge=1)] | None = None


class Research(Value):
    """Who publishes releases for research, and under which licence (an SPDX identifier)."""

    publisher: Annotated[str, msgspec.Meta(min_length=1)] = "Pantau (unconfigured home)"
    licence: Annotated[str, msgspec.Meta(min_length=1)] = "CC-BY-4.0"


class Confirmation(Value):
    """A person's confirmation of a policy that is known only from the press."""

    by: str
    on: date


def utc_now() -> datetime:
    """The machine's time."""
    return datetime.now(UTC)


class Config(Value):
    """The effective configuration; hand it down as a value.

    ``simulated_now`` is the time in a simulation of a week that is over. Only the simulation's code
    sets it, and it needs a demo address, so that no live store ever sees it. ``own_hosts`` are
    those of the tests' servers: a live crawl speaks to them, on any port, though on loopback.
    ``stand_in`` is the loopback address of a test that serves the platforms' hosts as a live crawl
    meets them; neither environment nor file can set it.
    ``registry`` is the home's folder ``registry`` where the setting is missing and that is there.
    """

    home: Path
    database_url: str
    contact: str | None = None
    information_page: str | None = None
    demo_url: str | None = None
    notify_to: tuple[str, ...] = ()
    handover_to: tuple[str, ...] = ()
    ping: str | None = None
    registry: Path | None = None
    language: Language = "id"
    crawl: Crawl = Crawl()
    inspect: Inspect = Inspect()
    schedule: Schedule = Schedule()
    evidence_target: EvidenceTarget = msgspec.field(name="evidence", default=EvidenceTarget())
    sampling: Sampling = Sampling()
    handover: Delivery = Delivery()
    notify: Notification = Notification()
    retention: Retention = Retention()
    research: Research = Research()
    time_stamps: TimeStamping = TimeStamping()
    confirmations: dict[str, Confirmation] = msgspec.field(default_factory=dict)
    simulated_now: datetime | None = None
    own_hosts: tuple[str, ...] = ()
    stand_in: str | None = None
    is_worker: bool = False

    def __post_init__(self) -> None:
        if self.simulated_now and not self.demo_url:
            raise ConfigError("simulated_now: only for simulated marketplaces; set a demo address")
        if self.stand_in and (self.demo_url or not _is_loopback(self.stand_in)):
            raise ConfigError("stand_in: a loopback address, in tests only")

    def now(self) -> datetime:
        """The time for all that is stored: the machine's, or the simulation's own."""
        return self.simulated_now or utc_now()

    @property
    def origin(self) -> Origin:
        """The origin of what is fetched: ``simulated`` with a demo address, else ``live``."""
        return Origin.simulated if self.demo_url else Origin.live

    @property
    def live_checks(self) -> Path:
        """Folder of what live checks said, and of each platform's first week."""
        return self.home / "pilot"

    @property
    def evidence(self) -> Path:
        """Folder of the evidence; that of a worker is a spool, from which it is brought away."""
        shared = None if self.is_worker else self.evidence_target.folder
        return shared or self.home / "evidence"

    @property
    def title_model(self) -> Path:
        """The file of this home's own title model, which is there if it trained one."""
        return self.home / "title_model.npz"

    @property
    def daemon_lock(self) -> Path:
        """The file that a running daemon of this home holds locked."""
        return self.home / "schedule.lock"

    @property
    def alerts(self) -> Path:
        """The file that remembers which lines of trouble were sent."""
        return self.home / "alarms.json"

    @property
    def pauses(self) -> Path:
        """The file that remembers which jobs a person paused."""
        return self.home / "paused.json"

    @property
    def protocols(self) -> Path:
        """Folder of the rules that bind the seasons."""
        return self.home / "protocols"

    @property
    def public_reports(self) -> Path:
        """Folder of the editions without sellers, links and photographs."""
        return self.home / "public"

    @property
    def reports(self) -> Path:
        """Folder of the editions."""
        return self.home / "reports"


_INTERNAL = {"simulated_now", "own_hosts", "stand_in", "is_worker"}
_PLACES = {
    "home": "PANTAU_HOME",
    "database_url": "PANTAU_DATABASE_URL",
    "demo_url": "PANTAU_DEMO_URL",
    "notify_to": "PANTAU_NOTIFY",
    "handover_to": "PANTAU_HANDOVER",
    "ping": "PANTAU_PING",
}


def secret(environ: Mapping[str, str], name: str) -> str:
    """A secret's text, empty where there is none; raises ``ConfigError`` where its file fails.

    It stands in the variable ``name``, in the file that ``NAME_FILE`` names, or in a credential of
    that name that systemd keeps for the service (``CREDENTIALS_DIRECTORY``).
    """
    text, named = environ.get(name, ""), environ.get(f"{name}_FILE", "")
    if text and named:
        raise ConfigError(f"{name}: is set, and so is {name}_FILE; keep one of them")
    credential = Path(environ.get("CREDENTIALS_DIRECTORY") or "/dev/null") / name
    path = Path(named) if named else credential
    if text or not (named or credential.is_file()):
        return text
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        why = (isinstance(error, OSError) and error.strerror) or "is no text"
        raise ConfigError(f"{name}_FILE: {path}: cannot be read: {why}") from error


def home_folder(environ: Mapping[str, str] = os.environ) -> Path:
    """The home: ``PANTAU_HOME``, else ``data`` in the current folder."""
    return Path(environ.get("PANTAU_HOME") or "data").absolute()


def unread_config(environ: Mapping[str, str] = os.environ) -> Config:
    """The home and the operator's addresses alone, to tell that the rest cannot be read."""
    home = home_folder(environ)
    addresses: list[str] = []
    with suppress(ConfigError):
        addresses = _addresses(secret(environ, "PANTAU_NOTIFY"))
    return Config(
        home=home, database_url=f"sqlite:///{home / 'pantau.db'}", notify_to=tuple(addresses)
    )


SECRETS = ("PANTAU_DATABASE_URL", "PANTAU_NOTIFY", "PANTAU_HANDOVER", "PANTAU_PING")
"""Variables each of which may stand in a file."""


def load_config(environ: Mapping[str, str] = os.environ) -> Config:
    """The effective configuration; raises ``ConfigError``."""
    home = home_folder(environ)
    path = home / "pantau.toml"
    settings = _settings_in(path)
    misplaced = sorted(_PLACES.keys() & settings.keys())
    if misplaced or not isinstance(settings.get("notify", {}), dict):
        misplaced = misplaced or ["notify_to"]
        names = ", ".join(_PLACES[name] for name in misplaced)
        raise ConfigError(f"{path}: {', '.join(misplaced)}: belongs in the environment, as {names}")
    if internal := sorted(_INTERNAL & settings.keys()):
        raise ConfigError(f"{path}: unknown key; correct or remove `{internal[0]}`")
    demo_url = environ.get("PANTAU_DEMO_URL") or None
    if demo_url and not _is_loopback(demo_url):
        raise ConfigError(f"PANTAU_DEMO_URL: {demo_url!r} is not a loopback address")
    ping = secret(environ, "PANTAU_PING").strip() or None
    if ping and not _is_web_address(ping):
        raise ConfigError("PANTAU_PING: is no address that begins with https:// or http://")
    settings |= {
        "home": str(home),
        "database_url": secret(environ, "PANTAU_DATABASE_URL") or f"sqlite:///{home / 'pantau.db'}",
        "demo_url": demo_url,
        "notify_to": _addresses(secret(environ, "PANTAU_NOTIFY")),
        "handover_to": _addresses(secret(environ, "PANTAU_HANDOVER")),
        "ping": ping,
    }
    if isinstance(folder := settings.get("registry"), str):
        settings["registry"] = str(home / folder)
    elif "registry" not in settings and (home / "registry").is_dir():
        settings["registry"] = str(home / "registry")
    try:
        config = msgspec.convert(settings, Config, dec_hook=_decode)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{path}: {_problem(str(error))}") from error
    if problem := next(_implausible(config), None):
        raise ConfigError(f"{path}: {problem}")
    return config


def _settings_in(path: Path) -> dict[str, object]:
    """What stands in ``pantau.toml``; nothing where there is none."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        mend = "; correct that line" if isinstance(error, tomllib.TOMLDecodeError) else ""
        why = (isinstance(error, OSError) and error.strerror) or error
        raise ConfigError(f"{path}: cannot be read: {why}{mend}") from error


def _implausible(config: Config) -> Iterator[str]:
    """What has the right type and still cannot be meant, a line for each setting."""
    if config.contact is not None and not _is_contact(config.contact):
        yield (
            f"contact: {config.contact!r} is neither an e-mail address such as"
            " monitor@ministry.example nor a web address; correct it"
        )
    if config.crawl.night_from == config.crawl.night_until:
        yield (
            f"crawl.night_from and crawl.night_until: both are {config.crawl.night_from:%H:%M};"
            " a night begins at one hour and ends at another"
        )
    target = config.evidence_target
    if target.store and not re.fullmatch(r"file:///.+|s3://[\w.-]+(/[^?#@]*)?", target.store):
        yield (
            "evidence.store: is neither a folder as file:///srv/evidence nor s3://BUCKET or"
            " s3://BUCKET/PREFIX; correct it"
        )
    if config.schedule.workers and not config.database_url.startswith("postgresql"):
        yield (
            "schedule.workers: workers need a PostgreSQL database; name one in"
            " PANTAU_DATABASE_URL, or where no worker is to crawl remove the line"
        )
    if config.research.licence != Research().licence:
        from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression

        try:
            canonicalize_license_expression(config.research.licence)
        except InvalidLicenseExpression:
            yield (
                f"research.licence: {config.research.licence!r} is no SPDX identifier such as"
                " CC-BY-4.0; correct it (https://spdx.org/licenses)"
            )


_TYPES = {
    "float": "a number",
    "int": "a whole number",
    "str": "a text in quotes",
    "bool": "true or false",
    "array": "a list in [ ]",
    "object": "a table",
}


def _problem(text: str) -> str:
    """A validation error of msgspec with the setting's name before what is wrong with it."""
    what, _, place = text.partition(" - at `$")
    place = place.strip(".`")
    if key := re.fullmatch(r"Object contains unknown field `(.*)`", what):
        section = Config.__annotations__ if not place else {}
        nearest = get_close_matches(key[1], section, n=1)
        meant = f"; did you mean {nearest[0]}?" if nearest else ""
        what = f"unknown key; correct or remove `{key[1]}`{meant}"
    what = what.replace("Invalid RFC3339 encoded time", 'is no time of day such as "22:00"')
    for name, words in _TYPES.items():
        what = what.replace(f"`{name}`", words)
    return f"{place}: {what}" if place else what


def _is_loopback(url: str) -> bool:
    try:
        return urlsplit(url).hostname in {"127.0.0.1", "localhost", "::1"}
    except ValueError:
        return False


def _is_contact(text: str) -> bool:
    """Whether it is an e-mail address, also after ``mailto:``, or a web address."""
    if _is_web_address(text):
        return not re.search(r"[\s;()]", text)
    return (
        re.fullmatch(r"(mailto:)?[^\s@;()<>,]+@[^\s@;()<>,.]+(\.[^\s@;()<>,.]+)+", text) is not None
    )


def _is_web_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _addresses(text: str) -> list[str]:
    """Apprise addresses; a comma inside one is no separator unless a scheme follows it."""
    return list(filter(None, re.split(r"[\s,]+(?=[\w+.-]+://)", text.strip(" ,\n"))))


def _decode(kind: type, text: object) -> object:
    if kind is Path and isinstance(text, str):
        return Path(text)
    raise NotImplementedError(kind)


def week_of(moment: datetime) -> str:
    """The ISO week, in Asia/Jakarta, of an aware time: ``2026-W47``."""
    year, week, _ = moment.astimezone(JAKARTA).isocalendar()
    return f"{year}-W{week:02d}"


def week_start(week: str) -> datetime:
    """Monday 00:00 in Asia/Jakarta of a week; raises ``ValueError`` for anything else."""
    match = re.fullmatch(r"(\d{4})-W(\d{2})", week)
    if not match:
        raise ValueError(f"{week!r} is not an ISO week such as 2026-W47")
    try:
        day = date.fromisocalendar(int(match[1]), int(match[2]), 1)
    except ValueError as error:
        raise ValueError(f"{week!r} is no week: that year has 52 or 53") from error
    return datetime.combine(day, time(), tzinfo=JAKARTA)


def previous_week(week: str, back: int = 1) -> str:
    """The week ``back`` weeks before."""
    return week_of(week_start(week) - timedelta(weeks=back))
