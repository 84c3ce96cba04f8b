"""A letter to a platform, two pages: what was observed, the promise, a request to answer.

Its tone follows the platform's standing. Only what people confirmed is put forward as evidence; a
platform that could not be measured is asked for access to data instead.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from monitor.model import EditionKind, Findings, FlaggedListing, Origin, Policy, PolicyKind

from . import view
from .answer import PlatformAnswer, Standing, answer
from .names import shorten
from .page import environment, policy_of, stylesheet
from .phrases import Phrases
from .words import ReportError, Words

EVIDENCE = 8
_KINDS = {
    Standing.still: "breach",
    Standing.pointed: "pointed",
    Standing.screened: "screened",
    Standing.unconfirmed: "policy",
    Standing.none_found: "notice",
    Standing.compliant: "notice",
    Standing.not_measurable: "access",
    Standing.compared: "screened",
    Standing.unwatched: "access",
}


def write_letter(
    findings: Findings, platform: str, out: Path, lang: str = "id", *, pdf: bool = False
) -> Path:
    """Write the letter to ``platform`` into the folder ``out``; returns the HTML or, with ``pdf``,
    the PDF file. Raises ``ReportError``, also for a platform that is closed or not in the findings.
    """
    text = letter(findings, platform, lang)
    out.mkdir(parents=True, exist_ok=True)
    page = out / f"letter-{platform}.{lang}.html"
    page.write_text(text, encoding="utf-8")
    if not pdf:
        return page
    from .pdf import write_pdf

    return write_pdf(page, page.with_suffix(".pdf"))


def letter(findings: Findings, platform: str, lang: str = "id") -> str:
    """The letter as HTML; pure."""
    words = Words(lang)
    phrases = Phrases(findings, words)
    mine = _addressee(findings, platform)
    kind = _KINDS[mine.standing]
    confirmed = [
        entry
        for entry in findings.listings
        if entry.confirmed and entry.listing.platform == platform
        if any(name in _accusing(findings) for name in entry.policies)
    ]
    draft = kind in {"pointed", "screened"} or findings.edition is EditionKind.provisional
    simulated = findings.origin is Origin.simulated
    flags = [words("page.print_simulated")] if simulated else []
    week = phrases.week_name()
    title = words("letter.title", platform=mine.platform.name, week=week)
    style = stylesheet(
        title,
        " · ".join([*flags, *([words("page.print_provisional")] if draft else [])]),
        words("page.print_page"),
        words("page.print_of"),
    )
    return (
        environment()
        .get_template("letter.html")
        .render(
            _words(phrases)
            | {
                "w": words,
                "f": findings,
                "csp": policy_of(style),
                "style": style,
                "simulated": simulated,
                "draft": draft,
                "title": title,
                "platform": mine.platform,
                "kind": kind,
                "week_name": week,
                "cells": mine.cells if kind in {"breach", "notice"} else (),
                "observed": _observed(phrases, mine, kind),
                "policies": _policies(findings, mine),
                "evidence": confirmed[:EVIDENCE] if kind == "breach" else [],
                "confirmed": len(confirmed),
                "asks": [
                    words(f"letter.ask_{kind}_{number}")
                    for number in (1, 2, 3)
                    if f"letter.ask_{kind}_{number}" in words
                ],
                "seen": lambda entry: _seen(words, entry),
                "cut": shorten,
            }
        )
    )


def _words(phrases: Phrases) -> dict[str, Any]:
    names = ("verdict_words", "policy_title", "period", "week_short")
    return {name: getattr(phrases, name) for name in names}


def _addressee(findings: Findings, platform: str) -> PlatformAnswer:
    if findings.withheld is not None:
        raise ReportError("letter: a public edition holds no evidence; use the full findings")
    known = {one.platform.id: one for one in answer(findings).platforms}
    if platform not in known:
        names = ", ".join(sorted(known)) or "none"
        raise ReportError(f"letter: no platform {platform!r} in this week; there are {names}")
    if known[platform].standing is Standing.closed:
        raise ReportError(f"letter: {platform} is closed, there is nobody to write to")
    return known[platform]


def _accusing(findings: Findings) -> set[str]:
    return {policy.id for policy in findings.policies if policy.may_accuse}


def _policies(findings: Findings, mine: PlatformAnswer) -> Sequence[Policy]:
    """The policies of the verdicts and the promises of the platform, the oldest promise first."""
    judged = {cell.policy for cell in mine.cells}
    return [
        policy
        for policy in view.promises(findings.policies)
        if policy.id in judged
        or (policy.kind is PolicyKind.promise and mine.platform.id in policy.platforms)
    ]


def _observed(phrases: Phrases, mine: PlatformAnswer, kind: str) -> list[str]:
    words = phrases.words
    row = view.coverage_by_platform(phrases.findings).get(mine.platform.id)
    if kind == "policy":
        screen, key = mine.screening, "letter.observed_policy"
        if not any(cell.confirmed for cell in mine.cells):
            key = screen.key(key)
        counts = {"screened": screen.screened, "places": screen.places}
        return [words(key, **counts), phrases.unconfirmed_basis(mine)]
    if kind != "access":
        return [words(f"letter.observed_{kind}")]
    if row is None:
        return [words("letter.observed_unplanned")]
    counts = {"answered": row.sampled + row.empty, "planned": row.planned}
    lines = [words("letter.observed_access", **counts)]
    if noted := view.reasons(row)[:4]:
        told = "; ".join(
            f"{words(f'state.{state}')}: {words.said('refusal', shorten(reason, 80))} ({units})"
            for state, reason, units in noted
        )
        lines.append(words("letter.reasons", reasons=told))
    return lines


def _seen(words: Words, entry: FlaggedListing) -> str:
    moments = [place.observed_at for place in entry.found_at if place.observed_at]
    return words.moment(min(moments)) if moments else words("unit.time_unknown")
