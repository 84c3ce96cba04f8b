"""Handing a released edition over: e-mail, chat or webhook, by Apprise addresses.

Each delivery is an entry of the ledger, so that a second attempt goes to those channels only that
the first one did not reach. Addresses hold passwords; a channel is named by scheme and hash.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

from monitor.config import Config, PantauError
from monitor.model import EditionKind, Findings, RunOutcome, Value
from monitor.operate.editions import publish
from monitor.operate.releases import Release
from monitor.operate.run_log import recorded
from monitor.store import Store
from reports.edition_messages import EditionMessages

JOB = "handover"


class DeliveryError(PantauError):
    """A channel was not reached; what was delivered stays delivered."""


class Message(Value):
    """What goes out: the headline in words, and one document."""

    title: str
    body: str
    attachment: Path


def hand_over(
    config: Config, store: Store, findings: Findings, release: Release, say: Callable[[str], None]
) -> None:
    """Send a released edition to every channel that has not got it yet.

    Writes the document first, as ``[handover]`` says. Raises ``DeliveryError`` naming the channels
    that failed.
    """
    names = {channel_name(url): url for url in config.handover_to}
    if not names:
        say("handover: no channel is configured (PANTAU_HANDOVER)")
        return
    done = _delivered(store, release)
    if names.keys() <= done:
        say(f"handover: {', '.join(names)} has it already")
        return
    versions = {"edition": release.edition.value, "as_of": release.as_of.isoformat()}
    with recorded(store, JOB, findings.origin, week=findings.week, versions=versions) as run:
        message = compose(
            findings, _document(config, store, findings, say), config.handover.language
        )
        for name, url in names.items():
            if name in done:
                say(f"handover: {name} has it already")
                continue
            run.counts[name] = int(_send(url, message))
            say(f"handover: {name} {'delivered' if run.counts[name] else 'failed'}")
        if failed := [name for name, sent in run.counts.items() if not sent]:
            raise DeliveryError(
                f"PANTAU_HANDOVER: not delivered to {', '.join(failed)}; the edition stays"
                f" released, try again with: pantau release {findings.week}"
                f" --edition {findings.edition} --by NAME"
            )


def compose(findings: Findings, attachment: Path, lang: str) -> Message:
    """Title and body in ``lang``: the week, the edition and the answer in words."""
    messages = EditionMessages(findings, lang)
    mark = f"[{messages('banner.simulated_title')}] " if messages.simulated else ""
    lead = [sentence for _, sentence in messages.lead()]
    return Message(
        title=f"{mark}Pantau {messages.week_name()} · {messages(f'edition.{findings.edition}')}",
        body="\n\n".join([messages.headline(), *lead]),
        attachment=attachment,
    )


def channel_name(url: str) -> str:
    """``mailto-1a2b3c4d``: tells channels apart without their secrets."""
    return f"{url.partition(':')[0]}-{hashlib.sha256(url.encode()).hexdigest()[:8]}"


def _document(config: Config, store: Store, findings: Findings, say: Callable[[str], None]) -> Path:
    form = config.handover
    page = publish(
        findings,
        number(store, findings),
        config.home / "public" if form.public else config.reports,
        lang=form.language,
        public=form.public,
        pdf=form.pdf,
        evidence=config.evidence,
        warn=say,
    )
    printed = page.parent / f"pantau-{findings.week}.{form.language}.pdf"
    return printed if form.pdf and printed.is_file() else page


def number(store: Store, findings: Findings) -> int:
    """Which edition of its kind these findings are, counted from 1."""
    kind: EditionKind = findings.edition
    return sum(
        (week, sort) == (findings.week, kind) and as_of <= findings.as_of
        for week, sort, as_of in store.editions.all()
    )


def _delivered(store: Store, release: Release) -> set[str]:
    about = (release.edition.value, release.as_of.isoformat())
    return {
        name
        for run in store.runs.newest(job=JOB, week=release.week)
        if run.outcome in {RunOutcome.done, RunOutcome.failed}
        if (run.versions.get("edition"), run.versions.get("as_of")) == about
        for name, sent in run.counts.items()
        if sent
    }


def _send(url: str, message: Message) -> bool:
    import apprise

    channel = apprise.Apprise()
    return bool(channel.add(url)) and bool(
        channel.notify(title=message.title, body=message.body, attach=str(message.attachment))
    )
