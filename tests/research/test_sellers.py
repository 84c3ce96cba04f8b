"""A seller who asks is told all that is held, and nothing of another."""

from __future__ import annotations

import json
from typing import Any

from click.testing import CliRunner

from monitor.cli import main
from monitor.store import Store

from .conftest import Released
from .weeks import WEEK, invented

BLOCKED = (5, 17)
OWN = [
    listing
    for number, listing in enumerate(invented("lazada"))
    if listing.seller_id == "s3" and number % 24 not in BLOCKED
]


def pantau(released: Released, *arguments: str) -> Any:
    """``pantau seller show`` in the released home."""
    home = {"PANTAU_HOME": str(released.config.home), "PANTAU_DEMO_URL": None}
    return CliRunner().invoke(main, ["seller", "show", *arguments], env=home)


def test_the_answer_counts_all_of_it(released: Released) -> None:
    done = pantau(released, "lazada/s3")
    assert done.exit_code == 0, done.output
    lines = dict(line.split(": ", 1) for line in done.output.splitlines())
    assert lines["ids"] == "s3"
    assert lines["names"] == "Toko.Rahasia 3"
    assert lines["weeks"] == WEEK
    assert lines["offers"] == f"{len(OWN)}, in {len(OWN)} contents"
    assert lines["positions on result pages"] == str(len(OWN))
    with Store.of_home(released.config, create=False) as store:
        final = store.editions.latest(WEEK)
        labels = [x for x in store.labels.all() if x.item_id in {own.item_id for own in OWN}]
        visits = [x for x in store.visits.of_week(WEEK) if x.item_id in {o.item_id for o in OWN}]
    assert lines["labels of people"] == str(len(labels))
    assert labels and visits
    pages = len({int(own.item_id[2:]) % 24 for own in OWN}) + len(visits)
    shared = pages - len(visits)
    assert lines["pages kept as evidence"].startswith(f"{pages}, {shared} of them show other")
    assert final
    listed = {entry.listing.item_id for entry in final.listings} & {own.item_id for own in OWN}
    assert lines[f"edition {WEEK} final"].startswith(f"names {len(listed)} offers")


def test_by_its_name_and_as_json(released: Released) -> None:
    whole = json.loads(pantau(released, "lazada/s3", "--json").output)
    shown = {content[0]["item_id"] for content in whole["record"]["contents"]}
    assert shown == {own.item_id for own in OWN}
    by_name = json.loads(pantau(released, "lazada/Toko.Rahasia 3", "--json").output)
    assert by_name == whole
    assert {content[0]["seller_id"] for content in whole["record"]["contents"]} == {"s3"}
    assert {content[0]["platform"] for content in whole["record"]["contents"]} == {"lazada"}


def test_nobody_is_told_of_what_is_not_held(released: Released) -> None:
    done = pantau(released, "lazada/s99")
    assert (done.exit_code, "nothing is stored" in done.output) == (1, True)
    assert pantau(released, "blibli/s3").exit_code == 1
    unknown = pantau(released, "nope/s3")
    assert (unknown.exit_code, "nope/s3: no such platform; there are " in unknown.output) == (
        2,
        True,
    )
    assert pantau(released, "Lazada/s3").output == pantau(released, "lazada/s3").output != ""
    assert pantau(released, "lazada").exit_code == 2
