"""Nobody is asked live without consent and contact, and no setting stands in for a platform."""

from __future__ import annotations

from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from monitor.cli import main
from monitor.cli.live import mail_address
from monitor.config import Config, ConfigError, load_config
from monitor.operate.live_check import LiveCheckError, consent_text, consent_word, record_contact
from monitor.registry import load_registry
from reports.messages import LANGUAGES


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
    closed = CliRunner().invoke(main, ["doctor", "--live", "bukalapak", "--yes"])
    assert closed.exit_code == 2
    assert "closed on 20" in closed.output


def test_a_contact_is_written_above_what_stands_in_the_file(tmp_path: Path) -> None:
    (tmp_path / "pantau.toml").write_text("[crawl]\ndelay = 9.0\n", encoding="utf-8")
    config = Config(home=tmp_path, database_url="sqlite://")
    assert record_contact(config, "pengawas@kantor.go.id").contact == "pengawas@kantor.go.id"
    loaded = load_config({"PANTAU_HOME": str(tmp_path)})
    assert (loaded.contact, loaded.crawl.delay) == ("pengawas@kantor.go.id", 9.0)
    for wrong in ("", "kantor", 'a"b@kantor.go.id', "a@b", "a b@kantor.go.id"):
        with pytest.raises(LiveCheckError, match="mail address"):
            record_contact(config, wrong)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_mistyped_mail_address_is_asked_for_again_in_the_language(
    tmp_path: Path, lang: str
) -> None:
    config = Config(home=tmp_path, database_url="sqlite://")

    @click.command()
    def contact() -> None:
        """Ask for it."""
        click.echo(f"taken: {mail_address(config, lang)}")

    typed = "kantor\na b@kantor.go.id\npengawas@kantor.go.id\n"
    answered = CliRunner().invoke(contact, input=typed)
    assert answered.stdout.splitlines()[-1].endswith("taken: pengawas@kantor.go.id")
    assert answered.output.count(consent_word(config, "no_address", lang)) == 2
    assert "Error" not in answered.output


def test_a_language_goes_with_a_live_check_only() -> None:
    assert CliRunner().invoke(main, ["doctor", "--lang", "id"]).exit_code == 2


def test_a_plan_is_a_line_a_platform_and_more_where_it_is_asked_for(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PANTAU_HOME", str(home))
    lines = CliRunner().invoke(main, ["plan"]).stdout.splitlines()
    costs = [line for line in lines if " requests, " in line]
    assert [line.partition(":")[0] for line in costs] == ["lazada", "shopee"]
    assert not any("entries," in line for line in lines)
    longer = CliRunner().invoke(main, ["plan", "--margins"]).stdout.splitlines()
    assert len([line for line in longer if "entries," in line]) == 3
    assert longer[1 : len(lines)] == lines[1:]


def test_a_plan_of_a_week_that_is_over_says_so_once(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PANTAU_HOME", str(home))
    words = "2025-W10 is over"
    assert words in CliRunner().invoke(main, ["plan", "--week", "2025-W10"]).stderr
    assert words not in CliRunner().invoke(main, ["plan", "--week", "2025-W10"]).stderr
    assert not CliRunner().invoke(main, ["plan"]).stderr


def test_the_consent_says_whom_what_and_as_whom(tmp_path: Path) -> None:
    config = Config(home=tmp_path, database_url="sqlite://", contact="pengawas@kantor.go.id")
    platform = load_registry().platforms["lazada"]
    for lang, delay, pages in (("en", "7.5", "three pages"), ("id", "7,5", "tiga halaman")):
        text = "\n".join(consent_text(config, platform, lang))
        for words in ("www.lazada.co.id", "robots.txt", pages, "pengawas@kantor.go.id", delay):
            assert words in text
