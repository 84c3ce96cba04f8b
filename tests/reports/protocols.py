"""Protocols of an invented season that have every sentence to print."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from msgspec.structs import replace

from monitor.estimate import Settings
from monitor.model import (
    Deviation,
    EntryKind,
    Inclusion,
    LabelPlan,
    ListedEntry,
    ListRules,
    Origin,
    PolicyRules,
    PrimaryPolicy,
    Protocol,
    ProtocolDeviation,
    ProtocolRules,
    RuleChange,
    SeasonProtocol,
    Stratum,
    Text,
    UnitState,
    Versions,
)
from reports.protocol import write_protocol_pages

WRITTEN = datetime(2026, 9, 25, 3, tzinfo=UTC)
HASH = "ab" * 32


def policy(title: str, **changes: object) -> PolicyRules:
    rules = PolicyRules(
        title=Text(id=f"Janji {title}", en=f"Promise {title}"),
        tolerance=0.01,
        sha256="cd" * 8,
        sources=1,
    )
    return replace(rules, **changes)


def protocol() -> Protocol:
    """Two platforms of which one is compared with, one closed and one without words."""
    entries = {
        "kata-sarung": ListedEntry("sarung", EntryKind.keyword, Stratum.head, True, 1.0, 1),
        "kata-hijab": ListedEntry("hijab", EntryKind.keyword, Stratum.tail, False, 2.5, 1),
    }
    carried = PrimaryPolicy(week="2026-W40", policy="janji", tolerance=0.01, may_accuse=True)
    rules = ProtocolRules(
        weeks=("2026-W40", "2026-W52"),
        platforms={"lapak": "Lapak", "seberang": "Seberang", "tutup": "Tutup", "sunyi": "Sunyi"},
        seed=1,
        interval_seed=2,
        interval_draws=131072,
        cell_entries=60,
        weekly_pages={"crawler": 600, "inspector": 105},
        method={name: getattr(Settings(), name) for name in Settings.__struct_fields__},
        lists={
            "lapak/crafts": ListRules(
                sha256="ef" * 8,
                strata={
                    "head/core": Inclusion(pool=1, taken={"crawler": 1, "inspector": 1}),
                    "tail": Inclusion(pool=1, taken={"crawler": 1, "inspector": 1}),
                },
                entries=entries,
            )
        },
        cells={
            "lapak/crafts": (
                carried,
                replace(carried, week="2026-W45", policy="janji-baru", may_accuse=False),
            )
        },
        policies={
            "janji 2026-01-01": policy("A"),
            "janji-baru": policy("B", why_silent="no_source", sources=0),
            "janji-pers": policy("C", why_silent="unconfirmed"),
            "janji-kabar": policy("D", why_silent="unverified"),
        },
        verdicts=("compliant",),
        verdict_code={"verdict_of": "01" * 8},
        answered=(UnitState.sampled,),
        refused=(UnitState.blocked,),
        unmeasured={"tutup": "closed", "sunyi": "no_entries"},
        reference=("seberang",),
        labels=LabelPlan(
            budget=300,
            used_clothing=80,
            controls=10,
            flagged_a_cell=20,
            others=10,
            least_a_stratum=3,
            second_share=0.2,
        ),
        versions=Versions(software="1", parser="2", classifier="3", frame="4", registry="5"),
    )
    return Protocol(
        season="2026-Q4",
        origin=Origin.simulated,
        written_at=WRITTEN,
        written_after_start=False,
        rules=rules,
    )


def season_protocols() -> dict[str, SeasonProtocol]:
    """What an edition may have to say of its season's protocol."""
    in_time = SeasonProtocol(season="2026-Q4", sha256=HASH, written_at=WRITTEN)
    departures = tuple(
        ProtocolDeviation(
            at=WRITTEN, reason="<b>karena</b>", rules=number, before_start=before_start
        )
        for number in (1, 2)
        for before_start in (True, False)
    )
    return {
        "no protocol": SeasonProtocol(season="2026-Q4"),
        "protocol": in_time,
        "stamped protocol": replace(in_time, stamped_at=WRITTEN),
        "late protocol": replace(in_time, late=True, deviations=departures),
        "unexplained": replace(in_time, unexplained=("labels", "seed")),
    }


def write_protocols(folder: Path) -> None:
    """One written in time and stamped, and one written late, with many deviations."""
    in_time = protocol()
    late = replace(in_time, written_after_start=True)
    changes = tuple(RuleChange(key=f"lists.{number}", old=number) for number in range(42))
    deviation = Deviation(at=WRITTEN, reason="karena", protocol=HASH, changes=changes)
    write_protocol_pages(folder / "in_time", in_time, HASH, stamped_at=WRITTEN)
    write_protocol_pages(folder / "late", late, HASH, [deviation])
