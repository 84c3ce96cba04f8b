"""What this machine lacks for the work, and the mend."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from enum import StrEnum
from pathlib import Path

from monitor.config import Config, PantauError
from monitor.crawl.chromium import find_chromium
from monitor.model import Value
from monitor.operate.lock import is_running
from monitor.operate.notify import understood
from monitor.operate.timetable import jobs
from monitor.registry import load_registry

FREE_BYTES = 2 * 2**30
"""A week of evidence of seven platforms stays well below this."""


class Grade(StrEnum):
    """``warning``: something will not be done; ``failure``: nothing can be."""

    ok = "ok"
    warning = "warning"
    failure = "failure"


class Check(Value):
    """One thing looked at, what was found, and what to do about it."""

    name: str
    grade: Grade
    found: str
    mend: str | None = None


def examine(config: Config) -> Iterator[Check]:
    """All checks, one after the other; none of them changes anything."""
    yield _home(config)
    yield space(config)
    yield _database(config)
    yield _registry(config)
    yield _title_model(config)
    yield _contact(config)
    yield _browser(config)
    yield _schedule(config)
    yield _notification(config)
    yield _handover(config)


def _home(config: Config) -> Check:
    folder = config.home
    while not folder.exists():
        folder = folder.parent
    if os.access(folder, os.W_OK | os.X_OK):
        return Check(name="home", grade=Grade.ok, found=str(config.home))
    return Check(
        name="home",
        grade=Grade.failure,
        found=f"{folder} cannot be written",
        mend="set PANTAU_HOME to a folder of this user",
    )


def space(config: Config) -> Check:
    """Whether the disk below the home has room for weeks of evidence."""
    folder = config.home
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    found = f"{free / 2**30:.1f} GiB free"
    if free >= FREE_BYTES:
        return Check(name="disk", grade=Grade.ok, found=found)
    return Check(name="disk", grade=Grade.warning, found=found, mend="make room below the home")


def _database(config: Config) -> Check:
    from monitor.store import Store

    sqlite = Path(config.database_url.removeprefix("sqlite:///"))
    if config.database_url.startswith("sqlite:///") and not sqlite.exists():
        return Check(name="database", grade=Grade.ok, found="none yet, made at the first use")
    try:
        with Store.of_home(config, create=False) as store:
            weeks = len(store.plans.weeks())
            current_views = store.has_current_views
    except PantauError as error:
        problem, _, mend = str(error).partition("; ")
        mend = mend or "pantau db restore FILE where it is damaged"
        return Check(name="database", grade=Grade.failure, found=problem, mend=mend)
    if not current_views:
        found = f"{weeks} planned weeks; its views for researchers are of another version"
        return Check(name="database", grade=Grade.warning, found=found, mend="pantau db upgrade")
    return Check(name="database", grade=Grade.ok, found=f"{weeks} planned weeks")


def _registry(config: Config) -> Check:
    try:
        registry = load_registry(config.registry, config.confirmations)
    except PantauError as error:
        return Check(name="registry", grade=Grade.failure, found=str(error), mend="edit the entry")
    silent = [
        policy.id for policy in registry.policies if policy.primary_for and not policy.may_accuse
    ]
    found = f"version {registry.version}, {len(registry.policies)} policies"
    if silent:
        return Check(
            name="registry",
            grade=Grade.warning,
            found=f"{found}; unconfirmed, so they accuse nobody: {', '.join(silent)}",
            mend="a person reads the source and confirms it in pantau.toml, see docs/policies.md",
        )
    return Check(name="registry", grade=Grade.ok, found=found)


def _title_model(config: Config) -> Check:
    from monitor.operate.training import OLDER, described

    try:
        found = described(config)
    except PantauError as error:
        mend = "pantau train, or pantau train --shipped"
        return Check(name="classifier", grade=Grade.failure, found=str(error), mend=mend)
    if found.endswith(OLDER):
        return Check(name="classifier", grade=Grade.warning, found=found, mend="pantau train")
    return Check(name="classifier", grade=Grade.ok, found=f"title model: {found}")


def _contact(config: Config) -> Check:
    if config.contact or config.demo_url:
        return Check(name="contact", grade=Grade.ok, found=config.contact or "rehearsal")
    return Check(
        name="contact",
        grade=Grade.warning,
        found="none, so a live crawl refuses to start",
        mend=f'write contact = "name@ministry.example" into {config.home / "pantau.toml"}',
    )


def _browser(config: Config) -> Check:
    path = find_chromium()
    version = _version(path) if path else None
    if path and version:
        return Check(name="browser", grade=Grade.ok, found=f"{version}, {path}")
    named = os.environ.get("PANTAU_CHROMIUM")
    mend = "pantau doctor --install-browser, or apt-get install chromium, or set PANTAU_CHROMIUM"
    trouble = f"{path or named} does not start" if path or named else "no Chromium"
    return Check(
        name="browser",
        grade=Grade.warning,
        found=f"{trouble}: {_need_one(config)}, screenshots and PDF are left out",
        mend="correct PANTAU_CHROMIUM or unset it" if named else mend,
    )


def _need_one(config: Config) -> str:
    """The platforms of the frame whose pages a browser has to show."""
    try:
        registry = load_registry(config.registry, config.confirmations)
    except PantauError:
        return "pages that need one"
    asked = {entry.platform for entry in registry.frame.entries}
    names = [one.name for one in registry.platforms.values() if one.browser and one.id in asked]
    return f"the crawl of {', '.join(names)}" if names else "pages that need one"


def _version(path: str) -> str | None:
    """What a browser calls itself; None where it does not start."""
    try:
        said = subprocess.run(  # noqa: S603
            [path, "--version"], capture_output=True, text=True, timeout=30, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return said.stdout.strip()


def _schedule(config: Config) -> Check:
    try:
        made = jobs(config, load_registry(config.registry, config.confirmations))
    except PantauError as error:
        mend = "correct the setting; pantau schedule list shows the jobs"
        return Check(name="schedule", grade=Grade.failure, found=str(error), mend=mend)
    if is_running(config.home):
        return Check(name="schedule", grade=Grade.ok, found=f"running, {len(made)} jobs")
    return Check(
        name="schedule",
        grade=Grade.warning,
        found=f"not running, {len(made)} jobs wait",
        mend="pantau schedule run; docs/operators.md has a systemd unit",
    )


def _notification(config: Config) -> Check:
    if not config.notify:
        return Check(
            name="notify",
            grade=Grade.warning,
            found="trouble is told on stderr only",
            mend="set PANTAU_NOTIFY to an Apprise address, such as mailtos://user:password@host",
        )
    return _channels("notify", "PANTAU_NOTIFY", config.notify)


def _handover(config: Config) -> Check:
    if not config.handover_to:
        return Check(name="handover", grade=Grade.ok, found="no channel; editions stay here")
    return _channels("handover", "PANTAU_HANDOVER", config.handover_to)


def _channels(name: str, variable: str, urls: Sequence[str]) -> Check:
    wrong = [number for number, url in enumerate(urls, 1) if not understood(url)]
    if not wrong:
        return Check(name=name, grade=Grade.ok, found=f"{len(urls)} channels")
    numbers = ", ".join(map(str, wrong))
    return Check(
        name=name,
        grade=Grade.failure,
        found=f"{variable}: address {numbers} of {len(urls)} is none that Apprise can read",
        mend=f"correct {variable}; how addresses look: https://appriseit.com",
    )


def install_chromium(say: Callable[[str], None]) -> None:
    """Find a Chromium, or fetch Playwright's, or the system's package; says what came of it."""
    if os.environ.get("PANTAU_CHROMIUM"):
        say("browser: PANTAU_CHROMIUM names one; unset it to have another installed")
        return
    attempts = [[sys.executable, "-m", "playwright", "install", "chromium"]]
    if shutil.which("apt-get") and os.geteuid() == 0:
        attempts += [["apt-get", "update", "-qq"], ["apt-get", "install", "-y", "-qq", "chromium"]]
    for command in [[], *attempts]:
        why = _attempt(command) if command else None
        path = find_chromium()
        if path and _version(path):
            say(f"browser: {path}")
            return
        if why:
            say(f"browser: {' '.join(command[-3:])}: {why}")
    say("browser: none could be installed; pages that need one are left out")


def _attempt(command: list[str]) -> str | None:
    """Run a command; its last words where it failed."""
    done = subprocess.run(command, check=False, capture_output=True, text=True)  # noqa: S603
    words = (done.stderr or done.stdout).strip().splitlines()
    if not done.returncode:
        return None
    telling = [line for line in words if "rror" in line or "ailed" in line]
    return (telling or words or [f"exit code {done.returncode}"])[0].strip()
