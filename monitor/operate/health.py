"""What this machine lacks for the work, and the mend."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from enum import StrEnum
from functools import cache, partial
from pathlib import Path

from monitor.config import SECRETS, Config, PantauError
from monitor.crawl.chromium import find_chromium
from monitor.crawl.signatures import unproven_parts
from monitor.model import Value
from monitor.operate.channels import is_readable
from monitor.operate.effective_settings import UNPROVEN_PICTURES
from monitor.operate.pauses import paused_jobs
from monitor.operate.timetable import jobs
from monitor.process import OTHERS, is_locked
from monitor.registry import Registry, load_registry
from monitor.store import Store, is_absent, refuse_lost_store

LEAST_FREE_BYTES = 2 * 2**30
"""A week of evidence of seven platforms stays well below this."""
VERSION_SECONDS = 30


class Grade(StrEnum):
    """``warning``: some of the work will not be done; ``failure``: none can be."""

    ok = "ok"
    warning = "warning"
    failure = "failure"


class Check(Value):
    """One part of the installation, its state in words, and what to do where it is not ok."""

    name: str
    grade: Grade
    state: str
    mend: str | None = None


class UnfitError(PantauError):
    """Something is as it must not be."""


def examine(config: Config) -> Iterator[Check]:
    """All checks, one after the other; none of them changes anything."""
    for name, check, mend in _checks(config):
        try:
            state, advice = check()
        except PantauError as error:
            # An error that names a mend of its own names it after a semicolon.
            state, _, own_mend = str(error).partition("; ")
            yield Check(name=name, grade=Grade.failure, state=state, mend=own_mend or mend)
        else:
            grade = Grade.warning if advice else Grade.ok
            yield Check(name=name, grade=grade, state=state, mend=advice)


# Each check returns the state in words, with a mend where that is a warning. It raises where the
# state is a failure, the mend of which stands in the table below.


def _home(config: Config) -> tuple[str, str | None]:
    folder = _existing_folder(config)
    if not os.access(folder, os.W_OK | os.X_OK):
        raise UnfitError(f"{folder} cannot be written")
    if not config.home.is_dir():
        return str(config.home), None
    exposed = list(_open_to_others(config))
    if not exposed:
        return str(config.home), None
    paths = " ".join(map(str, exposed))
    verb = "is" if len(exposed) == 1 else "are"
    mend = f"chmod go= {paths}; who needs the reports reads them with: pantau serve"
    return f"{', '.join(map(str, exposed))} {verb} open to other users of this machine", mend


def _open_to_others(config: Config) -> Iterator[Path]:
    """What others can open: the home and, where that or a link leads them there, what lies in it.

    Files of a home that is closed cannot be reached; a database or evidence elsewhere may be.
    """
    if config.home.stat().st_mode & OTHERS:
        yield config.home
    parsed = config.database_url.partition("sqlite:///")[2]
    for path in filter(None, (parsed, str(config.evidence), str(config.registry or ""))):
        place = Path(path)
        if not place.exists() or place.resolve().is_relative_to(config.home.resolve()):
            continue
        # What is decided may be read by everybody; whoever could write it decides.
        closed = 0o022 if place == config.registry else OTHERS
        if place.resolve().stat().st_mode & closed:
            yield place


def _secret_files(config: Config) -> tuple[str, str | None]:
    names = [f"{name}_FILE" for name in SECRETS]
    files = [Path(path) for name in names if (path := os.environ.get(name))]
    open_files = [str(path) for path in files if path.exists() and path.stat().st_mode & OTHERS]
    if open_files:
        return f"others can read {', '.join(open_files)}", f"chmod go= {' '.join(open_files)}"
    return f"{len(files)} in files, none open to other users", None


def _existing_folder(config: Config) -> Path:
    """The home, or before its first use the folder in which it will be made."""
    return next(folder for folder in (config.home, *config.home.parents) if folder.exists())


def free_space(config: Config) -> tuple[str, str | None]:
    """The free space on the disk of the home, in words, and a mend where that is too little."""
    free = shutil.disk_usage(_existing_folder(config)).free
    mend = "make room below the home" if free < LEAST_FREE_BYTES else None
    return f"{free / 2**30:.1f} GiB free", mend


def _database(config: Config) -> tuple[str, str | None]:
    if is_absent(config.database_url) or Store.is_empty(config.database_url):
        refuse_lost_store(config.database_url, config.evidence)
        return "none yet, made at the first use", None
    with Store.of_home(config, create=False) as store:
        store.require_whole()
        state = f"{(weeks := len(store.plans.weeks()))} planned week{'s'[: weeks != 1]}"
        if store.has_current_views:
            return state, None
    return f"{state}; its views for researchers are of another version", "pantau db upgrade"


def _evidence(config: Config) -> tuple[str, str | None]:
    if is_absent(config.database_url) or Store.is_empty(config.database_url):
        return "no database to compare it with", None
    # Not at the top: pantau status asks this module for the disk, and does without warcio.
    from monitor.operate.evidence_check import store_problems

    with Store.of_home(config, create=False) as store:
        problems = list(store_problems(store, config.evidence))
        files = len(store.evidence_files())
    if problems:
        others = f" and {len(problems) - 1} more" if len(problems) > 1 else ""
        raise UnfitError(f"{problems[0]}{others}")
    return f"the {files} files that the database points to are there, or removed on purpose", None


def _archive(config: Config) -> tuple[str, str | None]:
    if is_absent(config.database_url) or Store.is_empty(config.database_url):
        return "no week is archived", None
    with Store.of_home(config, create=False) as store:
        files = store.archive.files()
        if not files:
            return "no week is archived", None
        # Not at the top: few homes have an archive.
        from monitor.operate.archive import problems

        wrong_files = list(problems(config, store))
    if wrong_files:
        several = f"{len(wrong_files)} of {len(files)} files are not as they were written: "
        raise UnfitError(f"{several if len(wrong_files) > 1 else ''}{'; '.join(wrong_files)}")
    weeks = len({file.week for file in files})
    return f"{weeks} week{'s'[: weeks != 1]} in {len(files)} files, each as it was written", None


def _time_stamps(config: Config) -> tuple[str, str | None]:
    if not config.time_stamps.authorities:
        return "no authority stamps the manifests", None
    # Not at the top: the daemon asks this module for the disk, and does without cryptography.
    from monitor.evidence.time_stamps import verify_time_stamps
    from monitor.operate.time_stamping import time_authorities

    authorities = time_authorities(config)
    verify_time_stamps(config.evidence, [authority.certificates for authority in authorities])
    return f"{len(authorities)} authorities, whose certificates can be read", None


def _registry(registry: Registry) -> tuple[str, str | None]:
    unconfirmed = [
        policy.id for policy in registry.policies if policy.primary_for and not policy.may_accuse
    ]
    state = f"version {registry.version}, {len(registry.policies)} policies"
    if not unconfirmed:
        return state, None
    mend = "a person reads the source and confirms it in pantau.toml, see docs/policies.md"
    return f"{state}; unconfirmed, so they accuse nobody: {', '.join(unconfirmed)}", mend


def _pages(config: Config) -> tuple[str, str | None]:
    unproven = [
        f"{name} ({', '.join(parts)})" for name, parts in _still_unproven(config).items() if parts
    ]
    if config.crawl.picture_hashes:
        unproven.append(UNPROVEN_PICTURES)
    return f"never held against a real page: {'; '.join(unproven) or 'none'}", None


def _still_unproven(config: Config) -> dict[str, tuple[str, ...]]:
    """What no real page has shown, by platform, without what live checks of this home proved."""
    parts = unproven_parts()
    if not config.live_checks.is_dir():
        return parts
    # Not at the top: it takes Scrapy, and few homes have a live check.
    from monitor.operate.live_check import proven_here

    proven = {name: proven_here(config, name) for name in parts}
    signatures = {signature for _, met in proven.values() for signature in met}
    return {
        name: tuple(part for part in of_name if part not in proven[name][0] | signatures)
        for name, of_name in parts.items()
    }


def _title_model(config: Config) -> tuple[str, str | None]:
    # Not at the top: the daemon asks this module for the disk, and does without numpy.
    from monitor.operate.title_model import OTHER_BASE, describe_model

    model = describe_model(config)
    if model.endswith(OTHER_BASE):
        return model, "pantau train"
    return f"title model: {model}", None


def _contact(config: Config) -> tuple[str, str | None]:
    if config.contact or config.demo_url:
        return config.contact or "simulation", None
    mend = f'write contact = "name@ministry.example" into {config.home / "pantau.toml"}'
    return "none, so a live crawl refuses to start", mend


def _browser(config: Config) -> tuple[str, str | None]:
    path = find_chromium()
    version = _version(path) if path else None
    if path and version:
        return f"{version}, {path}", None
    named = os.environ.get("PANTAU_CHROMIUM")
    problem = f"{path or named} does not start" if path or named else "no Chromium"
    mend = "pantau doctor --install-browser, or apt-get install chromium, or set PANTAU_CHROMIUM"
    return (
        f"{problem}: {_pages_in_a_browser(config)}, screenshots and PDF are left out",
        "correct PANTAU_CHROMIUM or unset it" if named else mend,
    )


def _pages_in_a_browser(config: Config) -> str:
    """The platforms of the frame whose pages a browser has to show, in words."""
    try:
        registry = load_registry(config.registry, config.confirmations)
    except PantauError:
        return "pages that need one"
    in_frame = {entry.platform for entry in registry.frame.entries}
    platforms = [registry.platforms[id_] for id_ in registry.platforms if id_ in in_frame]
    names = [platform.name for platform in platforms if platform.browser]
    return f"the crawl of {', '.join(names)}" if names else "pages that need one"


def _schedule(config: Config, registry: Registry) -> tuple[str, str | None]:
    number = len(jobs(config, registry))
    paused_jobs(config)
    if is_locked(config.daemon_lock):
        return f"running, {number} jobs", None
    mend = "pantau schedule run; docs/operators.md has a systemd unit"
    return f"not running, {number} jobs wait", mend


def _notification(config: Config) -> tuple[str, str | None]:
    if config.notify_to:
        return _channels("PANTAU_NOTIFY", config.notify_to), None
    mend = "set PANTAU_NOTIFY to an Apprise address, such as mailtos://user:password@host"
    return "trouble is told on stderr only", mend


def _delivery(config: Config) -> tuple[str, str | None]:
    if config.handover_to:
        return _channels("PANTAU_HANDOVER", config.handover_to), None
    return "no channel; editions stay here", None


def _channels(variable: str, urls: Sequence[str]) -> str:
    """How many channels there are; raises ``UnfitError`` for addresses that cannot be read."""
    unreadable = [str(number) for number, url in enumerate(urls, 1) if not is_readable(url)]
    if unreadable:
        numbers = ", ".join(unreadable)
        raise UnfitError(
            f"{variable}: address {numbers} of {len(urls)} is none that Apprise can read"
        )
    return f"{len(urls)} channels"


_ADDRESSES = "correct {}; how addresses look: https://appriseit.com"


def _checks(
    config: Config,
) -> tuple[tuple[str, Callable[[], tuple[str, str | None]], str | None], ...]:
    """Each check's name, the check, and the mend of its failure; the registry is read once."""
    registry = cache(lambda: load_registry(config.registry, config.confirmations))
    return (
        ("home", partial(_home, config), "set PANTAU_HOME to a folder of this user"),
        ("secrets", partial(_secret_files, config), None),
        ("disk", partial(free_space, config), None),
        (
            "database",
            partial(_database, config),
            "pantau db upgrade after an update; pantau db restore FILE where it is damaged",
        ),
        (
            "evidence",
            partial(_evidence, config),
            "restore evidence/ from a copy; pantau evidence verify names every file",
        ),
        (
            "archive",
            partial(_archive, config),
            "restore archive/ from a copy",
        ),
        ("time stamps", partial(_time_stamps, config), "correct [time_stamps] of pantau.toml"),
        ("registry", lambda: _registry(registry()), "edit the entry"),
        ("pages", partial(_pages, config), None),
        ("classifier", partial(_title_model, config), "pantau train, or pantau train --shipped"),
        ("contact", partial(_contact, config), None),
        ("browser", partial(_browser, config), None),
        (
            "schedule",
            lambda: _schedule(config, registry()),
            "correct the setting; pantau schedule list shows the jobs",
        ),
        ("notify", partial(_notification, config), _ADDRESSES.format("PANTAU_NOTIFY")),
        ("handover", partial(_delivery, config), _ADDRESSES.format("PANTAU_HANDOVER")),
    )


def _version(browser: str) -> str | None:
    """What a browser calls itself; None where it does not start."""
    try:
        answer = subprocess.run(  # noqa: S603
            [browser, "--version"],
            capture_output=True,
            text=True,
            timeout=VERSION_SECONDS,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return answer.stdout.strip()


def install_chromium(say: Callable[[str], None]) -> None:
    """Find a Chromium, or install Playwright's, or as root on Debian the system's package.

    ``say`` is called with each attempt that failed, and with what came of it in the end.
    """
    if os.environ.get("PANTAU_CHROMIUM"):
        say("browser: PANTAU_CHROMIUM names one; unset it to have another installed")
        return
    attempts = [[], [sys.executable, "-m", "playwright", "install", "chromium"]]
    if shutil.which("apt-get") and os.geteuid() == 0:
        attempts += [["apt-get", "update", "-qq"], ["apt-get", "install", "-y", "-qq", "chromium"]]
    for command in attempts:
        error = _error_of(command) if command else None
        path = find_chromium()
        if path and _version(path):
            say(f"browser: {path}")
            return
        if error:
            say(f"browser: {' '.join(command[-3:])}: {error}")
    say("browser: none could be installed; pages that need one are left out")


def _error_of(command: Sequence[str]) -> str | None:
    """Run a command; the most telling line it wrote where it failed, None where it did not."""
    done = subprocess.run(command, check=False, capture_output=True, text=True)  # noqa: S603
    if not done.returncode:
        return None
    lines = (done.stderr or done.stdout).strip().splitlines()
    errors = [line for line in lines if "rror" in line or "ailed" in line]
    return (errors or lines or [f"exit code {done.returncode}"])[0].strip()
