"""The pages in a real browser: labelling by keyboard, by two people, with a difference settled."""

import threading
from collections.abc import Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urljoin

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright

from monitor.labels import resolve
from monitor.model import Answer, Cluster, LabelKind, Mark, ruled_out
from monitor.web.audit.work import Work

from .conftest import WEEK, Audit, Say, page_number, place_of
from .test_commodities import TEXTILE, cell_of

pytestmark = pytest.mark.browser
expect.set_options(timeout=60_000)
QUIET = ["--no-sandbox", "--disable-background-networking", "--disable-component-update",
         "--disable-default-apps", "--no-first-run"]  # fmt: skip


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=QUIET)
        yield opened
        opened.close()


@pytest.fixture
def person(browser: Browser, links: dict[str, str]) -> Iterator[partial[Page]]:
    """Opens the pages as somebody, in a browser of their own; page errors fail the test."""
    errors: list[str] = []
    contexts = []

    def enter(name: str, width: int = 1280, *, dark: bool = False) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": 800}, color_scheme="dark" if dark else "light"
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
        page.goto(links[name])
        page.keyboard.press("Enter")
        page.wait_for_url("**/")
        return page

    yield partial(enter)
    for context in contexts:
        context.close()
    assert errors == []


def answer(page: Page, keys: str) -> None:
    """Presses keys; the last of them sends the form, so the next listing is waited for."""
    for key in keys[:-1]:
        page.keyboard.press(key)
    with page.expect_navigation(wait_until="load"):
        page.keyboard.press(keys[-1])


def shown(page: Page, audit: Audit) -> int:
    """The place in the draw of the listing on the page."""
    return place_of(audit, page.locator("input[name=number]").get_attribute("value"))


def is_dark(page: Page) -> bool:
    """Whether the page's text is lighter than its ground."""
    ink, ground = page.evaluate(
        """() => ["color", "backgroundColor"].map((name) =>
            getComputedStyle(document.body)[name].match(/\\d+/g).map(Number))"""
    )
    return sum(ink) > sum(ground)


def test_two_people_label_twenty_listings_by_keyboard(person: partial[Page], audit: Audit) -> None:
    foreign = {
        number
        for number, item in enumerate(audit.draw.items)
        if int(item.item_id) % 3 == 7_000_000_000 % 3
    }
    ani, budi = person("Ani"), person("Budi")
    doubted = min(foreign)
    seen = []
    while ani.locator("input[name=number]").count():
        number = shown(ani, audit)
        seen.append(number)
        answer(ani, "1t5" if number in foreign else "m2")
    assert seen == list(range(20))
    expect(ani.locator("h1")).to_have_text("Tidak ada lagi yang menunggu Anda")
    budi.reload()
    second = []
    while budi.locator("input[name=number]").count():
        number = shown(budi, audit)
        second.append(number)
        answer(budi, "2l" if number == doubted else "16t" if number in foreign else "2m")
    assert set(second) >= foreign
    assert len(second) < 20

    labels = audit.store.labels.all()
    assert len(labels) == 20 + len(second)
    assert {label.kind for label in labels if label.annotator == "Budi"} == {LabelKind.second}
    assert {label.cluster for label in labels} == {
        Cluster.textile_fashion, Cluster.food_beverage, Cluster.other,
    }  # fmt: skip
    key = audit.draw.items[doubted].label_key
    assert resolve(labels)[key].answer is None

    with budi.expect_navigation(wait_until="load"):
        budi.get_by_role("link", name="Putuskan perbedaan (1)").click()
    expect(budi.locator(".looks")).to_contain_text("Ani")
    for button in "16tn":
        budi.keyboard.press(button)
    budi.keyboard.type("penjual di Shenzhen")
    with budi.expect_navigation():
        budi.keyboard.press("Enter")
    expect(budi.locator("h1")).to_have_text("Semua perbedaan sudah diputuskan.")
    settled = resolve(audit.store.labels.all())
    assert settled[key].confirmed
    assert settled[key].people == ("Ani", "Budi")
    assert all(settled[audit.draw.items[number].label_key].marked for number in foreign)
    assert audit.store.labels.all()[-1].note == "penjual di Shenzhen"
    assert sum(found.answer is Answer.yes for found in settled.values()) == len(foreign)
    assert all(found.answer is not None for found in settled.values())
    ani.goto(ani.url)
    expect(ani.locator("main")).to_contain_text("α Krippendorff")


def test_work_goes_on_where_it_stopped_and_back_corrects(
    person: partial[Page], audit: Audit
) -> None:
    page = person("Ani")
    for _ in range(3):
        answer(page, "2k")
    page.context.close()
    page = person("Ani")
    assert shown(page, audit) == 3
    expect(page.locator("header")).to_contain_text("3 oleh Anda · 17 menunggu Anda")
    answer(page, "z")
    assert shown(page, audit) == 2
    expect(page.get_by_role("radio", name="Tidak penjual dalam negeri")).to_be_checked()
    answer(page, "z")
    assert shown(page, audit) == 1
    page.keyboard.press("3")
    answer(page, ["x", "Enter"])
    assert shown(page, audit) == 3
    labels = audit.store.labels.all()
    assert len(labels) == 4
    assert labels[-1].answer is Answer.cannot_tell
    assert labels[-1].key == labels[1].key
    assert Work(audit.draw, labels).progress("Ani").by_annotator == 3


def test_one_key_alone_sends_nothing_and_typing_a_note_answers_nothing(
    person: partial[Page], audit: Audit
) -> None:
    page = person("Ani")
    page.keyboard.press("1")
    page.keyboard.press("n")
    page.keyboard.type("2 toko, kirim dari T123")
    assert shown(page, audit) == 0
    page.keyboard.press("Escape")
    answer(page, "t4")
    (label,) = audit.store.labels.all()
    assert (label.answer, label.note) == (Answer.yes, "2 toko, kirim dari T123")


def test_what_cannot_be_told_waits_for_its_reason(person: partial[Page], audit: Audit) -> None:
    page = person("Ani")
    page.keyboard.press("5")
    expect(page.locator(".reasons")).to_be_hidden()
    page.keyboard.press("3")
    expect(page.locator(".reasons")).to_be_visible()
    page.keyboard.press("x")
    assert shown(page, audit) == 0
    answer(page, "5")
    (label,) = audit.store.labels.all()
    assert (label.answer, label.note) == (Answer.cannot_tell, "asal penjual tidak disebut")
    answer(page, "z")
    page.keyboard.press("6")
    answer(page, ["n", "Escape", "Enter"])
    assert audit.store.labels.all()[-1].note == "kedua halaman bertentangan"


@pytest.mark.parametrize("platform", ["shopee"])
def test_a_shopee_positive_tells_its_commodity_and_confirms_the_promise(
    person: partial[Page], audit: Audit, say: Say
) -> None:
    for item in audit.draw.items[1:]:
        for name, kind in (("Ani", "first"), ("Budi", "second")):
            say(name, item, "no", kind)
    for name, group_first in (("Ani", True), ("Budi", False)):
        page = person(name)
        choices = page.locator(".commodities.textile_fashion")
        expect(choices).to_be_hidden()
        page.keyboard.press("a")
        for key in "t14" if group_first else "14t":
            page.keyboard.press(key)
        expect(choices).to_be_visible()
        expect(choices.locator(":checked")).to_have_count(0)
        page.keyboard.press("Enter")
        assert shown(page, audit) == 0
        answer(page, "h")
        expect(page.locator("h1")).to_have_text("Tidak ada lagi yang menunggu Anda")
    labels = [one for one in audit.store.labels.all() if one.answer is Answer.yes]
    assert [(one.annotator, one.category) for one in labels] == [
        ("Ani", "mukena"), ("Budi", "mukena"),
    ]  # fmt: skip
    assert cell_of(audit).confirmed == 1


@pytest.mark.parametrize("platform", ["shopee"])
def test_a_hidden_commodity_is_neither_needed_nor_kept(person: partial[Page], audit: Audit) -> None:
    page = person("Ani")
    for key in "1t":
        page.keyboard.press(key)
    answer(page, "k5")
    answer(page, "1t40")
    assert [(one.cluster, ruled_out(one.category) is None) for one in audit.store.labels.all()] == [
        (Cluster.crafts, True), (Cluster.textile_fashion, False),
    ]  # fmt: skip
    assert audit.store.labels.all()[0].category is None


def test_a_yes_waits_for_its_mark_and_another_answer_keeps_none(
    person: partial[Page], audit: Audit
) -> None:
    page = person("Ani")
    marks = page.locator(".marks")
    expect(marks).to_be_hidden()
    page.keyboard.press("5")
    page.keyboard.press("1")
    page.keyboard.press("k")
    expect(marks).to_be_visible()
    expect(marks.locator(":checked")).to_have_count(0)
    answer(page, "4")
    answer(page, ["1", "5", "2", "k"])
    answer(page, ["1", "k", "Enter"])
    labels = audit.store.labels.all()
    assert [label.mark for label in labels] == [Mark.none, None, None]


def test_by_touch_on_a_phone(person: partial[Page], audit: Audit) -> None:
    page = person("Ani", 390)
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= 390
    page.get_by_text("Makanan & minuman").click()
    with page.expect_navigation():
        page.locator("label.no").click()
    assert audit.store.labels.all()[0].answer is Answer.no


def test_differences_are_skipped_decided_and_decided_again_by_keyboard(
    person: partial[Page], audit: Audit, say: Say
) -> None:
    for minute, item in enumerate(audit.draw.items[:2]):
        say("Ani", item, "yes", minute=minute)
        say("Budi", item, "no", "second", minute=minute)
    page = person("Budi")
    page.goto(f"{page.url}decide")
    assert shown(page, audit) == 0
    expect(page.get_by_role("radio", name="Ya penjual luar negeri")).to_be_enabled()
    expect(page.get_by_role("radio", name="Tidak penjual dalam negeri")).to_be_disabled()
    answer(page, "9")
    assert shown(page, audit) == 1
    for key in "1tn":
        page.keyboard.press(key)
    page.keyboard.type("dikirim dari Shenzhen")
    with page.expect_navigation(url="**/audit/decide"):
        page.keyboard.press("Enter")
    assert shown(page, audit) == 0
    answer(page, "z")
    assert shown(page, audit) == 1
    page.keyboard.press("k")
    with page.expect_navigation(url="**/audit/decide"):
        page.keyboard.press("Enter")
    decisions = audit.store.labels.all()[4:]
    assert [label.cluster for label in decisions] == [Cluster.textile_fashion, Cluster.crafts]
    assert {label.note for label in decisions} == {"dikirim dari Shenzhen"}
    page.get_by_role("link", name="Jawaban saya").click()
    expect(page.locator(".own-answers tbody tr")).to_have_count(3)


@pytest.mark.parametrize(
    ("width", "lang", "dark"),
    [(390, "id", False), (1280, "en", False), (390, "en", True), (1280, "id", True)],
)
def test_axe_finds_no_violation(
    person: partial[Page],
    audit: Audit,
    links: dict[str, str],
    say: Say,
    width: int,
    lang: str,
    dark: bool,
) -> None:
    """Label, correction, difference, decision, own answers, welcome, nothing to do."""
    page = person("Ani", width, dark=dark)
    assert is_dark(page) is dark
    home = page.url
    page.goto(f"{home}?lang={lang}")
    say("Ani", audit.draw.items[0], "cannot_tell", minute=1)
    say("Budi", audit.draw.items[0], "yes", "second", minute=2)
    say("Ani", audit.draw.items[1], "no", minute=3)
    say("Budi", audit.draw.items[1], "cannot_tell", "second", minute=4)
    say("Ani", audit.draw.items[1], "no", "adjudication", minute=5)
    for path in (
        "",
        f"?at={page_number(audit, 0)}",
        "decide",
        f"decide?at={page_number(audit, 1)}",
        "answers",
        links["Ani"],
    ):
        page.goto(urljoin(home, path))
        page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        found = Axe().run(page)
        assert found.violations_count == 0, f"{path}\n{found.generate_report()}"
    for number, item in enumerate(audit.draw.items):
        for name in ("Ani", "Budi"):
            say(name, item, "no", minute=10 + number)
    page.goto(home)
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("platform", ["shopee"])
@pytest.mark.parametrize(("width", "dark"), [(390, True), (1280, False)])
def test_axe_finds_no_violation_in_the_commodities(
    person: partial[Page], audit: Audit, say: Say, width: int, dark: bool
) -> None:
    page = person("Ani", width, dark=dark)
    home = page.url
    say("Ani", audit.draw.items[0], "yes", minute=1, cluster=TEXTILE, category="hijab")
    say("Budi", audit.draw.items[0], "yes", "second", minute=2, cluster=TEXTILE)
    for path in ("", "decide"):
        page.goto(urljoin(home, path))
        for key in "1t5":
            page.keyboard.press(key)
        expect(page.locator(".marks")).to_be_visible()
        expect(page.locator(".commodities.textile_fashion")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        found = Axe().run(page)
        assert found.violations_count == 0, f"{path}\n{found.generate_report()}"


@pytest.mark.parametrize("platform", ["shopee"])
def test_without_scripts_the_commodity_is_asked_for(
    browser: Browser, links: dict[str, str], audit: Audit
) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(links["Ani"])
    page.get_by_role("link", name="Mulai").click()
    page.locator("label.yes").click()
    page.get_by_text("Tekstil & fesyen").click()
    with page.expect_navigation():
        page.get_by_role("button", name="Simpan").click()
    expect(page.locator("h1")).to_contain_text("Pilih juga komoditasnya")
    assert audit.store.labels.all() == ()
    page.go_back()
    page.locator("label.yes").click()
    page.get_by_text("Tekstil & fesyen").click()
    page.locator(".commodities").get_by_text("Kebaya").click()
    with page.expect_navigation():
        page.get_by_role("button", name="Simpan").click()
    assert [one.category for one in audit.store.labels.all()] == ["kebaya"]
    context.close()


def test_without_scripts_the_form_still_works(
    browser: Browser, links: dict[str, str], audit: Audit
) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(links["Ani"])
    page.get_by_role("link", name="Mulai").click()
    page.locator("label.no").click()
    page.get_by_text("Kerajinan").click()
    with page.expect_navigation():
        page.get_by_role("button", name="Simpan").click()
    assert len(audit.store.labels.all()) == 1
    context.close()


def test_a_wrong_link_is_refused(browser: Browser, links: dict[str, str], audit: Audit) -> None:
    page = browser.new_page()
    answered = page.goto(links["Ani"][:-4] + "AAAA")
    assert answered is not None and answered.status == 403
    expect(page.locator("h1")).to_have_text("Tautan tidak berlaku")
    page.close()


class Forger(BaseHTTPRequestHandler):
    """Another site whose page sends the labelling form, and frames the pages."""

    target = ""

    def do_GET(self) -> None:
        body = f"""<!doctype html><title>hadiah</title><iframe src="{self.target}/audit/"></iframe>
            <form method="post" action="{self.target}/audit/label">
            <input name="number" value="0"><input name="answer" value="yes">
            <input name="cluster" value="crafts"><input name="token" value="{"0" * 64}">
            <button>Ambil</button></form>""".encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Quiet."""


def test_a_forged_post_from_another_site_is_refused(
    browser: Browser, links: dict[str, str], served: str, audit: Audit, say: Say
) -> None:
    """The victim is logged in, in the same browser; site and frame of the forger get nothing."""
    forger = type("Forging", (Forger,), {"target": served})
    server = ThreadingHTTPServer(("127.0.0.1", 0), forger)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    context = browser.new_context()
    victim = context.new_page()
    victim.goto(links["Ani"])
    victim.goto(f"{served}/audit/")
    assert shown(victim, audit) == 0
    page = context.new_page()
    page.goto(f"http://localhost:{server.server_port}/")
    frame = page.frames[1]
    assert frame.locator("form").count() == 0
    with page.expect_navigation() as navigation:
        page.get_by_role("button").click()
    assert navigation.value.status == 403
    assert audit.store.labels.all() == ()
    victim.reload()
    answer(victim, "2k")
    assert len(audit.store.labels.all(week=WEEK)) == 1
    context.close()
    server.shutdown()
    server.server_close()
