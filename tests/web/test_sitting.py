"""A sitting in a real browser: twelve units by one log and three saved pages, then a colleague."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from monitor.config import Config
from monitor.demo import DemoServer
from monitor.model import Role, UnitRecord, UnitState
from monitor.registry import Registry, visit_url
from monitor.store import Store
from monitor.web import invite

from .inspector import saved_har, saved_mhtml, shop_through
from .test_desk import observed

pytestmark = pytest.mark.browser
expect.set_options(timeout=60_000)
Enter = Callable[..., Page]


@pytest.fixture
def enter(browser: Browser, store: Store, address: str, shops: DemoServer) -> Iterator[Enter]:
    """The desk as somebody sees it, in a browser of their own; page errors fail the test."""
    errors: list[str] = []
    contexts = []

    def open_desk(name: str, width: int = 1280, *, dark: bool = False, lang: str = "id") -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme="dark" if dark else "light"
        )
        context.grant_permissions(["clipboard-read", "clipboard-write"])
        shop_through(context, shops)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
        page.goto(invite(store, name, address, Role.inspector))
        page.keyboard.press("Enter") if width > 800 else page.get_by_role("link").last.click()
        page.wait_for_url("**/inspect/")
        page.goto(f"{address}/inspect/?lang={lang}")
        return page

    yield open_desk
    for context in contexts:
        context.close()
    assert errors == []


def shown(page: Page) -> list[str]:
    return [str(row.get_attribute("data-unit")) for row in page.locator(".unit").all()]


def test_twelve_units_by_one_log_and_three_saved_pages(
    enter: Enter, browser: Browser, shops: DemoServer, registry: Registry, config: Config,
    worklist: list[UnitRecord], store: Store, tmp_path: Path,
) -> None:  # fmt: skip
    page = enter("Ani", lang="en")
    units = {record.unit.id: record.unit for record in worklist}
    batch = [units[name] for name in shown(page)]
    assert batch == [record.unit for record in worklist[:12]]

    # The first by key, in a tab of its own that knows nothing of the desk.
    with page.context.expect_page() as opening:
        page.keyboard.press("o")
    assert opening.value.evaluate("[window.opener, document.referrer]") == [None, ""]
    opening.value.close()
    page.keyboard.press("c")
    assert page.evaluate("navigator.clipboard.readText()") == address_of(registry, batch[1])

    by_mhtml = [unit for unit in batch if unit.platform == "lazada"][:3]
    by_har = [unit for unit in batch if unit not in by_mhtml]
    addresses = [address_of(registry, unit) for unit in by_har]
    log = saved_har(browser, shops, addresses, tmp_path / "duduk.har")
    page.locator("input[type=file]").set_input_files(log)
    expect(page.locator(".receipts li.taken")).to_have_count(len(by_har))
    # What the shops' own scripts asked for besides, such as the next page, shares a line.
    expect(page.locator(".receipts li.unplanned")).to_have_count(1)
    for unit in by_har:
        number = batch.index(unit) + 1
        words = f"Unit {number} of {len(worklist)}: {observed(store, unit).places} listings"
        expect(page.locator(".receipts li.taken", has_text=words)).to_have_count(1)
    expect(page.locator("#progress")).to_contain_text(f"{len(by_har)} of {len(worklist)} done")

    files = [
        saved_mhtml(browser, shops, unit.url, tmp_path / f"halaman {number}.mhtml")
        for number, unit in enumerate(by_mhtml)
    ]
    drop(page, files)
    expect(page.locator("#progress")).to_contain_text(f"12 of {len(worklist)} done")
    expect(page.locator(".receipts li.taken")).to_have_count(12)
    for unit in batch:
        record = observed(store, unit)
        assert (record.state, record.places > 0) == (UnitState.sampled, True)

    # Where the first stopped, the second goes on; the first's next units are not shown to them.
    budi = enter("Budi", lang="en")
    order = [record.unit.id for record in worklist]
    assert shown(page) == order[12:24]
    assert shown(budi) == order[24:36]
    drop(budi, files[:1])
    expect(budi.locator(".receipts li")).to_contain_text("Already here, from inspector 1")

    page.get_by_role("button", name="Undo").first.click()
    expect(page.locator("#progress")).to_contain_text(f"11 of {len(worklist)} done")
    expect(page.locator(".taken-pages .struck")).to_have_count(1)
    page.keyboard.press("r")
    expect(page.locator("#progress")).to_contain_text(f"12 of {len(worklist)} done")


def address_of(registry: Registry, unit: object) -> str:
    return visit_url(registry.platforms[unit.platform], unit)  # type: ignore[attr-defined]


def drop(page: Page, files: list[Path]) -> None:
    """Drops files onto the page, as from a folder."""
    transfer = page.evaluate_handle(
        """(files) => {
            const transfer = new DataTransfer();
            for (const [name, text] of files) transfer.items.add(new File([text], name));
            return transfer;
        }""",
        [[path.name, path.read_bytes().decode()] for path in files],
    )
    page.dispatch_event("body", "drop", {"dataTransfer": transfer})


def test_without_scripts_files_and_refusals_are_forms(
    browser: Browser, store: Store, address: str, shops: DemoServer, worklist: list[UnitRecord],
    registry: Registry, tmp_path: Path,
) -> None:  # fmt: skip
    unit = worklist[0].unit
    log = saved_har(browser, shops, [address_of(registry, unit)], tmp_path / "satu.har")
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(invite(store, "Ani", address, Role.inspector))
    page.get_by_role("link", name="Ke daftar kerja").click()
    page.locator("input[type=file]").set_input_files(log)
    page.get_by_role("button", name="Serahkan").click()
    # A log may hold what the site's scripts asked for besides.
    taken = page.locator(".receipts li.taken")
    expect(taken).to_contain_text(f"Satuan 1 dari {len(worklist)}")
    page.get_by_role("button", name="Ditolak").first.click()
    expect(page.locator("#progress")).to_contain_text(f"2 dari {len(worklist)} selesai")
    context.close()


@pytest.mark.parametrize(
    ("width", "lang", "dark"), [(1280, "id", False), (390, "en", False), (1280, "en", True)]
)
def test_axe_finds_no_violation(
    enter: Enter, worklist: list[UnitRecord], tmp_path: Path, width: int, lang: str, dark: bool
) -> None:
    page = enter("Ani", width, dark=dark, lang=lang)
    broken = tmp_path / "rusak.har"
    broken.write_text("{")
    drop(page, [broken])
    expect(page.locator(".receipts li.broken")).to_have_count(1)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    outcome = Axe().run(page)
    assert outcome.violations_count == 0, outcome.generate_report()
