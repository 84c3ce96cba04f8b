"""Nobody is asked live without consent and contact, and no setting stands in for a platform."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from monitor.cli import main
from monitor.config import Config, ConfigError, load_config
from monitor.operate.live_check import LiveCheckError, consent_text, record_contact
from monitor.registry import load_registry


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


def test_the_consent_says_whom_what_and_as_whom(tmp_path: Path) -> None:
    config = Config(home=tmp_path, database_url="sqlite://", contact="pengawas@kantor.go.id")
    platform = load_registry().platforms["lazada"]
    for lang, delay, pages in (("en", "7.5", "three pages"), ("id", "7,5", "tiga halaman")):
        text = "\n".join(consent_text(config, platform, lang))
        for words in ("www.lazada.co.id", "robots.txt", pages, "pengawas@kantor.go.id", delay):
            assert words in text
