"""What registry and spider claim of a platform, held against the pages of a live check.

A claim that no page speaks of is unproven, never confirmed: a refused page proves nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from monitor.crawl.differences import (
    holds_page_size,
    lost_fields,
    page_words,
    proven_mark,
    says_otherwise,
    unread_cards,
    words_instead,
)
from monitor.crawl.documents import is_json
from monitor.crawl.live_reading import ReadPage
from monitor.crawl.network import on_site
from monitor.crawl.signatures import refusals
from monitor.crawl.spider import PlatformSpider
from monitor.model import GONE, Claim, ClaimState, Listing, PageRole, UnitState
from monitor.registry import Platform

REGISTRY = "registry/platforms.toml"
UNPROVEN = "unproven: "
"""How the subject begins of a claim on what a spider calls unproven."""
REFUSAL = "refusal "
REFUSALS = "monitor/crawl/data/refusals.toml"


def spider_file(platform: str) -> str:
    """The file of a platform's spider."""
    return f"spiders/{platform}.py"


def claims_of(
    platform: Platform,
    spider: type[PlatformSpider],
    pages: Sequence[ReadPage],
    robots: Iterable[Mapping[str, object]],
) -> tuple[Claim, ...]:
    """Every claim of registry and spider about a platform, each with what the pages say of it.

    ``robots`` are the decisions about the ways in, as the crawl reported them.
    """
    by_role = {read.role: read for read in pages}
    listings, own_page = by_role.get(PageRole.listings), by_role.get(PageRole.own_page)
    absent = by_role.get(PageRole.nothing) or by_role.get(PageRole.gone)
    return (
        *_ways_in(robots),
        *_result_page(platform, spider, listings),
        *_hosts(platform, pages),
        *_own_page(platform, spider, listings, own_page),
        *_absence(spider, absent),
        *_refusals(spider, pages),
    )


def _claim(subject: str, source: str, claimed: str, is_so: bool | None, seen: str) -> Claim:
    states = {True: ClaimState.confirmed, False: ClaimState.contradicted, None: ClaimState.unproven}
    return Claim(subject=subject, source=source, claimed=claimed, state=states[is_so], seen=seen)


def _came(read: ReadPage | None) -> str:
    """Why a page says nothing, in words."""
    if read is None:
        return "not asked"
    return f"{read.page.state}{f': {read.page.reason}' if read.page.reason else ''}"


def _is_sampled(read: ReadPage | None) -> bool:
    return read is not None and read.page.state is UnitState.sampled


def _ways_in(robots: Iterable[Mapping[str, object]]) -> list[Claim]:
    """Whether robots.txt leaves each way in open."""
    return [
        _claim(
            f"robots.txt, {decision['kind']}",
            REGISTRY,
            f"{decision['url']} is left open",
            # Without a rule that forbids it robots.txt did not come: that contradicts nothing.
            bool(decision["allowed"]) if decision["allowed"] or decision["rule"] else None,
            str(decision["permission"] or decision["rule"] or "no rule forbids it")
            if decision["allowed"]
            else str(decision["rule"] or "robots.txt could not be had"),
        )
        for decision in robots
    ]


def _result_page(
    platform: Platform, spider: type[PlatformSpider], read: ReadPage | None
) -> list[Claim]:
    """Entrance, page size, where listings stand, totals, fields and floors."""
    file = spider_file(platform.id)
    entrance = ("entrance", REGISTRY, read.live.url if read else "a result page")
    if read is None or not _is_sampled(read):
        is_read = False if read and read.page.state is UnitState.unparseable else None
        sizes = ("page size", REGISTRY, f"{platform.page_size} positions")
        return [_claim(*entrance, is_read, _came(read)), _claim(*sizes, None, _came(read))]
    listings = read.page.listings
    ranked = [listing for listing in listings if listing.rank is not None]
    claims = [
        _claim(*entrance, bool(ranked), f"{len(ranked)} listings that a search ranked"),
        _page_size(platform, read),
        _claim(
            "least listings",
            file,
            f"a full page has at least {spider.minimum_listings}",
            True if len(listings) >= spider.minimum_listings else _short(platform, read),
            f"{len(listings)} listings",
        ),
        _claim(
            "where listings stand",
            file,
            "listing_paths or cards",
            read.page.envelope is None,
            read.page.envelope or (read.shape and read.shape.place) or "the declared cards",
        ),
        *_cards(spider, file, read),
    ]
    if spider.total_paths:
        total = read.page.total_results
        seen = "no total" if total is None else f"{total} results"
        is_drawn = read.shape is not None and read.shape.form == "cards"
        is_read = None if total is None and is_drawn else total is not None
        claims.append(_claim("total of results", file, "total_paths", is_read, seen))
    if mark := proven_mark(spider, read):
        claims.append(_claim(f"{UNPROVEN}{mark}", file, f"{mark} as declared", True, "it was read"))
    claims += _fields(platform, file, read)
    return [*claims, *_currency(platform, listings)]


def _cards(spider: type[PlatformSpider], file: str, read: ReadPage) -> list[Claim]:
    """Whether the cards of a drawn page are those that the spider declares."""
    if spider.cards is None or read.response is None or is_json(read.response):
        return []
    is_read = read.shape is not None and read.shape.form == "cards"
    links = None if is_read else unread_cards(spider, read)
    seen = "they are read" if is_read else "none is drawn"
    if links:
        seen = f"{links[1]} links to own pages stand in {links[0]}"
    is_so = True if is_read else False if links else None
    return [_claim("cards", file, spider.cards.css, is_so, seen)]


def _page_size(platform: Platform, read: ReadPage) -> Claim:
    """Whether a page has as many positions as the registry says, advertisements left out."""
    positions = len(read.page.listings) + len(read.page.unreadable)
    paid = sum(listing.sponsored is True for listing in read.page.listings)
    is_so = holds_page_size(platform, read.page)
    words = f"{positions} positions" + (f", {paid} of them advertisements" if paid else "")
    return _claim("page size", REGISTRY, f"{platform.page_size} positions", is_so, words)


def _short(platform: Platform, read: ReadPage) -> bool | None:
    """What fewer listings than a page holds say: nothing where there are no more of them."""
    total = read.page.total_results
    is_last = total is not None and total < platform.page_size
    return None if is_last else False


def _fields(platform: Platform, file: str, read: ReadPage) -> list[Claim]:
    """Fields that the resembled page tells, and the floors of the registry."""
    lost = lost_fields(read)
    like = f"as in {read.resembled.name}" if read.resembled else "as no known page"
    fields_told = [name for name in read.live.fields if read.live.fields[name]]
    seen = f"no listing tells {', '.join(lost)}" if lost else ", ".join(fields_told)
    is_so = None if read.resembled is None else not lost
    if read.role is PageRole.own_page:
        # One offer may lack what others have.
        is_so = is_so or None
        return [_claim("fields of the own page", file, f"all fields {like}", is_so, seen)]
    claims = [_claim("fields", file, f"all fields {like}", is_so, seen)]
    for name, floor in platform.floors.items():
        share = read.live.fields.get(name, 0.0)
        claims.append(
            _claim(
                f"floor of {name}",
                REGISTRY,
                f"at least {floor:.0%} of the listings tell it",
                share >= floor,
                f"{share:.0%} of {len(read.page.listings)}",
            )
        )
    return claims


def _currency(platform: Platform, listings: Sequence[Listing]) -> list[Claim]:
    """Whether prices are in the registry's currency."""
    currencies = {listing.currency for listing in listings if listing.currency}
    is_so = None if not currencies else currencies == {platform.currency}
    seen = ", ".join(sorted(currencies)) or "no price"
    return [_claim("currency", REGISTRY, platform.currency, is_so, seen)]


def _hosts(platform: Platform, pages: Sequence[ReadPage]) -> list[Claim]:
    """Whether the answers came from the hosts that the registry names."""
    answered = [read for read in pages if read.response is not None]
    elsewhere = [read.live.final_url for read in answered if not _is_home(platform, read)]
    is_so = (not elsewhere) if answered else None
    seen = elsewhere[0] if elsewhere else f"{len(answered)} answers"
    return [_claim("hosts", REGISTRY, ", ".join(platform.hosts), is_so, seen)]


def _is_home(platform: Platform, read: ReadPage) -> bool:
    return on_site(read.live.final_url, platform.hosts)


def _own_page(
    platform: Platform,
    spider: type[PlatformSpider],
    listings: ReadPage | None,
    own_page: ReadPage | None,
) -> list[Claim]:
    """Whether an own page shows the offer that was met on the result page, and says the same."""
    file = spider_file(platform.id)
    claims = []
    if spider.item_id_pattern and listings and _is_sampled(listings):
        urls = [(x.item_id, x.url) for x in listings.page.listings if x.url]
        misfits = [
            url
            for item_id, url in urls
            if (match := re.search(spider.item_id_pattern, url)) is None or match[1] != item_id
        ]
        is_so = (not misfits) if urls else None
        seen = misfits[0] if misfits else f"{len(urls)} addresses"
        subject = "address of an own page"
        claims.append(_claim(subject, file, "item_id_pattern finds the id", is_so, seen))
    if own_page is None or listings is None:
        return [*claims, _claim("own page", file, "shows its offer", None, _came(own_page))]
    if not _is_sampled(own_page):
        is_so = False if own_page.page.state is UnitState.unparseable else None
        return [*claims, _claim("own page", file, "shows its offer", is_so, _came(own_page))]
    shown = own_page.page.listings[0]
    met = next((x for x in listings.page.listings if x.item_id == shown.item_id), None)
    seen = f"offer {shown.item_id}" if met else f"another offer, {shown.item_id}"
    claims.append(_claim("own page", file, "shows its offer", met is not None, seen))
    if met:
        claims += [*_same_on_both(file, met, shown), *_fields(platform, file, own_page)]
        if proven_mark(spider, own_page):
            subject, seen = f"{UNPROVEN}own page", "it was read"
            claims.append(_claim(subject, file, "own page as declared", True, seen))
    return claims


def _same_on_both(file: str, met: Listing, shown: Listing) -> list[Claim]:
    """Whether title, price and place of an offer are the same on both pages."""
    claims = []
    for name in ("title", "price", "ship_from"):
        before, after = getattr(met, name), getattr(shown, name)
        if before is None and after is None:
            continue
        is_so = None if before is None or after is None else before == after
        seen = "told by one of the pages only" if is_so is None else "the same on both"
        if is_so is False:
            # Offers change, and a result page rounds: another word here is no error of a spider.
            is_so, seen = None, "another one on the own page"
        claims.append(_claim(f"{name} of the offer", file, "the same on both pages", is_so, seen))
    return claims


def _absence(spider: type[PlatformSpider], read: ReadPage | None) -> list[Claim]:
    """Whether a page for goods that nobody sells says so in the words that the spider knows."""
    file = spider_file(spider.name)
    is_gone = read is not None and read.role is PageRole.gone
    texts = spider.gone_texts if is_gone else spider.no_results_texts
    subject = "words for gone" if is_gone else "words for nothing found"
    claimed = " / ".join(texts) or "none declared"
    other = ("words for nothing found", " / ".join(spider.no_results_texts))
    if not is_gone:
        other = ("words for gone", " / ".join(spider.gone_texts))
    unasked = _claim(other[0], file, other[1], None, "not asked")
    unanswered = {UnitState.blocked, UnitState.disallowed, UnitState.unreachable}
    if read is None or read.page.state in unanswered:
        # A page may have come whose scripts were denied what they asked for: its words stand there.
        instead = words_instead(read, texts)[:1] if read else ()
        seen = f"other words: {instead[0]}" if instead else _came(read)
        return [_claim(subject, file, claimed, False if instead else None, seen), unasked]
    if read.page.state is UnitState.sampled:
        seen = f"{len(read.page.listings)} listings for goods that nobody sells"
        return [_claim(subject, file, claimed, False, seen), unasked]
    words = page_words(read)
    spoken = [text for text in texts if any(text in word.casefold() for word in words)]
    if read.page.state is UnitState.empty:
        by_status = f"status {read.live.status}" if read.page.reason == GONE else "a total of 0"
        if not spoken and read.page.reason != GONE and (other_words := says_otherwise(read, texts)):
            seen = f"other words: {other_words}"
            return [_claim(subject, file, claimed, False, seen), unasked]
        # An answer without such a sentence shows that there is nothing, and says nothing of words.
        seen = spoken[0] if spoken else f"{by_status}{f'; it says: {words[0]}' if words else ''}"
        return [_claim(subject, file, claimed, True if spoken else None, seen), unasked]
    instead = words_instead(read, texts)
    seen = f"other words: {instead[0]}" if instead else "no words"
    return [_claim(subject, file, claimed, False, seen), unasked]


def _refusals(spider: type[PlatformSpider], pages: Sequence[ReadPage]) -> list[Claim]:
    """The signatures of refusals that a page bore; those that none did are unproven."""
    borne = {read.page.reason for read in pages if read.page.state is UnitState.blocked}
    of_platform = [
        signature
        for signature in refusals()
        if spider.name in (signature.platforms or (spider.name,))
    ]
    ids = [refusal.id for refusal in of_platform]
    claims = [
        _claim(f"{REFUSAL}{name}", REFUSALS, "how a refusal looks", True, "the platform refused so")
        for name in ids
        if name in borne
    ]
    reported = [
        refusal.id for refusal in of_platform if refusal.unproven and refusal.id not in borne
    ]
    if reported:
        words = ", ".join(reported)
        claims.append(_claim("refusals", REFUSALS, words, None, "none of them was met"))
    return claims
