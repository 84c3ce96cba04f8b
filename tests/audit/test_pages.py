"""The pages over HTTP: who gets in, what is refused, what an answer stores."""

import re
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest

from monitor.labels import resolve
from monitor.model import Answer, Cluster, LabelKind, Mark, Question, SampledListing
from monitor.store import Store
from monitor.web import WebError, invite, revoke
from monitor.web.guard import HEADERS
from monitor.web.invitations import SESSION_SECONDS, Sessions

from .conftest import (
    REGISTRY,
    WEEK,
    Audit,
    Say,
    create_app,
    fill,
    page_number,
    place_of,
    serving,
)


class Client:
    """A browser of the simplest kind: sends what it is told, remembers cookies."""

    def __init__(self, address: str) -> None:
        parts = urlsplit(address)
        assert parts.hostname and parts.port
        self.host = f"{parts.hostname}:{parts.port}"
        self._at = (parts.hostname, parts.port)
        self.cookies: dict[str, str] = {}

    def __call__(
        self, path: str, form: dict[str, str] | None = None, **headers: str
    ) -> tuple[int, str, dict[str, str]]:
        connection = HTTPConnection(*self._at, timeout=60)
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        names.setdefault("Cookie", "; ".join(f"{k}={v}" for k, v in self.cookies.items()))
        body = None
        if form is not None:
            body = urlencode(form)
            names["Content-Type"] = "application/x-www-form-urlencoded"
        connection.request("POST" if form is not None else "GET", path, body, names)
        answer = connection.getresponse()
        text = answer.read().decode("utf-8", "replace")
        for value in answer.headers.get_all("Set-Cookie") or []:
            name, _, rest = value.partition("=")
            self.cookies[name] = rest.partition(";")[0]
            assert "HttpOnly" in value and "SameSite=strict" in value
        connection.close()
        return answer.status, text, dict(answer.headers)


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found
    return found[1]


@pytest.fixture
def ani(served: str, links: dict[str, str]) -> Client:
    client = Client(served)
    assert client(urlsplit(links["Ani"]).path)[0] == 200
    return client


@pytest.fixture
def budi(served: str, links: dict[str, str]) -> Client:
    client = Client(served)
    assert client(urlsplit(links["Budi"]).path)[0] == 200
    return client


def form_of(page: str, answer: str = "yes", **other: str) -> dict[str, str]:
    return {
        "token": hidden(page, "token"),
        "number": hidden(page, "number"),
        "answer": answer,
        "cluster": "crafts",
    } | other


def test_an_answer_is_appended(ani: Client, audit: Audit) -> None:
    _, page, _ = ani("/audit/")
    status, _, headers = ani("/audit/label", form_of(page, "no", note="  toko lokal "))
    assert (status, headers["location"]) == (303, "/audit/")
    (label,) = audit.store.labels.all()
    item = audit.draw.items[0]
    assert (label.item_id, label.version, label.week) == (item.item_id, item.version, WEEK)
    assert (label.annotator, label.kind) == ("Ani", LabelKind.first)
    assert (label.answer, label.cluster) == (Answer.no, Cluster.crafts)
    assert label.note == "toko lokal"
    _, after, _ = ani("/audit/")
    assert place_of(audit, hidden(after, "number")) == 1
    assert "Tersimpan: Tidak · Kerajinan" in after


def test_a_mark_is_kept_with_a_yes_only(ani: Client, budi: Client, audit: Audit) -> None:
    _, page, _ = ani("/audit/")
    assert ani("/audit/label", form_of(page, mark="customs"))[0] == 400
    assert ani("/audit/label", form_of(page, mark="dispatch"))[0] == 303
    _, page, _ = ani("/audit/")
    assert ani("/audit/label", form_of(page, "no", mark="seller"))[0] == 303
    assert ani("/audit/label", form_of(ani("/audit/")[1]))[0] == 303
    assert [label.mark for label in audit.store.labels.all()] == [Mark.dispatch, None, None]
    assert "kiriman luar negeri</span>" in budi("/audit/")[1]
    assert "kiriman luar negeri<" in ani("/audit/answers")[1]


def test_pages_are_blind(ani: Client, budi: Client, audit: Audit, say: Say) -> None:
    """No score, no decision of the screen, nobody else's answer, nothing to load from outside."""
    for item in audit.draw.items[:12]:
        say("Budi", item, "yes")
    _, page, _ = ani("/audit/")
    for secret in ("0.98", "987654", "flagged", "domestic", "suspected", "Budi", "first", "second"):
        assert secret not in page
    assert not re.search(r"(src|href)=\"(https?:)?//", page)


def test_addresses_do_not_tell_with_which_listing_somebody_began(
    ani: Client, audit: Audit, say: Say
) -> None:
    """The numbers of first labels do not go up, so a second one's number does not stand out."""
    numbers = [page_number(audit, place) for place in range(len(audit.draw.items))]
    assert sorted(numbers) == [*range(20)]
    rises = sum(later > earlier for earlier, later in pairwise(numbers))
    assert 5 <= rises <= 14


def test_evidence_is_what_both_pages_said(ani: Client, audit: Audit) -> None:
    _, page, _ = ani("/audit/")
    item = audit.draw.items[0]
    seen = next(s for s in audit.store.screens.of_week(WEEK) if s.id == item.observation_id)
    assert seen.listing.title in page
    assert seen.listing.seller_name and seen.listing.seller_name in page
    assert "Halaman hasil" in page and "Halaman penawaran" in page
    assert re.search(r"Rp\s?[\d.]+", page)
    status, _, headers = ani(f"/audit/picture/{page_number(audit, 0)}")
    assert (status, headers["content-type"]) == (200, "image/png")


def test_a_refused_own_page_is_said(ani: Client, audit: Audit, say: Say) -> None:
    for item in audit.draw.items[:3]:
        say("Ani", item, "no")
    _, page, _ = ani("/audit/")
    assert place_of(audit, hidden(page, "number")) == 3
    assert "Platform menolak menampilkan halaman penawaran." in page
    assert ani(f"/audit/picture/{page_number(audit, 3)}")[0] == 404


def test_english(ani: Client) -> None:
    assert "Is a foreign seller offering this?" in ani("/audit/?lang=en")[1]
    assert "Is a foreign seller offering this?" in ani("/audit/")[1]
    assert "Apakah penjual luar negeri" in ani("/audit/?lang=id")[1]
    assert "Apakah penjual luar negeri" in ani("/audit/?lang=xx")[1]


def test_undo_appends(ani: Client, audit: Audit) -> None:
    _, page, _ = ani("/audit/")
    ani("/audit/label", form_of(page, "yes"))
    _, page, _ = ani(f"/audit/?at={page_number(audit, 0)}")
    assert "Anda mengubah jawaban terdahulu" in page
    assert re.search(r'value="yes"[^>]* checked', page)
    ani("/audit/label", form_of(page, "no"))
    assert [label.answer for label in audit.store.labels.all()] == [Answer.yes, Answer.no]
    assert {label.kind for label in audit.store.labels.all()} == {LabelKind.first}


def test_nobody_gets_in_without_a_link(served: str) -> None:
    for path in (
        "/",
        "/audit/",
        "/audit/decide",
        "/audit/answers",
        "/audit/picture/0",
        "/audit/?at=0",
    ):
        assert Client(served)(path)[0] == 403


def test_a_wrong_link_is_refused(served: str, links: dict[str, str]) -> None:
    client = Client(served)
    status, page, _ = client("/m/" + "x" * 32)
    assert status == 403
    assert "Tautan tidak berlaku" in page
    assert not client.cookies
    client.cookies["pantau_session"] = "x" * 32
    assert client("/audit/")[0] == 403


def test_a_revoked_link_ends_with_its_sessions(
    ani: Client, served: str, audit: Audit, links: dict[str, str]
) -> None:
    revoke(audit.store, " Ani ")
    assert ani("/audit/")[0] == 403
    assert Client(served)(urlsplit(links["Ani"]).path)[0] == 403
    assert Client(served)(urlsplit(links["Budi"]).path)[0] == 200
    with pytest.raises(WebError, match="nobody was invited as 'Citra'"):
        revoke(audit.store, "Citra")


def test_a_session_says_nothing_of_its_link(ani: Client, links: dict[str, str]) -> None:
    secret = links["Ani"].rpartition("/")[2]
    session = ani.cookies["pantau_session"]
    assert secret not in session
    for forged in (secret, f"9{session}", session[:-1], f"{session}0", "", "9.9.e", "..", "1."):
        ani.cookies["pantau_session"] = forged
        assert ani("/audit/")[0] in {400, 403}


def test_a_session_ends_in_time_and_with_its_server(audit: Audit) -> None:
    moment = datetime(2026, 11, 20, tzinfo=UTC)
    clock = [moment]
    sessions = Sessions(audit.store, lambda: clock[0])
    begun = sessions.begin(invite(audit.store, "Ani").rpartition("/")[2])
    assert begun
    visitor = sessions.visitor(begun.session)
    assert visitor and visitor.name == "Ani"
    assert Sessions(audit.store, lambda: moment).visitor(begun.session) is None
    clock[0] += timedelta(seconds=SESSION_SECONDS)
    assert sessions.visitor(begun.session) is None


def test_a_second_invitation_ends_the_first(
    ani: Client, served: str, audit: Audit, links: dict[str, str]
) -> None:
    invite(audit.store, "Ani", served)
    assert ani("/audit/")[0] == 403
    assert Client(served)(urlsplit(links["Ani"]).path)[0] == 403


def test_the_secret_is_nowhere_but_in_the_link(
    ani: Client, audit: Audit, links: dict[str, str]
) -> None:
    secret = links["Ani"].rpartition("/")[2]
    assert len(secret) >= 32
    assert secret not in ani("/audit/")[1]
    assert secret not in {a.token_sha256 for a in audit.store.annotators.all()}


def test_names_that_cannot_be(audit: Audit) -> None:
    for name in ("", "  ", "a\nb\x00", "x" * 61):
        with pytest.raises(WebError, match="name"):
            invite(audit.store, name)


FORGED = [
    {"Sec_Fetch_Site": "cross-site"},
    {"Sec_Fetch_Site": "same-site"},
    {"Origin": "https://penipu.example"},
    {"Origin": "null"},
    {"Sec_Fetch_Site": "same-origin", "Origin": "https://penipu.example"},
]


def test_a_cross_site_post_is_refused(ani: Client, audit: Audit) -> None:
    _, page, _ = ani("/audit/")
    for headers in FORGED:
        assert ani("/audit/label", form_of(page), **headers)[0] == 403
    assert audit.store.labels.all() == ()


def test_our_own_form_passes(ani: Client, audit: Audit) -> None:
    _, page, _ = ani("/audit/")
    own = {"Sec_Fetch_Site": "same-origin", "Origin": f"http://{ani.host}"}
    assert ani("/audit/label", form_of(page), **own)[0] == 303
    assert len(audit.store.labels.all()) == 1


def test_a_form_without_its_token_is_refused(ani: Client, budi: Client, audit: Audit) -> None:
    _, page, _ = ani("/audit/")
    _, other, _ = budi("/audit/")
    for token in ("", "0" * 64, "é", hidden(other, "token")):
        assert ani("/audit/label", form_of(page, token=token))[0] == 403
    assert audit.store.labels.all() == ()


def test_unknown_hosts_are_refused(ani: Client) -> None:
    strangers = ("pantau.example", "127.0.0.1.penipu.example", "", "[::2]:80", "localhost.:80")
    for host in strangers:
        assert ani("/audit/", Host=host)[0] == 400


def test_known_hosts(ani: Client) -> None:
    for host in ("[::1]:80", "[::1]", "LocalHost:8765", "127.0.0.1"):
        assert ani("/audit/", Host=host)[0] == 200


def test_every_answer_has_the_headers(ani: Client) -> None:
    assert "frame-ancestors 'none'" in HEADERS["Content-Security-Policy"]
    for path in ("/", "/m/x", "/nothing", "/static/web.css"):
        _, _, headers = ani(path)
        for name, value in HEADERS.items():
            assert headers[name.lower()] == value


IMPOSSIBLE: list[tuple[dict[str, str], int]] = [
    ({"answer": "maybe"}, 400),
    ({"answer": ""}, 400),
    ({"cluster": "shoes"}, 400),
    ({"number": "20"}, 404),
    ({"number": "-1"}, 404),
    ({"number": "٣"}, 404),
    ({"number": "9" * 400}, 404),
    ({"note": "x" * 20_000}, 413),
]


def test_forms_that_cannot_be(ani: Client, audit: Audit) -> None:
    _, page, _ = ani("/audit/")
    for change, status in IMPOSSIBLE:
        assert ani("/audit/label", form_of(page, **change))[0] == status
    assert audit.store.labels.all() == ()


def test_listings_not_looked_at_cannot_be_browsed(ani: Client, audit: Audit, say: Say) -> None:
    say("Budi", audit.draw.items[5], "yes")
    assert ani(f"/audit/?at={page_number(audit, 5)}")[0] == 404
    assert ani("/audit/?at=x")[0] == 404


def test_the_same_form_twice_is_one_change(ani: Client, budi: Client, audit: Audit) -> None:
    """A listing that two people answered meanwhile takes no third look."""
    item = audit.draw.items[0]
    _, page, _ = ani("/audit/")
    form = form_of(page, "yes")
    ani("/audit/label", form)
    _, other, _ = budi("/audit/")
    form = form_of(other, "yes", number=str(page_number(audit, 0)))
    budi("/audit/label", form)
    assert len(audit.store.labels.all()) == 2
    citra = Client(f"http://{ani.host}")
    citra(urlsplit(invite(audit.store, "Citra", f"http://{ani.host}")).path)
    _, page, _ = citra("/audit/")
    assert citra("/audit/label", form_of(page, "no", number=str(page_number(audit, 0))))[0] == 303
    assert [label.key for label in audit.store.labels.all()].count(item.label_key) == 2


def test_a_difference_is_settled_by_the_other(
    ani: Client, budi: Client, audit: Audit, say: Say
) -> None:
    item: SampledListing = audit.draw.items[4]
    say("Ani", item, "yes", minute=1)
    say("Budi", item, "no", "second", minute=2)
    _, page, _ = ani("/audit/decide")
    assert "Ani" in page and "Budi" in page
    assert re.search(r'value="yes"[^>]* disabled', page)
    assert ani("/audit/decide", form_of(page, "yes", note="yakin"))[0] == 409
    _, page, _ = budi("/audit/decide")
    assert budi("/audit/decide", form_of(page, "yes", note="dikirim dari Shenzhen"))[0] == 303
    decision = audit.store.labels.all()[-1]
    assert (decision.kind, decision.note) == (LabelKind.adjudication, "dikirim dari Shenzhen")
    _, page, _ = ani("/audit/decide")
    assert "Semua perbedaan sudah diputuskan" in page
    _, other, _ = ani("/audit/")
    late = form_of(other, "no", number=str(page_number(audit, 4)), note="terlambat")
    assert ani("/audit/decide", late)[0] == 303
    assert len(audit.store.labels.all()) == 3


def test_a_positive_is_struck_out_by_another_person_than_its_doubter(
    ani: Client, budi: Client, audit: Audit, say: Say
) -> None:
    item = audit.draw.items[4]
    say("Ani", item, "yes", minute=1)
    say("Budi", item, "no", "second", minute=2)
    _, page, _ = budi("/audit/decide")
    assert re.search(r'value="no"[^>]* disabled', page)
    for answer in ("no", "cannot_tell"):
        status, refused, _ = budi("/audit/decide", form_of(page, answer, note="yakin"))
        assert status == 409
        assert "hanya dapat dibatalkan oleh" in refused
    assert len(audit.store.labels.all()) == 2
    _, page, _ = ani("/audit/decide")
    assert ani("/audit/decide", form_of(page, "no", note="toko di Batam"))[0] == 303
    assert resolve(audit.store.labels.all())[item.label_key].answer is Answer.no


def test_a_decision_needs_its_reason(ani: Client, audit: Audit, say: Say) -> None:
    say("Ani", audit.draw.items[4], "cannot_tell", minute=1)
    say("Budi", audit.draw.items[4], "no", "second", minute=2)
    _, page, _ = ani("/audit/decide")
    for note in ("", "   "):
        status, refused, _ = ani("/audit/decide", form_of(page, "no", note=note))
        assert status == 400
        assert "Tulis alasan keputusan" in refused
    assert ani("/audit/decide", form_of(page, "no", note="alamat toko Solo"))[0] == 303
    assert audit.store.labels.all()[-1].note == "alamat toko Solo"


def test_a_difference_can_be_skipped_and_a_decision_changed(
    ani: Client, budi: Client, audit: Audit, say: Say
) -> None:
    for place in (2, 5, 9):
        say("Ani", audit.draw.items[place], "no", minute=1)
        say("Budi", audit.draw.items[place], "cannot_tell", "second", minute=2)
    shown = []
    path = "/audit/decide"
    for _ in range(4):
        _, page, _ = ani(path)
        shown.append(place_of(audit, hidden(page, "number")))
        path = f"/audit/decide?after={hidden(page, 'number')}"
    assert shown == [2, 5, 9, 2]
    _, page, _ = ani(f"/audit/decide?after={page_number(audit, 2)}")
    ani("/audit/decide", form_of(page, "no", note="alamat toko Solo"))
    assert f"/audit/decide?at={page_number(audit, 5)}" in ani("/audit/decide")[1]
    _, page, _ = ani(f"/audit/decide?at={page_number(audit, 5)}")
    assert re.search(r'value="no"[^>]* checked', page)
    assert "alamat toko Solo" in page
    assert ani("/audit/decide", form_of(page, "cannot_tell", note="alamat meragukan"))[0] == 303
    assert (
        resolve(audit.store.labels.all())[audit.draw.items[5].label_key].answer
        is Answer.cannot_tell
    )
    for client, place in ((budi, 5), (ani, 2), (ani, 7)):
        assert client(f"/audit/decide?at={page_number(audit, place)}")[0] == 404


def test_own_answers_are_listed_to_be_changed(
    ani: Client, budi: Client, audit: Audit, say: Say
) -> None:
    say("Ani", audit.draw.items[3], "yes", minute=1)
    say("Budi", audit.draw.items[6], "no", minute=2)
    say("Ani", audit.draw.items[8], "no", minute=3)
    say("Budi", audit.draw.items[8], "cannot_tell", "second", minute=4)
    say("Ani", audit.draw.items[8], "no", "adjudication", minute=5)
    _, page, _ = ani("/audit/answers")
    links = re.findall(r'<td><a href="([^"]*)"', page)
    eight, three = page_number(audit, 8), page_number(audit, 3)
    assert links == [
        f"/audit/{path}?at={number}"
        for path, number in (("decide", eight), ("", eight), ("", three))
    ]
    for link in links:
        assert ani(link)[0] == 200
    for secret in ("first", "second", "Budi", "kedua"):
        assert secret not in page
    _, other, _ = budi("/audit/answers")
    assert len(re.findall(r'<td><a href="', other)) == 2


def test_what_waits_and_how_long_it_takes(ani: Client, audit: Audit, say: Say) -> None:
    for minute, item in enumerate(audit.draw.items[:5]):
        say("Ani", item, "no", minute=2 * minute)
    _, page, _ = ani("/audit/")
    assert "5 oleh Anda · 15 menunggu Anda</span>" in page
    say("Ani", audit.draw.items[5], "no", minute=59)
    assert "6 oleh Anda · 14 menunggu Anda · sekitar 28 menit</span>" in ani("/audit/")[1]
    assert "6 by you · 14 waiting for you · about 28 minutes</span>" in ani("/audit/?lang=en")[1]


def test_done(ani: Client, audit: Audit, say: Say) -> None:
    for minute, item in enumerate(audit.draw.items):
        say("Ani", item, "no" if minute else "yes", minute=minute)
        say("Budi", item, "no" if minute else "yes", "second", minute=minute)
    _, page, _ = ani("/audit/")
    assert "Tidak ada lagi yang menunggu Anda" in page
    assert "20 dari 20" in page
    assert "α Krippendorff): 1.00" in page


def test_a_screenshot_outside_the_evidence_is_not_shown(ani: Client, audit: Audit) -> None:
    (audit.evidence / WEEK / "own.png").unlink()
    (audit.evidence / WEEK / "own.png").symlink_to("/etc/hostname")
    assert ani(f"/audit/picture/{page_number(audit, 0)}")[0] == 404


def test_no_draw_no_pages(audit: Audit) -> None:
    with pytest.raises(WebError, match="pantau audit draw"):
        create_app(audit.store, "2026-W48", audit.evidence, REGISTRY)


def test_used_clothing_is_asked_in_its_own_words(tmp_path: Path) -> None:
    """No product group is asked, and the marks are those of the question."""
    home = tmp_path / "goods"
    with Store.open(f"sqlite:///{tmp_path / 'goods.db'}", create=True) as store:
        fill(store, home, cluster=Cluster.used_clothing, budget=24)
        with serving(create_app(store, WEEK, home, REGISTRY)) as address:
            ani = Client(address)
            ani(urlsplit(invite(store, "Ani", address)).path)
            _, page, _ = ani("/audit/")
            assert "Apakah ini pakaian bekas" in page and "penjual luar negeri" not in page
            assert 'name="cluster"' not in page and 'value="condition"' in page
            form = form_of(page, mark="words")
            assert ani("/audit/label", form | {"mark": "seller"})[0] == 400
            assert ani("/audit/label", form)[0] == 303
            assert "Tersimpan: Ya<" in ani("/audit/")[1]
            assert "pakaian bekas impor" in ani("/audit/answers")[1]
        (label,) = store.labels.all()
    assert (label.question, label.answer) == (Question.used_clothing, Answer.yes)
    assert (label.mark, label.cluster, label.category) == (Mark.words, None, None)
