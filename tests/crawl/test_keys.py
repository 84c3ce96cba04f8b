"""Keys of listings that appear or vanish: told once, by what earlier runs saw."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from monitor.config import Config
from monitor.crawl.keys import compared
from monitor.crawl.process import crawl
from monitor.crawl.saved import ingest
from monitor.crawl.spider import load_spiders
from monitor.registry import load_registry
from monitor.store import Store
from tests.crawl.site import JSON, WEEK, Answer, Planned, Runs, Site, good, with_crawl

LAZADA = load_spiders()["lazada"]
BEFORE = {"itemId": 1.0, "location": 0.5, "voucher": 0.4, "shop": 1.0, "shop.age": 1.0}


@pytest.mark.parametrize(
    ("keys", "unread", "vanished"),
    [
        (BEFORE, (), ()),
        ({"itemId": 40, "shop": 40, "shop.age": 40}, (), ("location",)),
        ({"itemId": 40, "location": 1}, (), ()),
        ({"location": 9, "shop": 9}, (), ("itemId",)),
        ({"shop": 40, "shop.age": 40}, (), ("itemId", "location")),
        ({**BEFORE, "bundle": 20, "bundle.size": 20}, ("bundle",), ()),
        ({**BEFORE, "bundle": 19, "sellerName": 40, "shop.location": 40}, (), ()),
    ],
)
def test_what_appears_and_what_vanishes(
    keys: dict[str, int], unread: tuple[str, ...], vanished: tuple[str, ...]
) -> None:
    changes = compared(LAZADA, keys, 40, BEFORE)
    assert (changes.unread, changes.vanished) == (unread, vanished)
    assert changes.shares.keys() == BEFORE.keys() | keys.keys()
    assert str(compared(LAZADA, keys, 40, changes.shares)) == ""


def test_a_first_look_and_a_short_one_tell_nothing() -> None:
    assert str(compared(LAZADA, {"bundle": 40}, 40, {})) == ""
    short = compared(LAZADA, {"bundle": 29}, 29, BEFORE)
    assert (str(short), short.shares) == ("", BEFORE)


def changed(word: str, change: Callable[[dict[str, Any]], object]) -> Answer:
    page = json.loads(good(word)[2])
    for listing in page["mods"]["listItems"]:
        change(listing)
    return 200, JSON, json.dumps(page).encode()


def bundled(listing: dict[str, Any]) -> None:
    """Put one key in the place of another."""
    listing["bundle"] = listing.pop("location")


def test_a_crawl_tells_changed_keys_once(
    site: Site, config: Config, planned: Planned, runs: Runs
) -> None:
    planned(["a", "b", "c"])
    warnings = []
    for requests in (2, 4, 6):
        [ended] = crawl(with_crawl(config, weekly_requests=requests), ["lazada"], WEEK)
        warnings.append(ended.warning)
        site.answer = lambda request: changed(request.word, bundled)
    told = "keys nobody reads: bundle; keys that vanished: location"
    assert warnings == [None, told, None]
    counts = [(run.counts.get("unread_keys"), run.counts.get("vanished_keys")) for run in runs()]
    assert counts == [(None, None), (1, 1), (None, None)]
    assert str(runs()[1].reason).endswith(told)


def test_an_ingest_tells_new_keys_once(tmp_path: Path) -> None:
    with Store.open(f"sqlite:///{tmp_path / 'pantau.db'}") as store:
        reasons = []
        for number, body in enumerate((good("a")[2], *(changed(w, bundled)[2] for w in "bc"))):
            path = tmp_path / f"{number}.json"
            path.write_bytes(body)
            ingest([path], registry=load_registry(), store=store)
            reasons.append(store.runs.newest(job="ingest")[0].reason)
    assert reasons == [None, "lazada: keys nobody reads: bundle", None]
