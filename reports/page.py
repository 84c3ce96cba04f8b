"""An edition's pages: HTML that asks nobody for anything and runs no script."""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any
from urllib.parse import quote, urlsplit

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from monitor.model import EditionKind, Findings, ListingState, Origin, Verdict

from . import charts, evidence, measures, view
from .answer import answer, headline
from .names import shorten
from .phrases import Phrases
from .words import Words

SECTIONS = (
    "answer",
    "matrix",
    "changes",
    "trend",
    "indicators",
    "promises",
    "evidence",
    "suspected",
    "imported",
    "coverage",
    "unplanned",
    "method",
    "versions",
    "replies",
    "downloads",
    "corrections",
)
_HOME = {"gone": "changes"}
FRESH = 8


def main_file(lang: str) -> str:
    """The file name of an edition's first page."""
    return "index.html" if lang == "id" else f"index.{lang}.html"


def chunk_file(kind: str, page: int, lang: str) -> str:
    """The file name of a page of a long list."""
    return f"{kind}-{page}.{lang}.html"


@cache
def environment() -> Environment:
    """Jinja that escapes everything and knows no undefined names."""
    return Environment(
        loader=PackageLoader("reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def safe_link(url: str | None) -> str | None:
    """The address if it is a plain http(s) one, else None; the caller then shows only text."""
    if not url or not re.fullmatch(r"https?://[^\s\\\"'<>]+", url, re.IGNORECASE):
        return None
    try:
        return url if urlsplit(url).hostname else None
    except ValueError:
        return None


def policy_of(*styles: str, script: str = "") -> str:
    """A Content-Security-Policy that allows exactly these inline texts and local pictures."""
    allowed = " ".join(_digest(style) for style in styles)
    scripts = _digest(script) if script else "'none'"
    return (
        f"default-src 'none'; style-src {allowed}; script-src {scripts}; img-src 'self' file:; "
        "base-uri 'none'; form-action 'none'"
    )


def _digest(text: str) -> str:
    return f"'sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def stylesheet(left: str, right: str, page: str, of: str) -> Markup:
    """The style of a document with its running header for paper."""
    rules = files("reports").joinpath("templates", "style.css").read_text(encoding="utf-8")
    running = (
        "@page { size: A4; margin: 20mm 15mm 18mm; "
        f'@top-left {{ content: "{_css(left)}"; {_RUNNING} }} '
        f'@top-right {{ content: "{_css(right)}"; {_RUNNING} font-weight: 700; }} '
        f'@bottom-right {{ content: "{_css(page)} " counter(page) " {_css(of)} " counter(pages); '
        f"{_RUNNING} }} }}\n"
    )
    return Markup(running + rules)  # noqa: S704 (our own style; the words come from the catalogue)


_RUNNING = "font: 8.5pt system-ui, sans-serif; color: #4c5966;"


def _css(text: str) -> str:
    return re.sub(r'[\\"<>\n]', "", text)


class Pages:
    """The pages of one edition in one language; ``pictures`` are the files beside it."""

    def __init__(
        self,
        findings: Findings,
        lang: str,
        *,
        pictures: Collection[str] = (),
        companions: Sequence[tuple[str, str]] = (),
    ) -> None:
        self.findings = findings
        self.words = Words(lang)
        self.phrases = Phrases(findings, self.words)
        self.pictures = frozenset(pictures)
        self.companions = tuple(companions)
        self.lists = evidence.lists(findings)
        self.chunks = {
            kind: tuple(evidence.chunks(kind, found)) for kind, found in self.lists.items()
        }

    def render(self) -> Mapping[str, str]:
        """Every page by its file name, the first page first."""
        shared = self._shared()
        pages = {main_file(self.words.lang): self._main(shared)}
        for kind, chunks in self.chunks.items():
            for chunk in chunks:
                name = chunk_file(kind, chunk.page, self.words.lang)
                pages[name] = self._chunk(shared, chunk)
        return pages

    def _main(self, shared: dict[str, Any]) -> str:
        findings, phrases, lang = self.findings, self.phrases, self.words.lang
        made = answer(findings)
        ends = view.axis_ends(made)
        counts = view.breach_counts(findings)
        coverage = view.coverage_by_platform(findings)
        panels = view.panels(findings, made, lang, self.words("unit.week_axis"))
        groups = evidence.evidence_groups(self.lists["evidence"])
        permissions = {one.id: one.permissions for one in findings.platforms}
        context = shared | {
            "on_main": True,
            "made": made,
            "headline": headline(self.words, made, unplanned=bool(findings.unplanned)),
            "lead": phrases.lead(made),
            "sections": self._sections(),
            "matrix": view.matrix(made),
            "matrix_clusters": view.clusters(made),
            "legend": view.verdicts(made),
            "measured": any(view.is_drawn(cell) for one in made.platforms for cell in one.cells),
            "sureness": phrases.sureness(made),
            "card_id": lambda platform: "c-" + _plain(platform),
            "drawn": view.is_drawn,
            "whole": view.is_whole,
            "interval_svg": lambda cell: Markup(charts.interval(cell, ends[cell.platform], lang)),  # noqa: S704
            "coverage_svg": lambda row: Markup(charts.coverage(row, lang)),  # noqa: S704
            "direction": view.direction,
            "verdict_changes": view.verdict_changes(findings),
            "panels": panels,
            "trend_weeks": view.weeks_between(p.week for one in panels for p in one.points),
            "fates": ("new", "still", "relisted", "not_seen", "confirmed_gone"),
            "fresh": self._fresh(groups),
            "indicator_points": measures.indicator_points(findings.indicators),
            "indicator_clusters": measures.indicator_clusters(findings.indicators),
            "evidence_groups": groups,
            "promises": view.promises(findings.policies),
            "unplanned": {one.platform: one for one in findings.unplanned},
            "policy_cells": lambda policy: view.policy_cells(findings, policy),
            "breach_counts": counts,
            "breach_line": lambda policy: phrases.breach_line(policy, counts[policy.id]),
            "coverage": coverage,
            "permissions": lambda platform: permissions.get(platform, ()),
            "reasons": view.reasons,
            "states": charts.STATES,
            "all_answered": bool(coverage)
            and all(row.sampled + row.empty == row.planned for row in coverage.values()),
            "unmeasured": [
                cell
                for cell in findings.cells
                if cell.primary and cell.verdict is Verdict.not_measurable
            ],
            "method_steps": phrases.method_steps(),
            "evidence_intro": phrases.evidence_intro(),
            "companions": self.companions,
        }
        return environment().get_template("edition.html").render(context)

    def _fresh(self, groups: Sequence[evidence.EvidenceGroup]) -> dict[str, Any]:
        """The new confirmed offers, each with the place of its evidence."""
        here = {group.start + at for group in groups for at in range(len(group.shown))}
        found = [
            (entry, number)
            for number, entry in enumerate(self.lists["evidence"], 1)
            if entry.confirmed
            and entry.state is ListingState.new
            and self.phrases.listing_word(entry) == "policy"
        ]
        room = max(2, FRESH // max(1, len({entry.listing.platform for entry, _ in found})))
        taken: Counter[str] = Counter()
        shown = []
        for entry, number in found:
            taken[entry.listing.platform] += 1
            if taken[entry.listing.platform] <= room:
                page = (number - 1) // evidence.PAGE + 1
                file = "" if number in here else chunk_file("evidence", page, self.words.lang)
                shown.append((entry, f"{file}#evidence-{number}"))
        return {"total": len(found), "shown": shown}

    def _sections(self) -> list[str]:
        absent = set()
        if not self.findings.corrections:
            absent.add("corrections")
        if not self.findings.unplanned:
            absent.add("unplanned")
        if not self.companions:
            absent.add("downloads")
        return [name for name in SECTIONS if name not in absent]

    def _chunk(self, shared: dict[str, Any], chunk: evidence.Chunk) -> str:
        section = _HOME.get(chunk.kind, chunk.kind)
        intro = (
            self.phrases.evidence_intro()
            if chunk.kind == "evidence"
            else self.words("change.gone")
            if chunk.kind == "gone"
            else self.words(f"{chunk.kind}.intro")
        )
        context = shared | {"on_main": False, "chunk": chunk, "section": section, "intro": intro}
        return environment().get_template("listings.html").render(context)

    def _shared(self) -> dict[str, Any]:
        words, phrases, findings = self.words, self.phrases, self.findings
        week = phrases.week_name()
        simulated = findings.origin is Origin.simulated
        flags = [words("page.print_simulated")] if simulated else []
        if findings.edition is EditionKind.provisional:
            flags.append(words("page.print_provisional"))
        edition = words(f"edition.{findings.edition}")
        style = stylesheet(
            words("page.print_header", week=week, edition=edition),
            " · ".join(flags),
            words("page.print_page"),
            words("page.print_of"),
        )
        title = words("page.title", week=week)
        said = {name: getattr(phrases, name) for name in dir(phrases) if not name.startswith("_")}
        return said | {
            "w": words,
            "f": findings,
            "csp": policy_of(style),
            "style": style,
            "simulated": simulated,
            "page_title": f"{words('banner.simulated_title')}: {title}" if simulated else title,
            "week_name": week,
            "main_file": main_file(words.lang),
            "lists": self.lists,
            "shown": evidence.SHOWN,
            "files": {
                kind: [chunk_file(kind, chunk.page, words.lang) for chunk in chunks]
                for kind, chunks in self.chunks.items()
            },
            "cut": shorten,
            "safe_link": safe_link,
            "anchor": lambda policy: "p-" + _plain(policy),
            "picture_of": self._picture,
        }

    def _picture(self, name: str | None) -> str | None:
        return f"media/{quote(name)}" if name and name in self.pictures else None


def _plain(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9-]", "-", name)
