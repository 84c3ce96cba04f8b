"""The command line as an operator meets it: real processes, real HTTP, a real store."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import socket
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner

from monitor.cli import main
from monitor.config import ConfigError, load_config, unread_config
from monitor.crawl.process import platform_lock
from monitor.demo import DemoServer
from monitor.model import RunOutcome
from monitor.operate.editions import empty_draw
from monitor.operate.health import _home, _secret_files
from monitor.process import locked
from monitor.store import Store

from .conftest import Run, environment


@pytest.mark.long
def test_a_week_by_hand(pantau: Run, home: Path, marketplaces: DemoServer) -> None:
    week = marketplaces.week
    drawn = pantau("plan", demo=marketplaces).stdout
    assert "5 units, drawn" in drawn
    assert "not measurable with fewer than 20 entries" in drawn
    assert "5 units, stand as drawn" in pantau("plan", demo=marketplaces).stdout
    crawled = pantau("crawl", demo=marketplaces)
    assert crawled.returncode == 0, crawled.stderr
    assert sorted(crawled.stdout.splitlines()) == ["lazada: 3 sampled", "shopee: 2 sampled"]
    assert "listings classified" in pantau("classify", demo=marketplaces).stdout
    report = pantau("report", "--week", week, demo=marketplaces)
    assert report.returncode == 0, report.stderr
    page = Path(report.stdout.strip())
    assert page.is_file()
    findings = json.loads((page.parent / "findings.json").read_text(encoding="utf-8"))
    assert findings["origin"] == "simulated"
    akar = [cell for cell in findings["cells"] if cell["policy"] == "lazada-2021-akar"]
    assert {(cell["cluster"], cell["planned"], cell["sampled"]) for cell in akar} == {
        ("textile_fashion", 2, 2),
        ("crafts", 1, 1),
    }
    with closing(sqlite3.connect(home / "pantau.db")) as store:
        rows = store.execute(
            "SELECT platform, cluster, count(*) FROM observations GROUP BY platform, cluster"
        ).fetchall()
    assert {(platform, cluster) for platform, cluster, _ in rows} == {
        ("lazada", "textile_fashion"),
        ("lazada", "crafts"),
        ("shopee", "textile_fashion"),
    }
    again = pantau("report", "--week", week, demo=marketplaces)
    assert again.stdout == report.stdout, "nothing changed, so no second edition"


def test_simulated_data_never_meets_a_live_store(pantau: Run, marketplaces: DemoServer) -> None:
    assert pantau("plan").returncode == 0
    refused = pantau("crawl", demo=marketplaces)
    assert refused.returncode == 1
    assert "simulated" in refused.stderr + refused.stdout


def test_a_crawl_that_fails_says_why_where_the_daemon_reads_it(
    pantau: Run, home: Path, marketplaces: DemoServer
) -> None:
    pantau("plan", demo=marketplaces)
    with platform_lock(load_config({"PANTAU_HOME": str(home)}), "shopee"):
        crawl = pantau("crawl", "shopee", demo=marketplaces)
    assert crawl.returncode == 1
    assert "the crawl of shopee is running already" in crawl.stderr.splitlines()[-1]


def test_a_live_crawl_needs_a_contact(pantau: Run) -> None:
    pantau("plan")
    refused = pantau("crawl")
    assert refused.returncode == 1
    assert "pantau.toml" in refused.stderr
    assert "contact" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_wrong_usage_is_two(pantau: Run) -> None:
    assert pantau("plan", "--week", "2026-47").returncode == 2
    assert pantau("no-such-command").returncode == 2
    pantau("plan")
    assert pantau("crawl", "tokobagus").returncode == 2


def test_a_broken_setting_is_named(pantau: Run, home: Path) -> None:
    (home / "pantau.toml").write_text("[crawl]\ndelay = 'slow'\n", encoding="utf-8")
    refused = pantau("plan")
    assert refused.returncode == 1
    assert "pantau.toml" in refused.stderr
    assert "crawl.delay" in refused.stderr


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[crawl]\ndelay = -5\n", "crawl.delay: "),
        ("[crawl]\ndelay = inf\n", "crawl.delay: "),
        ("[crawl]\ntimeout = inf\n", "crawl.timeout: "),
        ("[crawl]\njitter = 2.0\n", "crawl.jitter: "),
        ("[crawl]\nblocks_before_stop = 0\n", "crawl.blocks_before_stop: "),
        ("[sampling]\nseed = 99999999999999999999\n", "sampling.seed: "),
        ('language = "jv"\n', "language: "),
        ('[handover]\nlanguage = "jv"\n', "handover.language: "),
        ("[crawl]\nslow = true\n", "crawl: unknown key; correct or remove `slow`"),
        ('contakt = "a"\n', "unknown key; correct or remove `contakt`"),
        ('contact = "desk"\n', "contact: 'desk' is neither an e-mail address"),
        ('contact = "a@b"\n', "contact: 'a@b' is neither"),
        ('[crawl]\nnight_from = "25:00"\n', 'crawl.night_from: is no time of day such as "22:00"'),
        ('contact = "a@b.id (x)"\n', "contact: 'a@b.id (x)' is neither"),
        (
            "[crawl]\nnight_until = 22:00:00\n",
            "crawl.night_from and crawl.night_until: both are 22:00",
        ),
        ('[research]\nlicence = "free for all"\n', "research.licence: 'free for all' is no SPDX"),
    ],
)
def test_a_setting_out_of_its_range_is_named(tmp_path: Path, text: str, named: str) -> None:
    from monitor.config import ConfigError, load_config

    (tmp_path / "pantau.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as refused:
        load_config({"PANTAU_HOME": str(tmp_path)})
    assert str(refused.value).startswith(f"{tmp_path / 'pantau.toml'}: {named}")


def test_a_file_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    """As some editors write it."""
    from monitor.config import load_config

    (tmp_path / "pantau.toml").write_text('contact = "a@b.id"\n', encoding="utf-8-sig")
    assert load_config({"PANTAU_HOME": str(tmp_path)}).contact == "a@b.id"


@pytest.mark.parametrize("url", ["http://192.0.2.1:80", "http://[bad", "nonsense"])
def test_a_demo_elsewhere_is_refused(tmp_path: Path, url: str) -> None:
    from monitor.config import ConfigError, load_config

    with pytest.raises(ConfigError, match="is not a loopback address"):
        load_config({"PANTAU_HOME": str(tmp_path), "PANTAU_DEMO_URL": url})


def test_a_home_that_is_a_file_is_named(tmp_path: Path) -> None:
    from monitor.config import ConfigError, load_config

    (tmp_path / "home").write_text("", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"home/pantau\.toml: cannot be read: Not a directory$"):
        load_config({"PANTAU_HOME": str(tmp_path / "home")})


def test_a_week_that_has_not_begun_is_wrong_usage(pantau: Run, home: Path) -> None:
    for command in (["report"], ["audit", "draw"]):
        refused = pantau(*command, "--week", "2099-W01")
        assert refused.returncode == 2
        assert "2099-W01 has not begun" in refused.stderr
    assert not (home / "pantau.db").exists()
    assert "is no week" in pantau("report", "--week", "2025-W60").stderr


def test_a_key_that_is_no_text_is_told(pantau: Run, tmp_path: Path) -> None:
    pantau("plan")
    (tmp_path / "key").write_bytes(b"\xdf" * 32)
    restricted = ("--tier", "restricted", "--key-file", tmp_path / "key")
    refused = pantau("db", "export", tmp_path / "release", *restricted)
    assert refused.returncode == 1
    assert refused.stderr.startswith(f"Error: {tmp_path / 'key'}: is no key that Pantau made; ")


def test_what_cannot_be_written_is_told(pantau: Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    refused = pantau("report", "--out", tmp_path / "file" / "below")
    assert refused.returncode == 1
    trouble = refused.stderr.splitlines()[-1]
    assert trouble.startswith(f"Error: {tmp_path / 'file' / 'below'}")
    assert trouble.endswith(": Not a directory")
    assert "Traceback" not in refused.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_full_disk_is_one_line(home: Path, unbuffered: str) -> None:
    with Path("/dev/full").open("wb") as full:
        refused = subprocess.run(
            [sys.executable, "-m", "monitor", "policy", "list"],
            env=environment(home, None) | {"PYTHONUNBUFFERED": unbuffered},
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert refused.returncode == 1
    assert refused.stderr == "Error: No space left on device; make room on that disk\n"


def test_a_port_that_is_taken_is_one_line(pantau: Run, marketplaces: DemoServer) -> None:
    refused = pantau("demo", "serve", "--port", marketplaces.url.rpartition(":")[2])
    assert refused.returncode == 1
    assert refused.stderr == "Error: Address already in use\n"


def test_classify_adds_columns_and_keeps_the_rest(pantau: Run) -> None:
    rows = "sku,title,ship_from\n1,Mukena katun bordir,Kab. Bandung\n2,Hijab voal,China\n"
    done = pantau("classify", "-", stdin=rows)
    assert done.returncode == 0, done.stderr
    mukena, hijab = csv.DictReader(io.StringIO(done.stdout))
    assert (mukena["sku"], mukena["cluster"], mukena["category"]) == (
        "1",
        "textile_fashion",
        "mukena",
    )
    assert (mukena["cross_border"], hijab["cross_border"]) == ("domestic", "cross_border")


def test_policies_hold_their_own_examples(pantau: Run) -> None:
    checked = pantau("policy", "check")
    closed = pantau("policy", "check", "--sources").stdout
    assert "pmk-96-2023: no source that a person can open; it accuses nobody\n" in closed
    assert closed.endswith(checked.stdout)
    assert checked.returncode == 0, checked.stderr
    assert "0 wrong" in checked.stdout
    listed = pantau("policy", "list").stdout
    assert "lazada-2021-akar" in listed
    assert "press, not confirmed" in listed


def test_doctor_says_what_is_missing_and_the_mend(pantau: Run) -> None:
    checked = pantau("doctor")
    assert "refusals (shopee-captcha, punish-code, tiktokshop-captcha)" in checked.stdout
    assert checked.returncode == 0
    lines = checked.stdout.splitlines()
    at = next(i for i, line in enumerate(lines) if line.startswith("warning  contact"))
    assert "mend:" in lines[at + 1]


@pytest.mark.parametrize(
    "command", ["status", "status --check", "doctor", "schedule list", "config", "evidence verify"]
)
def test_what_only_looks_makes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.setenv("PANTAU_HOME", str(tmp_path / "home"))
    looked = CliRunner().invoke(main, command.split())
    assert looked.exit_code == int(command.startswith("status")), looked.output
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("command", "exit_code"),
    [
        ("case list", 1),
        ("case show shopee-1", 1),
        ("case answer shopee-1 --note gone", 1),
        ("case close shopee-1 --reason gone", 1),
        ("case report shopee --draft", 1),
        ("invite --list", 1),
        ("invite Sari --revoke", 1),
        ("evidence pack lazada/1", 1),
        ("evidence stamp", 2),
        ("report --verify 2026-W40", 1),
        ("classify", 1),
    ],
)
def test_what_only_looks_makes_no_store(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str, exit_code: int
) -> None:
    monkeypatch.setenv("PANTAU_HOME", str(tmp_path / "home"))
    looked = CliRunner().invoke(main, command.split())
    assert looked.exit_code == exit_code, looked.output
    assert ("no such store" in looked.stderr) == (exit_code == 1)
    assert list(tmp_path.iterdir()) == []


def test_secrets_come_from_files(tmp_path: Path) -> None:
    home = {"PANTAU_HOME": str(tmp_path)}
    file = tmp_path / "notify"
    file.write_text("json://127.0.0.1/hook-secret\n", encoding="utf-8")
    named = load_config(home | {"PANTAU_NOTIFY_FILE": str(file)})
    assert named.notify_to == ("json://127.0.0.1/hook-secret",)
    (tmp_path / "PANTAU_PING").write_text("https://hc.example/1\n", encoding="utf-8")
    credentials = load_config(home | {"CREDENTIALS_DIRECTORY": str(tmp_path)})
    assert (credentials.ping, credentials.notify_to) == ("https://hc.example/1", ())
    with pytest.raises(ConfigError, match="keep one of them"):
        load_config(home | {"PANTAU_NOTIFY": "json://host", "PANTAU_NOTIFY_FILE": str(file)})
    gone = home | {"PANTAU_HANDOVER_FILE": str(tmp_path / "gone")}
    with pytest.raises(ConfigError, match=r"PANTAU_HANDOVER_FILE: .*gone: cannot be read: No such"):
        load_config(gone)
    unread = unread_config(home | {"PANTAU_NOTIFY_FILE": str(file)})
    assert unread.notify_to == named.notify_to
    assert unread_config(home | {"PANTAU_NOTIFY_FILE": "/gone"}).notify_to == ()


def test_a_home_is_its_user_s_alone_and_doctor_warns_of_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, secret = tmp_path / "home", tmp_path / "notify"
    monkeypatch.setenv("PANTAU_HOME", str(home))
    monkeypatch.setenv("PANTAU_NOTIFY_FILE", str(secret))
    secret.write_text("json://127.0.0.1/", encoding="utf-8")
    config = load_config()
    with Store.of_home(config):
        assert home.stat().st_mode & 0o777 == 0o700
    home.chmod(0o750)
    secret.chmod(0o640)
    assert str(_home(config)[1]).startswith(f"chmod go= {home}")
    assert _secret_files(config)[1] == f"chmod go= {secret}"
    home.chmod(0o700)
    secret.chmod(0o600)
    assert (_home(config)[1], _secret_files(config)[1]) == (None, None)


def test_upgrade_and_restore_wait_for_the_daemon_s_end(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PANTAU_HOME", str(home))
    runner = CliRunner()
    assert runner.invoke(main, ["db", "upgrade"]).exit_code == 0
    with closing(sqlite3.connect(home / "pantau.db")) as database, database:
        database.execute("UPDATE alembic_version SET version_num = '0010'")
    copy = home / "copy.db"
    assert runner.invoke(main, ["db", "backup", str(copy)]).exit_code == 0, "of an older schema"
    with locked(home / "schedule.lock", "the daemon"):
        for command in (["db", "upgrade"], ["db", "restore", str(copy), "--yes"]):
            refused = runner.invoke(main, command)
            assert (refused.exit_code, "stop it first" in refused.stderr) == (1, True)
    assert not (home / "pantau.db.before-upgrade-0010-1").exists()
    restored = runner.invoke(main, ["db", "restore", str(copy), "--yes"])
    assert restored.exit_code == 0, restored.stderr


def test_config_masks_secrets(home: Path) -> None:
    from monitor.config import load_config
    from monitor.operate.effective_settings import masked_settings

    lines = list(
        masked_settings(
            load_config(
                {
                    "PANTAU_HOME": str(home),
                    "PANTAU_NOTIFY": "mailto://user:hunter2@host",
                    "PANTAU_DATABASE_URL": "postgresql+psycopg://me:hunter2@host/db",
                }
            )
        )
    )
    assert not any("hunter2" in line for line in lines)
    assert "database_url = postgresql+psycopg://me:***@host/db" in lines


def test_a_row_that_is_no_text_is_named_and_the_rest_goes_on(pantau: Run, tmp_path: Path) -> None:
    rows = tmp_path / "rows.csv"
    rows.write_bytes(b'title,sku\nMukena,1\nCaf\xe9,2\n"Kopi\r\ngayo",3\n')
    done = pantau("classify", rows)
    assert done.returncode == 1
    assert f"{rows}: line 3: not UTF-8" in done.stderr
    assert done.stdout.count("\n") == 4
    assert pantau("classify", tmp_path / "none.csv").returncode == 1


def test_visits_of_a_week_of_which_nothing_was_drawn_are_not_missed(
    home: Path, pantau: Run, marketplaces: DemoServer
) -> None:
    week = marketplaces.week
    pantau("plan", demo=marketplaces)
    drawn = pantau("audit", "draw", "--week", week, demo=marketplaces)
    assert (drawn.returncode, drawn.stdout) == (0, f"{week}: {empty_draw(0)}\n")
    with Store.open(f"sqlite:///{home / 'pantau.db'}", create=False) as store:
        runs = {run.job: run for run in store.runs.newest()}
    assert (runs["draw"].reason, runs["visits"].outcome) == (empty_draw(0), RunOutcome.done)
    assert empty_draw(8) == "8 positions were seen, and none of them is to be audited"


@pytest.mark.long
def test_nothing_seen_is_no_draw_for_good(pantau: Run, marketplaces: DemoServer) -> None:
    week = marketplaces.week
    pantau("plan", demo=marketplaces)
    empty = pantau("audit", "draw", "--week", week, demo=marketplaces)
    assert (empty.returncode, empty.stdout) == (0, f"{week}: nothing was seen to draw from\n")
    pantau("crawl", demo=marketplaces)
    drawn = pantau("audit", "draw", "--week", week, "--no-visit", demo=marketplaces)
    assert "listings drawn" in drawn.stdout, drawn.stderr


@pytest.mark.long
def test_another_home_cannot_use_a_homes_database(pantau: Run, home: Path, tmp_path: Path) -> None:
    assert pantau("plan").returncode == 0
    there = {
        "PANTAU_HOME": str(tmp_path / "other"),
        "PANTAU_DATABASE_URL": f"sqlite:///{home / 'pantau.db'}",
    }
    refusal = f"{home / 'pantau.db'}: belongs to the home {home} on "
    for command in (["plan"], ["status"], ["db", "upgrade"], ["schedule", "run"]):
        refused = pantau(*command, **there)
        assert (refused.returncode, refusal in refused.stderr) == (1, True), refused.stderr
    doctor = pantau("doctor", **there).stdout
    assert refusal in doctor
    assert "mend: use another PANTAU_DATABASE_URL, or if that home is gone run: pantau" in doctor
    assert pantau("db", "rehome", **there).stdout.endswith(
        f"before to {home} on {socket.gethostname()}\n"
    )
    assert pantau("status", **there).returncode == 0
    assert "belongs to the home" in pantau("status").stderr


@pytest.mark.long
def test_views_of_another_version_are_told(pantau: Run, home: Path) -> None:
    assert pantau("plan").returncode == 0
    with closing(sqlite3.connect(home / "pantau.db")) as database, database:
        database.execute("UPDATE view_version SET sha256 = ?", ("0" * 64,))
    assert "views for researchers are of another version" in pantau("doctor").stdout
    told = "database: views for researchers of another version; run: pantau db upgrade"
    assert told in pantau("status").stdout.splitlines()
    assert pantau("db", "upgrade").returncode == 0
    assert "another version" not in pantau("status").stdout


def test_a_registry_is_named_from_the_folder_of_the_settings(home: Path, pantau: Run) -> None:
    from monitor.config import load_config

    (home / "pantau.toml").write_text('registry = "registry"\n', encoding="utf-8")
    assert load_config({"PANTAU_HOME": str(home)}).registry == home / "registry"
    done = pantau("plan")
    assert "5 units" in done.stdout, done.stderr
    assert "in 1 night\n" in done.stdout


def test_no_home_is_made_for_a_database_that_is_not_there(tmp_path: Path, pantau: Run) -> None:
    done = pantau("db", "rehome", PANTAU_HOME=str(tmp_path / "elsewhere"))
    assert done.returncode == 1
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize(
    "text", ["https://ministry.example/pantau", "a@b.id", "mailto:monitor@ministry.example"]
)
def test_a_contact_is_an_address(tmp_path: Path, text: str) -> None:
    (tmp_path / "pantau.toml").write_text(
        f'contact = "{text}"\n[research]\nlicence = "CC0-1.0"\n', encoding="utf-8"
    )
    assert load_config({"PANTAU_HOME": str(tmp_path)}).contact == text


def test_pictures_of_offers_are_called_unproven(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PANTAU_HOME", str(tmp_path))
    unproven = "never held against a real page"
    for setting, is_told in (("false", False), ("true", True)):
        (tmp_path / "pantau.toml").write_text(f"[crawl]\npicture_hashes = {setting}\n", "utf-8")
        for command in ("config", "doctor"):
            shown = CliRunner().invoke(main, [command]).stdout
            lines = [line for line in shown.splitlines() if unproven in line]
            assert any("crawl.picture_hashes" in line for line in lines) is is_told


def test_config_refuses_what_other_commands_refuse(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PANTAU_HOME", str(tmp_path))
    (tmp_path / "pantau.toml").write_text('[schedule]\nplan = "5 0 * * 1"\n', encoding="utf-8")
    shown = CliRunner().invoke(main, ["config"])
    assert shown.exit_code == 1
    assert "schedule.plan = 5 0 * * 1" in shown.stdout
    assert "write days by name" in shown.stderr


@pytest.mark.parametrize(
    ("call", "code", "words"),
    [
        (["evidence", "prune", "--older-than", "4"], 1, "no such store"),
        (["evidence", "prune"], 2, "nothing says how long to keep"),
        (["promise", "keep", "{here}/page.html"], 1, "does not tell its address"),
        (["promise", "keep", "{here}/missing.html"], 1, "does not exist"),
        (["rates", "add", "{here}/missing.html"], 1, "does not exist"),
        (["db", "restore", "{here}/missing.db"], 1, "does not exist"),
        (["audit", "import", "A", "{here}/missing.csv"], 1, "does not exist"),
        (["train", "--datasets", "{here}/missing"], 1, "does not exist"),
    ],
)
def test_a_refused_command_makes_no_store(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: list[str], code: int, words: str
) -> None:
    home = tmp_path / "home"
    monkeypatch.setenv("PANTAU_HOME", str(home))
    page = "<html><body><p>Promise</p></body></html>"
    (tmp_path / "page.html").write_text(page, encoding="utf-8")
    ended = CliRunner().invoke(main, [word.format(here=tmp_path) for word in call])
    assert (ended.exit_code, words in ended.stderr) == (code, True), ended.stderr
    assert not home.exists()


@pytest.mark.parametrize(("mode", "made"), [(None, 0o600), (0o700, 0o600), (0o750, 0o644)])
def test_a_private_home_holds_private_files(
    pantau: Run, home: Path, mode: int | None, made: int
) -> None:
    """A home that its owner opened to others stays as it is, and so do files made in it."""
    if mode is not None:
        home.chmod(mode)
        expected = mode
    else:
        shutil.rmtree(home)
        expected = 0o700
    umask = os.umask(0o022)
    try:
        assert pantau("db", "upgrade").returncode == 0
    finally:
        os.umask(umask)
    assert stat.S_IMODE(home.stat().st_mode) == expected
    assert stat.S_IMODE((home / "pantau.db").stat().st_mode) == made
    assert stat.S_IMODE((home / "home.id").stat().st_mode) == made


def test_doctor_names_what_lies_open_outside_the_home(tmp_path: Path) -> None:
    home, outside = tmp_path / "home", tmp_path / "outside.db"
    home.mkdir(mode=0o700)
    outside.touch()
    outside.chmod(0o644)
    config = load_config({"PANTAU_HOME": str(home), "PANTAU_DATABASE_URL": f"sqlite:///{outside}"})
    state, mend = _home(config)
    assert str(outside) in state
    assert str(home) not in state
    assert str(mend).startswith(f"chmod go= {outside};")
    outside.chmod(0o600)
    assert _home(config) == (str(home), None)
