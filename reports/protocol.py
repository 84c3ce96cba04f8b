"""The protocol of a season as a page: what binds its editions, and what was changed since."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from monitor.model import Deviation, Inclusion, ListRules, Origin, Protocol

from .contexts import DocumentContext, stylesheet
from .messages import LANGUAGES, Messages

CHANGES_SHOWN = 40
"""Changed rules of a deviation that the page names; its file has all."""


@dataclass(frozen=True, kw_only=True)
class ProtocolContext(DocumentContext):
    """What the page of a protocol is given."""

    template = "protocol.html"

    protocol: Protocol
    """The rules, and when they were written down."""
    sha256: str
    """The hash of the JSON document, hex."""
    deviations: Sequence[Deviation]
    """What was changed since, oldest first."""
    stamped_at: datetime | None
    """When a time stamp proves that the document existed; None where there is none."""
    cell_names: dict[str, str]
    """The platform and product group of each list, in words."""
    policy_titles: dict[str, str]
    """The titles of the policies, by id."""
    settings: Sequence[str]
    """A sentence for each setting of the estimator."""
    taken: dict[str, str]
    """How many entries of each list a week takes, in words."""
    changes_shown: int
    """How many changed rules of a deviation are named."""
    other_file: str
    """The file name of the page in the other language."""


def protocol_file(season: str, lang: str) -> str:
    """The file name of a protocol's page."""
    return f"{season}.html" if lang == "id" else f"{season}.{lang}.html"


def protocol_page(
    protocol: Protocol,
    sha256: str,
    lang: str,
    deviations: Sequence[Deviation] = (),
    stamped_at: datetime | None = None,
) -> str:
    """The page of a protocol in a language; ``sha256`` is the hash of its JSON document, hex."""
    messages = Messages(lang)
    rules, season = protocol.rules, protocol.season
    simulated = protocol.origin is Origin.simulated
    title = messages("protocol.title", season=season)
    flags = [messages("page.print_simulated")] if simulated else []
    header = f"{messages('page.product')}, {title}"
    return ProtocolContext(
        msg=messages,
        title=title,
        style=stylesheet(messages, header, *flags),
        simulated=simulated,
        protocol=protocol,
        sha256=sha256,
        deviations=deviations,
        stamped_at=stamped_at,
        cell_names={name: _cell_name(messages, protocol, name) for name in rules.lists},
        policy_titles={
            name.partition(" ")[0]: messages.text(policy.title)
            for name, policy in rules.policies.items()
        },
        settings=[
            messages(f"protocol_setting.{name}", value=value, share=messages.share(value))
            for name, value in rules.method.items()
        ],
        taken={name: _taken(messages, rules.lists[name]) for name in rules.lists},
        changes_shown=CHANGES_SHOWN,
        other_file=protocol_file(season, "en" if lang == "id" else "id"),
    ).render()


def write_protocol_pages(
    folder: Path,
    protocol: Protocol,
    sha256: str,
    deviations: Sequence[Deviation] = (),
    stamped_at: datetime | None = None,
    *,
    pdf: bool = False,
) -> list[Path]:
    """Write the pages in both languages, with ``pdf`` printed as well; returns the files.

    Raises ``ReportError`` where no Chromium starts; the pages are then written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    pages = []
    for lang in LANGUAGES:
        page = folder / protocol_file(protocol.season, lang)
        page.write_text(
            protocol_page(protocol, sha256, lang, deviations, stamped_at), encoding="utf-8"
        )
        pages.append(page)
    if not pdf:
        return pages
    from .pdf import write_prints

    prints = {page.with_suffix(".pdf"): page for page in pages}
    write_prints(prints)
    return [*pages, *prints]


def _cell_name(messages: Messages, protocol: Protocol, name: str) -> str:
    """The words for ``platform/cluster``."""
    platform, _, cluster = name.partition("/")
    return f"{protocol.rules.platforms[platform]}: {messages(f'cluster.{cluster}')}"


def _taken(messages: Messages, entry_list: ListRules) -> str:
    """What a week takes of each stratum, by who looks, with the inclusion probability."""
    return "; ".join(
        _stratum(messages, name, inclusion) for name, inclusion in entry_list.strata.items()
    )


def _stratum(messages: Messages, name: str, inclusion: Inclusion) -> str:
    stratum, _, core = name.partition("/")
    words = messages(f"stratum.{stratum}")
    if core:
        words = messages("protocol.core_of", stratum=words)
    taken = [
        messages(
            f"protocol.taken_{mode}",
            taken=number,
            pool=inclusion.pool,
            share=messages.share(number / inclusion.pool),
        )
        for mode, number in inclusion.taken.items()
    ]
    return f"{words}: {', '.join(taken)}"
