"""Releasing an edition, and delivering it: e-mail, chat or webhook, by Apprise addresses.

The run log remembers who released which edition when, and each delivery, so that a second attempt
goes only to the channels that the first one did not reach. Addresses hold passwords; a channel is
named by scheme and hash.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from datetime import datetime

from monitor.config import Config, PantauError, utc_now
from monitor.findings.releases import RELEASE_JOB, Release, edition_of, releases
from monitor.model import EditionKind, Findings, RunOutcome
from monitor.operate.anomalies import find_anomalies
from monitor.operate.channels import send
from monitor.operate.publication import publish
from monitor.operate.run_log import recorded
from monitor.registry import Registry
from monitor.store import Store
from reports.edition_messages import EditionMessages

DELIVERY_JOB = "handover"
_ORDER = (EditionKind.provisional, EditionKind.final, EditionKind.corrected)


class ReleaseError(PantauError):
    """There is no edition that could be released."""


class DeliveryError(PantauError):
    """A channel was not reached; what was delivered stays delivered."""


def rank(kind: EditionKind) -> int:
    """0 for provisional, 1 for final, 2 for corrected editions."""
    return _ORDER.index(kind)


def final_release(store: Store, week: str) -> datetime | None:
    """When the first final edition of a week was released; None where none was."""
    times = [r.at for r in releases(store, week) if r.edition is EditionKind.final]
    return min(times, default=None)


def release_of(store: Store, findings: Findings) -> Release | None:
    """Who released an edition; None where nobody has."""
    for release in releases(store, findings.week):
        if (release.edition, release.as_of) == (findings.edition, findings.as_of):
            return release
    return None


def newest_release(store: Store, week: str, before: datetime | None = None) -> Release | None:
    """The release of a week's newest released edition; None where none was released.

    With ``before``: of those as of an earlier time than that.
    """
    week_releases = (
        release for release in releases(store, week) if before is None or release.as_of < before
    )
    return max(week_releases, key=lambda release: release.as_of, default=None)


def released_edition(store: Store, week: str) -> Findings | None:
    """The newest released edition of a week, which readers have; None where none was released."""
    newest = newest_release(store, week)
    return edition_of(store, newest) if newest else None


def release_edition(
    store: Store,
    week: str,
    kind: EditionKind | None,
    by: str,
    unattended: Registry | None = None,
    told: Sequence[str] = (),
    now: Callable[[], datetime] = utc_now,
) -> tuple[Findings, Release, bool]:
    """Release the newest edition of a week and kind, in the name of ``by``.

    Without ``kind``: the corrected one, else the final, else the provisional one. Returns its
    findings, its release, and whether it was released now: an edition is released once, and who
    did it first stays. Raises ``ReleaseError`` where there is none, or where a newer one of the
    week is out. With the registry no person looks at it, so that one is refused, too, which nobody
    labelled, or in whose week the counts of a platform are in trouble: by the store, or by what was
    ``told`` and is not over.
    """
    kinds = (kind,) if kind else _ORDER[::-1]
    editions = (store.editions.latest(week, each_kind) for each_kind in kinds)
    findings = next(filter(None, editions), None)
    if findings is None:
        name = f"{kind} edition" if kind else "edition"
        command = f"pantau report --week {week} --edition {kind or EditionKind.final}"
        raise ReleaseError(f"{week}: no {name} to release; make it with: {command}")
    if release := release_of(store, findings):
        return findings, release, False
    newest = newest_release(store, week)
    if newest and newest.as_of > findings.as_of:
        raise ReleaseError(
            f"{week}: the {newest.edition} edition is released, which is newer than the"
            f" {findings.edition} one; that one stays here"
        )
    if unattended and not (findings.audit and findings.audit.labels):
        raise ReleaseError(
            f"{week}: nobody labelled the {findings.edition} edition, so it stays here;"
            f" label it and run: pantau report --week {week} --edition {findings.edition}"
        )
    troubles = list(told) if unattended else []
    if unattended:
        troubles += find_anomalies(store, unattended, week, findings.as_of).values()
    if troubles:
        raise ReleaseError(
            f"{'; '.join(dict.fromkeys(troubles))}; the {findings.edition} edition stays here"
            f" until a person has looked at it: pantau release {week} --by NAME"
        )
    release = Release(week=week, edition=findings.edition, as_of=findings.as_of, by=by, at=now())
    versions = _identity(release) | {"by": by}
    with recorded(
        store, RELEASE_JOB, findings.origin, week=week, versions=versions, now=now
    ) as run:
        run.remark = f"{release.edition} edition released by {by}"
    return findings, release, True


def deliver(
    config: Config, store: Store, findings: Findings, release: Release, say: Callable[[str], None]
) -> None:
    """Send a released edition to every channel that does not have it yet.

    The document is written before, as ``[handover]`` of ``pantau.toml`` says. ``say`` is called
    with one line a channel. Raises ``DeliveryError`` naming the channels that failed.
    """
    channels = {channel_name(url): url for url in config.handover_to}
    if not channels:
        say("handover: no channel is configured (PANTAU_HANDOVER)")
        return
    reached = _reached_channels(store, release)
    if channels.keys() <= reached:
        say(f"handover: {', '.join(channels)} has it already")
        return
    settings, week = config.handover, findings.week
    with recorded(
        store, DELIVERY_JOB, findings.origin, week=week, versions=_identity(release)
    ) as run:
        page = publish(
            config,
            store,
            findings,
            lang=settings.language,
            public=settings.public,
            pdf=settings.pdf,
            warn=say,
        )
        printed = page.parent / f"pantau-{week}.{settings.language}.pdf"
        document = printed if settings.pdf and printed.is_file() else page
        title, body = compose(findings, settings.language)
        for name, url in channels.items():
            if name in reached:
                say(f"handover: {name} has it already")
                continue
            problem = send(url, body, title=title, attachment=document)
            run.counts[name] = int(problem is None)
            say(f"handover: {name} {f'failed: {problem}' if problem else 'delivered'}")
        if failed := [name for name, sent in run.counts.items() if not sent]:
            raise DeliveryError(
                f"PANTAU_HANDOVER: not delivered to {', '.join(failed)}; the edition stays"
                f" released, try again with: pantau release {week}"
                f" --edition {findings.edition} --by NAME"
            )


def compose(findings: Findings, lang: str) -> tuple[str, str]:
    """The message with an edition in ``lang``: a title with week and kind, the answer in words."""
    messages = EditionMessages(findings, lang)
    mark = f"[{messages('banner.simulated_title')}] " if messages.simulated else ""
    title = f"{mark}Pantau {messages.week_name()} · {messages(f'edition.{findings.edition}')}"
    return title, "\n\n".join([messages.headline(), *(text for _, text in messages.lead())])


def channel_name(url: str) -> str:
    """``mailto-1a2b3c4d``: tells channels apart without their secrets."""
    return f"{url.partition(':')[0]}-{hashlib.sha256(url.encode()).hexdigest()[:8]}"


def _identity(release: Release) -> dict[str, str]:
    """What tells an edition of a week from the others, as the run log keeps it."""
    return {"edition": release.edition.value, "as_of": release.as_of.isoformat()}


def _reached_channels(store: Store, release: Release) -> set[str]:
    """Names of the channels that already have a released edition."""
    return {
        name
        for run in store.runs.newest(job=DELIVERY_JOB, week=release.week)
        if run.outcome in {RunOutcome.done, RunOutcome.failed}
        and _identity(release).items() <= run.versions.items()
        for name, sent in run.counts.items()
        if sent
    }
