"""The live check: simulated shops that are served as if live, with planted contradictions."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from monitor.cli import main
from monitor.config import Config, ConfigError, load_config
from monitor.model import ClaimState, DifferenceKind, LiveCheck, Origin, PageRole
from monitor.operate.live_check import check_live, checks_of
from monitor.registry import load_registry
from monitor.store import Store

from .live_shop import OTHER_WORDS, LiveShop, contradicting_shopee, live_config, live_shop

Checked = tuple[LiveCheck, LiveShop, Config]


@pytest.fixture(scope="module")
def checked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checked]:
    """A live check of a Shopee that contradicts us in four ways."""
    with live_shop(contradicting_shopee) as shop:
        config = live_config(tmp_path_factory.mktemp("live"), shop)
        yield check_live(config, load_registry(), "shopee"), shop, config


def claims(check: LiveCheck) -> dict[str, ClaimState]:
    return {claim.subject: claim.state for claim in check.claims}


def test_it_asks_for_robots_and_three_pages_as_who_it_is(checked: Checked) -> None:
    check, shop, _ = checked
    assert [path.partition("?")[0] for path in shop.asked[:2]] == [
        "shopee.co.id/robots.txt",
        "shopee.co.id/api/v4/search/search_items",
    ]
    assert len(shop.asked) == 4
    [agent] = shop.agents
    assert agent == check.agent
    assert "uji@kantor.example" in agent
    assert [page.role for page in check.pages] == [
        PageRole.listings,
        PageRole.own_page,
        PageRole.nothing,
    ]


def test_planted_contradictions_are_all_named(checked: Checked) -> None:
    check, _, _ = checked
    states = claims(check)
    for subject in (
        "page size",
        "where listings stand",
        "fields",
        "floor of ship_from",
        "words for nothing found",
    ):
        assert states[subject] is ClaimState.contradicted, subject
    for subject in ("entrance", "own page", "robots.txt, keyword", "currency", "hosts"):
        assert states[subject] is ClaimState.confirmed, subject
    named = {(each.kind, each.name) for each in check.differences}
    assert (DifferenceKind.page_size, "page_size") in named
    assert (DifferenceKind.envelope, "grid.cells[]") in named
    assert (DifferenceKind.missing_field, "ship_from") in named
    assert (DifferenceKind.unknown_key, "place_v2") in named
    assert (DifferenceKind.words, OTHER_WORDS) in named
    assert check.failed
    assert check.refused is None


def test_changes_are_proposed_as_text_to_paste(checked: Checked) -> None:
    texts = [proposal.text for proposal in checked[0].proposals]
    assert "page_size = 48" in texts
    assert any('ship_from=read.text("' in text and "place_v2" in text for text in texts)
    assert any(OTHER_WORDS.casefold() in text and "no_results_texts" in text for text in texts)
    assert any('"grid.cells[]"' in text for text in texts)


def test_what_came_is_evidence_and_no_measurement(checked: Checked) -> None:
    check, _, config = checked
    assert check.origin is Origin.live
    assert [page.evidence is not None for page in check.pages] == [True] * 3
    assert [answer.status for answer in check.robots] == [200]
    with Store.of_home(config, create=False) as store:
        assert [run.job for run in store.runs.newest(platform="shopee")] == ["live"]
        assert store.count_pages(None) == 0
        assert store.visits.of_week(check.week) == ()
    assert checks_of(config, "shopee") == [check]


def test_no_environment_and_no_file_can_stand_in_for_a_platform(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PANTAU_HOME", str(tmp_path))
    monkeypatch.setenv("PANTAU_STAND_IN", "http://127.0.0.1:9")
    monkeypatch.delenv("PANTAU_DEMO_URL", raising=False)
    assert load_config().stand_in is None
    (tmp_path / "pantau.toml").write_text('stand_in = "http://127.0.0.1:9"\n')
    with pytest.raises(ConfigError, match="stand_in"):
        load_config()
    with pytest.raises(ConfigError, match="stand_in"):
        Config(home=tmp_path, database_url="sqlite://", stand_in="http://toko.example")


def test_nobody_is_asked_without_consent_and_contact(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PANTAU_HOME", str(home))
    monkeypatch.delenv("PANTAU_DEMO_URL", raising=False)
    refused = CliRunner().invoke(main, ["doctor", "--live", "lazada"])
    assert refused.exit_code == 2
    assert "--yes" in refused.output
    nameless = CliRunner().invoke(main, ["doctor", "--live", "lazada", "--yes"])
    assert nameless.exit_code == 1
    assert "contact" in nameless.output
    unknown = CliRunner().invoke(main, ["doctor", "--live", "tokoku", "--yes"])
    assert unknown.exit_code == 2
