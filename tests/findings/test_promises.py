"""The words of promises: which page changed, and what a change does not say."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from monitor.findings.promises import SHOWN, history, promise_histories
from monitor.model import PromisePage
from monitor.registry import load_registry

(AKAR,) = load_registry().policy("lazada-2021-akar")
START = datetime(2026, 11, 2, tzinfo=UTC)
URL = "https://koran.example/akar"
QUOTED = "Lazada menutup tekstil dan fesyen, makanan dan minuman, serta kerajinan."


def page(day: int, *lines: str, url: str = URL, policy: str = AKAR.id) -> PromisePage:
    return PromisePage(
        policy=policy,
        url=url,
        kept_at=START + timedelta(days=day),
        sha256="a" * 64,
        evidence="2026-W45/promise-1.warc.gz#0",
        lines=lines,
    )


def test_the_newest_change_counts() -> None:
    pages = [page(0, "a", "b"), page(7, "a", "c"), page(14, "a", "d"), page(21, "a", "d")]
    told = history(AKAR, pages)
    assert (told.gone, told.added, told.more) == (("c",), ("d",), 0)
    assert (told.changed_after, told.same_since) == (pages[1].kept_at, pages[2].kept_at)
    assert (told.pages, told.first, told.last) == (4, pages[0].kept_at, pages[3].kept_at)


def test_one_page_and_equal_pages_did_not_change() -> None:
    for pages in ([page(0, "a")], [page(0, "a"), page(7, "a")]):
        told = history(AKAR, pages)
        assert told.changed_after is None
        assert (told.gone, told.added, told.same_since) == ((), (), pages[0].kept_at)


def test_quoted_words_are_gone_only_where_they_stood_before() -> None:
    with_words, without = page(0, "Judul", QUOTED), page(7, "Judul")
    assert history(AKAR, [with_words, without]).quotation_gone
    assert not history(AKAR, [without]).quotation_gone
    assert not history(AKAR, [without, replace(with_words, kept_at=START)]).quotation_gone
    spread = page(7, "tekstil  dan FESYEN; makanan", "dan minuman serta kerajinan")
    assert not history(AKAR, [with_words, spread]).quotation_gone
    parts = replace(AKAR, quotation="tekstil … kerajinan")
    assert not history(parts, [with_words, spread]).quotation_gone


def test_addresses_stand_apart_and_later_pages_do_not_count() -> None:
    pages = [page(0, "a"), page(1, "b", url="https://lain.example/"), page(7, "c")]
    as_of = START + timedelta(days=3)
    told = list(promise_histories([AKAR], [*pages, page(0, "x", policy="lain")], as_of))
    assert [(each.url, each.pages) for each in told] == [(URL, 1), ("https://lain.example/", 1)]


def test_a_new_text_shows_its_first_lines_and_counts_the_others() -> None:
    old, new = (tuple(f"{word} {n}" for n in range(30)) for word in ("lama", "baru"))
    told = history(AKAR, [page(0, *old), page(7, *new)])
    assert (len(told.gone), len(told.added), told.more) == (SHOWN, SHOWN, 20)


@given(st.lists(st.sampled_from("abcd"), max_size=8), st.lists(st.sampled_from("abcd"), max_size=8))
def test_a_difference_is_told_where_there_is_one(before: list[str], after: list[str]) -> None:
    told = history(AKAR, [page(0, *before), page(7, *after)])
    assert (told.changed_after is not None) is (before != after)
    assert bool(told.gone or told.added) is (before != after)
