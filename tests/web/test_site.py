"""One application: which rooms a link opens, and which files a reader can reach."""

from pathlib import Path
from urllib.parse import urlsplit

import pytest
from click.testing import CliRunner

from monitor.cli import main
from monitor.config import Config
from monitor.model import Role
from monitor.store import Store
from monitor.web import WebError, invite, revoke
from monitor.web.site import ROOMS
from tests.audit.test_pages import Client

from .conftest import Visit

PAGE = "<!doctype html><title>edisi</title><p>Isi laporan"
EDITION = "2026-W47/final"


@pytest.fixture
def reports(config: Config) -> Path:
    """The folder of reports with an edition, and beside it what is none of a reader's business."""
    folder = config.reports
    for name in ("index.html", f"{EDITION}/index.html", f"{EDITION}/media/a.png",
                 f"{EDITION}/offers-2.en.html", f"{EDITION}/offers-1.js"):  # fmt: skip
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(PAGE)
    for name in ("draft/index.html", "2026-W47/draft/index.html", f"{EDITION}/.notes.html",
                 f"{EDITION}/index.html~", "notes.html", "2026-W47/note.html",
                 f"{EDITION}/page.py", f"{EDITION}/script.js"):  # fmt: skip
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("rahasia")
    (config.home / "secret.html").write_text("rahasia")
    (folder / EDITION / "way.html").symlink_to(config.home / "secret.html")
    (folder / "2026-W46").symlink_to(config.home)
    (folder / "2026-W45").mkdir()
    (folder / "2026-W45" / "final").symlink_to(config.home)
    return folder


@pytest.mark.parametrize("role", Role)
def test_a_link_opens_the_rooms_of_its_roles_and_no_other(visit: Visit, role: Role) -> None:
    client = visit("Ani", role)
    status, _, headers = client("/")
    assert (status, headers["location"]) == (303, ROOMS[role])
    assert client(ROOMS[role])[0] in {200, 303, 404}
    for other in set(Role) - {role}:
        status, page, _ = client(ROOMS[other])
        assert status == 403
        assert "Ruang ini tidak terbuka bagi Anda" in page


def test_a_person_of_two_roles_has_one_link_and_chooses(visit: Visit, store: Store) -> None:
    client = visit("Ani", Role.annotator, Role.reader)
    _, page, _ = client("/")
    assert 'href="/audit/"' in page and 'href="/reports/"' in page
    assert 'href="/inspect/"' not in page
    assert len(store.annotators.people()) == 1
    revoke(store, "Ani", [Role.annotator])
    assert client("/audit/")[0] == 403
    assert client("/reports/")[0] == 200
    revoke(store, "Ani")
    assert client("/reports/")[0] == 403
    with pytest.raises(WebError, match="'Ani' is not reader; roles of this person now: none"):
        revoke(store, "Ani", [Role.reader])
    with pytest.raises(WebError, match="nobody was invited as 'Budi'"):
        revoke(store, "Budi")


@pytest.mark.parametrize("address", ["pantau.example", "ftp://pantau.example", "https://", "x y"])
def test_an_address_that_is_none_ends_no_link(store: Store, address: str) -> None:
    invite(store, "Ani", role=Role.reader)
    before = store.annotators.people()
    with pytest.raises(WebError, match="give one such as"):
        invite(store, "Ani", address, Role.reader)
    assert store.annotators.people() == before


def test_the_number_of_a_person_in_a_role_is_theirs_for_good(store: Store) -> None:
    for name in ("Ani", "Budi"):
        invite(store, name, role=Role.inspector)
    numbers = {person.name: person.roles[Role.inspector] for person in store.annotators.people()}
    revoke(store, "Ani")
    invite(store, "Citra", role=Role.inspector)
    invite(store, "Ani", role=Role.inspector)
    again = {person.name: person.roles[Role.inspector] for person in store.annotators.people()}
    assert again.items() > numbers.items()
    assert len(set(again.values())) == 3


def test_a_room_that_is_not_ready_says_what_is_lacking(visit: Visit) -> None:
    status, page, _ = visit("Ani", Role.annotator)("/audit/")
    assert status == 404
    assert "pantau audit draw" in page


def test_a_reader_reads_editions(visit: Visit, reports: Path) -> None:
    client = visit("Ani", Role.reader)
    status, _, headers = client("/reports/")
    assert (status, headers["location"]) == (303, "/reports/index.html")
    for path in ("index.html", f"{EDITION}/index.html"):
        status, page, headers = client(f"/reports/{path}")
        assert (status, page) == (200, PAGE)
        assert ("script-src" in headers["content-security-policy"]) is ("/" not in path)
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
    policy = client(f"/reports/{EDITION}/offers-2.en.html")[2]["content-security-policy"]
    assert "script-src 'unsafe-inline' 'self'" in policy
    status, _, headers = client(f"/reports/{EDITION}/offers-1.js")
    assert status == 200
    assert "javascript" in headers["content-type"]
    status, _, headers = client(f"/reports/{EDITION}/media/a.png")
    assert (status, headers["content-type"]) == (200, "image/png")
    assert "sandbox" in headers["content-security-policy"]


@pytest.mark.parametrize(
    "path",
    [
        "../secret.html", "%2e%2e/secret.html", "..%2fsecret.html", "%2e%2e%2fsecret.html",
        f"{EDITION}/../../../secret.html", f"{EDITION}/..%2f..%2f..%2fsecret.html",
        f"{EDITION}/%00index.html", f"{EDITION}//index.html", "/etc/hostname",
        f"{EDITION}/way.html", "2026-W46/secret.html", "2026-W45/final/secret.html",
        f"{EDITION}/.notes.html", f"{EDITION}/index.html~", f"{EDITION}/page.py",
        f"{EDITION}/script.js", f"{EDITION}/",
        "draft/index.html", "2026-W47/draft/index.html", "2026-W47/note.html", "notes.html",
        "../pantau.db", "2026-W47", f"{EDITION}/media",
    ],
)  # fmt: skip
def test_a_reader_reaches_nothing_else(visit: Visit, reports: Path, path: str) -> None:
    status, page, _ = visit("Ani", Role.reader)(f"/reports/{path}")
    assert status == 404
    assert "rahasia" not in page


def test_nobody_reads_without_a_link(address: str, reports: Path) -> None:
    assert Client(address)("/reports/index.html")[0] == 403


def test_links_are_made_listed_and_revoked_on_the_command_line(
    config: Config, store: Store, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PANTAU_HOME", str(config.home))

    def pantau(*words: str) -> tuple[int, str]:
        """Exit code and output of a command."""
        ran = CliRunner().invoke(main, words)
        return ran.exit_code, ran.stdout

    code, link = pantau("invite", "Ani", "--role", "inspector", "--address", address)
    assert code == 0
    pantau("audit", "invite", "Budi")
    client = Client(address)
    assert client(urlsplit(link.strip()).path)[0] == 200
    _, listed = pantau("invite", "--list")
    assert [line.partition(",")[0] for line in listed.splitlines()] == [
        "Ani: inspector 1", "Budi: annotator 2",
    ]  # fmt: skip
    assert link.rpartition("/")[2].strip() not in listed
    assert pantau("invite", "Ani", "--revoke") == (0, "The link of Ani has ended\n")
    assert client("/")[0] == 403
    assert "Ani: link has ended" in pantau("invite", "--list")[1]
    for wrong in (["Ani"], ["--list", "Ani"], ["--list", "--revoke"], []):
        assert pantau("invite", *wrong)[0] == 2
