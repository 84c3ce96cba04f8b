"""The rules of a season: written once, changed only with a reason, and held against editions."""

from __future__ import annotations

import hashlib
import json
import re
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from msgspec.structs import replace

from monitor.cli import main
from monitor.config import Config, load_config
from monitor.estimate import Settings
from monitor.estimate.season import weeks_of
from monitor.model import CollectedBy, EditionKind, Mode, SeasonProtocol, Stratum
from monitor.operate.editions import make_edition, stored_edition
from monitor.operate.protocol import NOT_BINDING, flat, policy_name, season_rules
from monitor.operate.protocol_check import hold_edition
from monitor.operate.protocol_files import changes_between, read_protocol, season_protocol
from monitor.registry import Rate, Registry, binding_version, load_registry, registry_of_version
from monitor.sampling.plan import draw_plan
from monitor.store import Store
from reports.messages import LANGUAGES, catalogue
from reports.protocol import protocol_page

from .conftest import FRAME, add_settings

AHEAD = "2099-Q1"
BEGUN = "2024-Q1"


@pytest.fixture
def config(home: Path, monkeypatch: pytest.MonkeyPatch) -> Config:
    """The small home, as the one that commands work in."""
    for name in ("PANTAU_DEMO_URL", "PANTAU_DATABASE_URL", "PANTAU_LANG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PANTAU_HOME", str(home))
    return load_config()


@pytest.fixture(scope="module")
def registry() -> Registry:
    return load_registry()


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def write(season: str, *options: str) -> Result:
    return run("protocol", "write", "--season", season, *options)


def document(config: Config, season: str) -> Path:
    return config.protocols / f"{season}.json"


def test_every_setting_of_the_estimator_binds_or_is_named(
    config: Config, registry: Registry
) -> None:
    rules, settings = season_rules(config, registry, AHEAD), Settings()
    for name in Settings.__struct_fields__:
        assert (name in rules.method) is not (name in NOT_BINDING), name
        if name in rules.method:
            assert rules.method[name] == getattr(settings, name)
            assert all(f"protocol_setting.{name}" in catalogue(lang) for lang in LANGUAGES), name
    assert NOT_BINDING | rules.method.keys() == set(Settings.__struct_fields__)


def test_the_figures_are_those_of_configuration_and_registry(
    config: Config, registry: Registry
) -> None:
    rules = flat(season_rules(config, registry, AHEAD))
    other = replace(
        config,
        sampling=replace(config.sampling, seed=7, controls=3),
        inspect=replace(config.inspect, weekly_units=104),
    )
    changes = changes_between(rules, flat(season_rules(other, registry, AHEAD)))
    keys = {change.key for change in changes}
    assert {key for key in keys if ".strata." not in key} == {
        *("seed", "versions.seed", "labels.controls", "weekly_pages.inspector")
    }
    policy = registry.policies[0]
    tolerant = replace(registry, policies=(replace(policy, tolerance=0.5), *registry.policies[1:]))
    changed = changes_between(rules, flat(season_rules(config, tolerant, AHEAD)))
    told = {change.key: (change.old, change.new) for change in changed}
    name = f"policies.{policy.id} {policy.from_:%Y-%m-%d}"
    assert told[f"{name}.tolerance"] == (policy.tolerance, 0.5)
    assert {f"{name}.sha256", "cells.lazada/crafts", "versions.registry"} <= told.keys()


@pytest.mark.parametrize("mode", Mode)
def test_the_inclusion_probabilities_are_those_of_a_plan(
    config: Config, registry: Registry, mode: Mode
) -> None:
    """Inspectors are asked for fewer pages, so that theirs are cut."""
    platforms = {
        name: replace(platform, collection=CollectedBy(mode.value))
        for name, platform in registry.platforms.items()
    }
    crawled = replace(registry, platforms=platforms)
    rules = season_rules(config, crawled, AHEAD)
    plan = draw_plan(
        crawled,
        rules.weeks[0],
        1,
        datetime.now(UTC),
        budget=config.crawl.weekly_requests,
        inspector_units=config.inspect.weekly_units,
        least_entries=Settings().least_entries,
    )
    drawn: dict[str, set[float]] = defaultdict(set)
    # Category pages beside the list are in no share, and the protocol binds the list.
    listed = [unit for unit in plan.units if unit.stratum is not Stratum.second_way]
    for unit in listed:
        entry = rules.lists[f"{unit.platform}/{unit.cluster}"].entries[unit.entry_id]
        stratum = f"{unit.stratum}/core" if entry.core else str(unit.stratum)
        inclusion = rules.lists[f"{unit.platform}/{unit.cluster}"].strata[stratum]
        drawn[f"{unit.platform}/{unit.cluster}/{stratum}"].add(unit.probability)
        assert unit.probability == inclusion.taken[mode] / inclusion.pool
        assert (entry.query, entry.weight) == (unit.query, unit.weight)
    assert len(drawn) == sum(len(entry_list.strata) for entry_list in rules.lists.values())


def test_what_was_written_never_changes(config: Config) -> None:
    first = write(AHEAD)
    assert first.exit_code == 0, first.output
    assert "nobody else witnesses its time" in first.stdout
    content = document(config, AHEAD).read_bytes()
    assert hashlib.sha256(content).hexdigest() in first.stdout
    told = json.loads(content)
    assert content.decode() == json.dumps(told, ensure_ascii=False, sort_keys=True, indent=2) + "\n"
    assert (told["season"], told["written_after_start"]) == (AHEAD, False)
    assert write(AHEAD).exit_code == 0

    add_settings(config.home, "[sampling]\nseed = 7\n")
    refused = write(AHEAD)
    assert refused.exit_code == 1
    assert "seed: 20210803, now 7" in refused.stderr
    assert run("protocol", "write", "--season", AHEAD, "--deviation", " ").exit_code == 2

    assert write(AHEAD, "--deviation", "the old seed was known").exit_code == 0
    again = write(AHEAD, "--deviation", "twice")
    assert "nothing differs" in again.stderr
    assert write(AHEAD, "--budget", "200", "--deviation", "one auditor less").exit_code == 0
    assert write(AHEAD).exit_code == 0, "the budget that was entered stands"
    assert document(config, AHEAD).read_bytes() == content
    kept = read_protocol(config, AHEAD)
    assert kept is not None
    assert [deviation.reason for deviation in kept.deviations] == [
        *("the old seed was known", "one auditor less")
    ]
    assert [change.key for change in kept.deviations[0].changes] == ["seed", "versions.seed"]
    assert [state["labels.budget"] for state in kept.states()] == [300, 300, 200]
    for lang in LANGUAGES:
        nothing = replace(kept.deviations[0].changes[0], new=0)
        deviations = [*kept.deviations, replace(kept.deviations[0], changes=(nothing,))]
        page = protocol_page(kept.protocol, kept.sha256, lang, deviations)
        assert "<code>0</code>" in page, "0 is no missing rule"
        assert all(text in page for text in ("one auditor less", kept.sha256, "labels.budget"))


def test_a_file_that_somebody_changed_is_refused(config: Config) -> None:
    write(AHEAD)
    path = document(config, AHEAD)
    written = path.read_text(encoding="utf-8")
    path.write_text(written.replace('"seed": 20210803', '"seed": 8'), encoding="utf-8")
    assert write(AHEAD).exit_code == 1, "its content differs from what the program says"
    path.write_text(written.rstrip(), encoding="utf-8")
    refused = write(AHEAD)
    assert (refused.exit_code, "changed by hand" in refused.stderr) == (1, True)
    path.write_text(written, encoding="utf-8")
    write(AHEAD, "--budget", "1", "--deviation", "tried")
    told = json.loads(written) | {"written_at": "2026-01-01T00:00:00Z"}
    text = json.dumps(told, ensure_ascii=False, sort_keys=True, indent=2)
    path.write_text(f"{text}\n", encoding="utf-8")
    refused = write(AHEAD)
    assert (refused.exit_code, "depart from" in refused.stderr) == (1, True)


def test_one_written_after_its_season_began_says_so(config: Config) -> None:
    late = write(BEGUN)
    assert (late.exit_code, "after its season had begun" in late.stdout) == (0, True)
    assert json.loads(document(config, BEGUN).read_bytes())["written_after_start"] is True
    words = {
        lang: str(catalogue(lang)["protocol.written_late"]).partition(",")[2] for lang in LANGUAGES
    }
    pages = {"id": f"{BEGUN}.html", "en": f"{BEGUN}.en.html"}
    for lang, name in pages.items():
        assert words[lang] in (config.protocols / name).read_text(encoding="utf-8")
    assert run("protocol", "write", "--season", "2024-Q5").exit_code == 2
    assert write("2023-Q4", "--deviation", "of what?").exit_code == 1


def test_a_page_asks_nobody_for_anything(config: Config, tmp_path: Path) -> None:
    assert write(AHEAD, "--out", str(tmp_path / "out")).exit_code == 0
    for name in (f"{AHEAD}.html", f"{AHEAD}.en.html"):
        page = (tmp_path / "out" / name).read_text(encoding="utf-8")
        assert not re.findall(r"""(?:src|href)=["'](?!#|2099)[^"']*""", page)
        assert "<script" not in page
        assert "ukiran jepara" in page
    assert (tmp_path / "out" / f"{AHEAD}.json").read_bytes() == document(config, AHEAD).read_bytes()


def test_the_registry_of_a_day_is_found_again_without_later_rates(registry: Registry) -> None:
    day = datetime(2026, 10, 7, tzinfo=UTC).date()
    rate = Rate(
        currency="USD",
        per_unit=Decimal(16000),
        from_=day,
        until=day + timedelta(days=7),
        source="KMK",
    )
    more = replace(registry, rates=(*registry.rates, rate))
    assert registry_of_version(more, registry.version, day) == registry
    assert binding_version(more) == binding_version(registry)
    assert registry_of_version(replace(registry, policies=()), registry.version, day) is None


def test_an_edition_is_held_against_protocol_and_deviations(config: Config, home: Path) -> None:
    def edition(week: str) -> None:
        settings = load_config()
        registry = load_registry(settings.registry, settings.confirmations)
        with Store.of_home(settings) as store:
            now = datetime.now(UTC)
            store.registries.save(registry)
            store.plans.save(draw_plan(registry, week, settings.sampling.seed, now))
            make_edition(settings, registry, store, week, EditionKind.provisional)

    edition("2026-W40")
    unbound = run("protocol", "check", "--week", "2026-W40")
    assert (unbound.exit_code, "no protocol was written" in unbound.stderr) == (1, True)
    assert write("2026-Q4").exit_code == 0
    with Store.of_home(config) as store:
        before = stored_edition(store, "2026-W40").protocol
    assert before is not None
    assert (before.season, before.sha256) == ("2026-Q4", None)
    filed = read_protocol(config, "2026-Q4")
    assert filed is not None
    filed_bytes = filed.path.read_bytes()
    bound = season_protocol(config, "2026-W40", datetime.now(UTC))
    assert (bound.sha256, bound.late, bound.deviations) == (filed.sha256, True, ())
    earlier = filed.protocol.written_at - timedelta(seconds=1)
    assert season_protocol(config, "2026-W40", earlier).sha256 is None
    kept = run("protocol", "check", "--week", "2026-W40")
    assert kept.exit_code == 0, kept.output
    assert_its_own_words_count()

    frame = home / "registry" / "frame.toml"
    frame.write_text(FRAME.replace('"sarung"', '"mukena"'), encoding="utf-8")
    add_settings(home, "[sampling]\nseed = 7\n")
    edition("2026-W41")
    broken = run("protocol", "check", "--week", "2026-W41")
    assert broken.exit_code == 1
    unsaid = protocol_of("2026-W41")
    assert {"lists", "seed", "versions"} <= set(unsaid.unexplained)
    assert protocol_of("2026-W40").unexplained == ()
    for key in ("seed", "versions.frame", "lists.shopee/textile_fashion.sha256"):
        assert f"\n{key}: " in f"\n{broken.stderr}", key
    assert "lists.lazada/crafts.sha256" not in broken.stderr, "that list is as it was"

    assert write("2026-Q4", "--deviation", "mukena is searched more").exit_code == 0
    explained = run("protocol", "check", "--week", "2026-W41")
    assert explained.exit_code == 0, explained.output
    assert "explained by a deviation: versions.frame" in explained.stdout
    edition("2026-W42")
    named = protocol_of("2026-W42")
    assert (named.unexplained, named.deviations[0].before_start) == ((), False)
    assert named.deviations[0].reason == "mukena is searched more"
    document(config, "2026-Q4").write_bytes(document(config, "2026-Q4").read_bytes()[:-1])
    assert "changed by hand" in run("protocol", "check", "--week", "2026-W42").stderr
    document(config, "2026-Q4").write_bytes(filed_bytes)
    earlier = run("protocol", "check", "--week", "2026-W40")
    assert earlier.exit_code == 0, earlier.output
    assert "not compared: the registry of that day" in earlier.stderr


def test_a_document_in_place_of_the_one_an_edition_names_is_noticed(config: Config) -> None:
    """With another day of writing the file is valid in itself, and yet another document."""
    assert write("2026-Q4").exit_code == 0
    registry = load_registry(config.registry, config.confirmations)
    with Store.of_home(config) as store:
        store.registries.save(registry)
        store.plans.save(draw_plan(registry, "2026-W41", 20210803, datetime.now(UTC)))
        make_edition(config, registry, store, "2026-W41", EditionKind.provisional)
    assert run("protocol", "check", "--week", "2026-W41").exit_code == 0
    path = document(config, "2026-Q4")
    written = path.read_text(encoding="utf-8")
    moment = json.loads(written)["written_at"]
    path.write_text(written.replace(moment, "2026-09-01T00:00:00Z"), encoding="utf-8")
    forged = run("protocol", "check", "--week", "2026-W41")
    assert (forged.exit_code, "not the document that the edition names" in forged.stderr) == (
        1,
        True,
    )


def test_a_change_before_the_season_is_no_deviation_from_it(config: Config) -> None:
    """The document stays; its page of the edition says when it was changed, and why."""
    assert write(AHEAD).exit_code == 0
    assert write(AHEAD, "--budget", "200", "--deviation", "one auditor less").exit_code == 0
    week, later = weeks_of(AHEAD)[0], datetime.now(UTC) + timedelta(seconds=2)
    [change] = season_protocol(config, week, later).deviations
    assert (change.before_start, change.reason) == (True, "one auditor less")


def protocol_of(week: str) -> SeasonProtocol:
    with Store.of_home(load_config()) as store:
        protocol = stored_edition(store, week).protocol
    assert protocol is not None
    return protocol


def assert_its_own_words_count() -> None:
    """What an edition itself says of cells and policies is compared, whatever the registry says."""
    settings = load_config()
    registry = load_registry(settings.registry, settings.confirmations)
    filed = read_protocol(settings, "2026-Q4")
    assert filed is not None
    with Store.of_home(settings) as store:
        findings = stored_edition(store, "2026-W40")
        cell = next(cell for cell in findings.cells if cell.primary)
        named = next(policy for policy in findings.policies if policy.id == cell.policy)
        bent = replace(
            findings,
            cells=(replace(cell, tolerance=0.5),),
            policies=(replace(named, confirmed_by="somebody"),),
            versions=replace(findings.versions, classifier="another"),
        )
        held = hold_edition(settings, registry, store, filed, bent)
    differing = {change.key for change in held.unexplained}
    assert differing == {
        "versions.classifier",
        f"cells.{cell.platform}/{cell.cluster} in 2026-W40",
        f"policies.{policy_name(named)}.sha256",
    }
    assert held.explained == ()


def test_seasons_are_made_of_iso_weeks() -> None:
    assert weeks_of("2026-Q4")[0] == "2026-W40"
    assert [len(weeks_of(f"2026-Q{quarter}")) for quarter in (1, 2, 3, 4)] == [13, 13, 13, 14]
    with pytest.raises(ValueError, match="no season"):
        weeks_of("2026-Q5")
