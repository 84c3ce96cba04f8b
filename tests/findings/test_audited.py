"""From a stored draw, its screen and resolved labels to what the estimator takes."""

from collections.abc import Callable
from datetime import UTC, datetime

from monitor.findings.labelled import audited_listings
from monitor.labels import Resolved
from monitor.model import (
    Answer,
    AuditSample,
    Classification,
    Cluster,
    CrossBorder,
    Listing,
    Observation,
    Origin,
    SampledListing,
    ScreenStratum,
)

AT = datetime(2026, 11, 20, tzinfo=UTC)


def seen(number: int, item: str, status: str, cluster: Cluster = Cluster.crafts) -> Observation:
    return Observation(
        id=number,
        listing_version_id=int(item),
        version=f"v{item}",
        origin=Origin.live,
        entry_id=f"e{number}",
        cluster=cluster,
        listing=Listing(platform="toko", item_id=item, title="Mukena"),
        classification=Classification(
            cluster=cluster,
            cluster_score=1.0,
            cross_border=CrossBorder(status),
            cross_border_score=1.0,
            classifier="c7",
        ),
    )


def item(number: int, name: str, stratum: ScreenStratum) -> SampledListing:
    return SampledListing(
        observation_id=number, platform="toko", item_id=name, version=f"v{name}",
        cluster=Cluster.crafts, stratum=stratum, probability=0.5,
    )  # fmt: skip


def test_places_open_answers_and_listings_nobody_looked_at() -> None:
    screen = [
        seen(1, "1", "suspected"), seen(2, "1", "suspected"), seen(3, "2", "domestic"),
        seen(4, "3", "unknown"), seen(5, "1", "suspected", Cluster.textile_fashion),
    ]  # fmt: skip
    items = (
        item(2, "1", ScreenStratum.flagged),
        item(3, "2", ScreenStratum.domestic),
        item(4, "3", ScreenStratum.unknown),
    )
    draw = AuditSample(week="2026-W47", seed=1, budget=3, drawn_at=AT, items=items, sha256="0" * 64)
    resolved = {
        ("toko", "1", "v1"): Resolved(answer=Answer.yes, people=("ani", "budi")),
        ("toko", "2", "v2"): Resolved(answer=None, people=("ani",)),
    }
    calls: list[str] = []

    def outcome(at: Observation, answer: Resolved) -> Answer:
        calls.append(at.listing.item_id)
        return Answer.no

    found = audited_listings(draw, screen, resolved, outcome)["toko"]
    first, waiting = found
    assert (first.places, first.entry_id, first.classifier) == (2, "e2", "c7")
    assert (first.outcome, first.foreign) == (Answer.no, Answer.yes)
    assert (waiting.outcome, waiting.foreign) == (Answer.cannot_tell, Answer.cannot_tell)
    assert calls == ["1"]


def test_strata_of_the_screen() -> None:
    told: Callable[[CrossBorder | None], ScreenStratum] = ScreenStratum.of
    assert told(None) is ScreenStratum.unknown
    assert [told(status) for status in CrossBorder] == [
        ScreenStratum.flagged, ScreenStratum.flagged, ScreenStratum.domestic, ScreenStratum.unknown
    ]  # fmt: skip
