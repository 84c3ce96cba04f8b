"""What live pages have that the known ones do not, and the changes to look at because of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

from monitor.crawl import fields as converters
from monitor.crawl.documents import is_json, lists_in, script_documents
from monitor.crawl.fields import Converter, Field
from monitor.crawl.keys import COMMON
from monitor.crawl.live_reading import ReadPage
from monitor.crawl.parsing import Page
from monitor.crawl.sentences import LONGEST_SENTENCE, SENTENCE_HINTS
from monitor.crawl.shapes import Shape, card_class
from monitor.crawl.spider import PlatformSpider
from monitor.model import GONE, Difference, DifferenceKind, PageRole, Proposal, UnitState
from monitor.registry import Platform

ALWAYS = 0.9
"""Share of a known page's listings from which a field counts as told by them."""


def differences_of(
    platform: Platform,
    spider: type[PlatformSpider],
    pages: Sequence[ReadPage],
    shapes: Sequence[Shape],
) -> tuple[tuple[Difference, ...], tuple[Proposal, ...]]:
    """In what the pages differ from the known ones, and proposed changes of spider and registry."""
    differences: list[Difference] = []
    proposals: list[Proposal] = []
    for read in pages:
        for part in (_envelope, _unread, _lost, _new_keys, _cards, _words, _size):
            seen, change = part(platform, spider, read, shapes)
            differences += seen
            proposals += change
    proposals += _without_marks(platform, spider, pages)
    return tuple(differences), tuple(proposals)


_Parts = tuple[list[Difference], list[Proposal]]


def lost_fields(read: ReadPage) -> tuple[str, ...]:
    """Fields that the listings of the resembled page tell and no listing of this page does."""
    if read.shape is None or read.resembled is None:
        return ()
    return tuple(
        name
        for name, share in read.resembled.fields.items()
        if share >= ALWAYS and not read.shape.fields.get(name)
    )


def new_keys(
    spider: type[PlatformSpider], read: ReadPage, shapes: Iterable[Shape]
) -> dict[str, float]:
    """Keys of half of the listings or more that no known page of the role has, with their share.

    Of a key in an object that is new itself only the object is told. Keys that a field reads are
    no news.
    """
    if read.shape is None or read.shape.form == "cards":
        return {}
    known_keys = {key for shape in shapes if shape.role is read.shape.role for key in shape.keys}
    read_keys = spider.keys_read()
    news = {
        key: share
        for key, share in read.shape.keys.items()
        if share >= COMMON and key not in known_keys and key.rpartition(".")[2] not in read_keys
    }
    return {key: share for key, share in news.items() if key.rpartition(".")[0] not in news}


def page_words(read: ReadPage) -> tuple[str, ...]:
    """Texts of a page that may be the platform's own words for nothing found or gone.

    They are short and stand outside scripts, links and what frames the page. Those that have a word
    that such sentences have come first, of these the headings; then the other headings.
    """
    hinted, headings = _sentences(read)
    return (*hinted, *(text for text in headings if text not in hinted))


def says_otherwise(read: ReadPage, texts: Sequence[str]) -> str | None:
    """The words of a page that reads like nothing found or gone and has none of ``texts``.

    None where one of them stands there, or no sentence of that kind.
    """
    hinted, _ = _sentences(read)
    is_known = any(text in word.casefold() for word in hinted for text in texts)
    return hinted[0] if hinted and not is_known else None


def _sentences(read: ReadPage) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Short texts with a word of such sentences, headings first; and all short headings."""
    response = read.response
    if response is None or is_json(response):
        return (), ()
    framing = "ancestor::script or ancestor::style or ancestor::noscript or ancestor::a"
    framing += " or ancestor::nav or ancestor::footer or ancestor::*[@role='note']"
    heading = "[ancestor::h1 or ancestor::h2 or ancestor::h3]"
    headings, others = (
        tuple(dict.fromkeys(text for text in words if 0 < len(text) <= LONGEST_SENTENCE))
        for words in (
            [" ".join(text.split()) for text in response.xpath(path).getall()]
            for path in (f"//body//text()[not({framing})]{part}" for part in (heading, ""))
        )
    )
    texts = dict.fromkeys((*headings, *others))
    hinted = tuple(
        text for text in texts if any(hint in text.casefold() for hint in SENTENCE_HINTS)
    )
    return hinted, headings


def _pasted(attribute: str, opening: str, line: str, comment: str) -> str:
    """An attribute of a spider over several lines, to be pasted."""
    return f"    {attribute} = {opening}\n        {line}\n        # {comment}\n    )"


def _spider_file(platform: Platform) -> str:
    return f"spiders/{platform.id}.py"


def _envelope(
    platform: Platform, spider: type[PlatformSpider], read: ReadPage, _: Sequence[Shape]
) -> _Parts:
    """Listings on a path that the spider does not declare."""
    envelope = read.page.envelope
    if not envelope:
        return [], []
    difference = Difference(
        kind=DifferenceKind.envelope,
        role=read.role,
        name=envelope,
        expected=", ".join(spider.listing_paths),
        seen=f"{len(read.page.listings)} listings stand on {envelope}",
    )
    proposal = Proposal(
        file=_spider_file(platform),
        text=_pasted("listing_paths", "(", f'"{envelope}",', "… those that are there"),
        why=f"the listings of {read.live.final_url} stand there",
    )
    return [difference], [proposal]


def _unread(
    platform: Platform, spider: type[PlatformSpider], read: ReadPage, _: Sequence[Shape]
) -> _Parts:
    """What the data of a page hold of which nothing is read: the longest list of objects."""
    is_nothing = read.role not in {PageRole.listings, PageRole.own_page}
    if read.page.state is not UnitState.unparseable or is_nothing or read.response is None:
        return [], []
    if unread_cards(spider, read):
        return [], []
    is_own = read.role is PageRole.own_page
    lists = lists_in(script_documents(read.response))
    path, nodes = max(lists.items(), key=lambda group: len(group[1]), default=("", []))
    paths = spider.item_paths if is_own else spider.listing_paths
    keys = ", ".join(sorted(nodes[0])[:6]) if nodes else ""
    holds = (
        f"{len(nodes)} objects with {keys} stand on {path}"
        if nodes
        else "no list of objects was met"
    )
    difference = Difference(
        kind=DifferenceKind.envelope,
        role=read.role,
        name=path or "no list",
        expected=", ".join(paths) or "cards",
        seen=f"{holds}; {read.page.reason or 'nothing is read'}",
    )
    return [difference], []


def _lost(
    platform: Platform, spider: type[PlatformSpider], read: ReadPage, shapes: Sequence[Shape]
) -> _Parts:
    """Fields that no listing tells any more, with the new keys that may tell them now."""
    differences, proposals = [], []
    news = new_keys(spider, read, shapes)
    for name in lost_fields(read):
        assert read.resembled is not None
        field = spider.fields.get(name)
        keys = sorted(field.keys) if field else []
        differences.append(
            Difference(
                kind=DifferenceKind.missing_field,
                role=read.role,
                name=name,
                expected=f"as in {read.resembled.name}: read from {', '.join(keys) or 'the page'}",
                seen=f"none of {len(read.page.listings)} listings tells it",
            )
        )
        candidates = _likely(keys, news)
        if field and candidates and read.role is PageRole.listings:
            others = f"; else one of {', '.join(candidates[1:4])}" if candidates[1:] else ""
            proposals.append(
                Proposal(
                    file=_spider_file(platform),
                    text=f'        | read.{_converter(field)}("{candidates[0]}"),',
                    why=f"at the end of {name}: no listing tells it, and {candidates[0]} is"
                    f" new{others}",
                )
            )
    return differences, proposals


def _without_marks(
    platform: Platform, spider: type[PlatformSpider], pages: Sequence[ReadPage]
) -> list[Proposal]:
    """The spider's ``unproven`` without the marks that the pages prove, as one line to paste."""
    urls = {mark: read.live.final_url for read in pages if (mark := proven_mark(spider, read))}
    if not urls:
        return []
    remaining = ", ".join(f'"{name}"' for name in spider.unproven if name not in urls)
    text = f"    unproven = ({remaining},)" if remaining else "    # no unproven any more"
    reads = ", ".join(f"{mark} was read on {url}" for mark, url in urls.items())
    why = f"{reads}; the pages of the bundle go to tests/pages"
    return [Proposal(file=_spider_file(platform), text=text, why=why)]


def proven_mark(spider: type[PlatformSpider], read: ReadPage) -> str | None:
    """The word of ``unproven`` that a page takes the ground from; None where it does from none."""
    if read.shape is None:
        return None
    own_mark = "own page" if read.shape.form != "json" else None
    forms = {"cards": "cards", "data": "page data"}
    mark = own_mark if read.role is PageRole.own_page else forms.get(read.shape.form)
    return mark if mark in spider.unproven else None


def _likely(keys: Sequence[str], news: dict[str, float]) -> list[str]:
    """The new keys, those first whose names are most like one of ``keys``."""
    close = [match for key in keys for match in get_close_matches(key, news, n=2, cutoff=0.5)]
    return list(dict.fromkeys([*close, *sorted(news, key=lambda key: -news[key])]))


def _converter(field: Field) -> str:
    """The name of the converter that a field is read with; ``text`` where it has none."""
    names = {
        converter.read: name
        for name, converter in vars(converters).items()
        if isinstance(converter, Converter)
    }
    return names.get(field.read, "text")


def _new_keys(
    platform: Platform, spider: type[PlatformSpider], read: ReadPage, shapes: Sequence[Shape]
) -> _Parts:
    """Keys that no known page has and no field reads."""
    return [
        Difference(
            kind=DifferenceKind.unknown_key,
            role=read.role,
            name=key,
            expected="in no known page, read by no field",
            seen=f"{share:.0%} of {read.page.nodes or len(read.page.listings)} listings",
        )
        for key, share in sorted(new_keys(spider, read, shapes).items())
    ], []


def unread_cards(spider: type[PlatformSpider], read: ReadPage) -> tuple[str, int] | None:
    """Where links to own pages stand on a drawn result page of which no card is read, as CSS.

    With how many there are; None where cards are read, none is drawn, or too few are.
    """
    response = read.response
    if response is None or read.role is not PageRole.listings or is_json(response):
        return None
    if spider.cards and spider.cards.nodes(response):
        return None
    addresses = frozenset(listing.url for listing in read.page.listings if listing.url)
    links = card_class(response, spider, addresses)
    return links if links and links[1] >= spider.minimum_listings // 2 else None


def _cards(
    platform: Platform, spider: type[PlatformSpider], read: ReadPage, _: Sequence[Shape]
) -> _Parts:
    """Links to own pages where no card is read, unless the platform's data alone are read."""
    is_read = read.page.state is UnitState.sampled and not spider.cards
    if is_read or (links := unread_cards(spider, read)) is None:
        return [], []
    css, number = links
    is_sampled = read.page.state is UnitState.sampled
    instead = "its data are read in their place" if is_sampled else "no listing is read"
    difference = Difference(
        kind=DifferenceKind.cards,
        role=read.role,
        name=css,
        expected=spider.cards.css if spider.cards else "no cards",
        seen=f"{number} links to own pages stand in {css}, and {instead}",
    )
    proposal = Proposal(
        file=_spider_file(platform),
        text=_pasted("cards", "Cards(", f'"{css}",', "… its parts: look at the page"),
        why=f"{number} links to own pages stand in it on {read.live.final_url}",
    )
    return [difference], [proposal]


def _words(
    platform: Platform, spider: type[PlatformSpider], read: ReadPage, _: Sequence[Shape]
) -> _Parts:
    """What a page says of goods that nobody sells, where it is in no known words."""
    if read.role is PageRole.listings:
        return [], []
    is_gone = read.role is not PageRole.nothing
    attribute = "gone_texts" if is_gone else "no_results_texts"
    texts = spider.gone_texts if is_gone else spider.no_results_texts
    expected = " / ".join(texts) or "none declared"
    if read.page.state is UnitState.sampled:
        if read.role is PageRole.own_page:
            return [], []
        seen = f"{len(read.page.listings)} listings for goods that nobody sells"
        return [_spoken(read, "listings", expected, seen)], []
    if not (words := words_instead(read, texts)):
        return [], []
    text = ", ".join(f'"{word}"' for word in (*texts, words[0].casefold().rstrip(".!")))
    proposal = Proposal(
        file=_spider_file(platform),
        text=f"    {attribute} = ({text})",
        why=f"{read.live.final_url} says so"
        + (" of an offer" if read.role is PageRole.own_page else " of goods that nobody sells"),
    )
    is_sentence = words[0] in _sentences(read)[0]
    difference = _spoken(read, words[0], expected, " / ".join(words[:3]))
    return [difference], [proposal] if is_sentence else []


def words_instead(read: ReadPage, texts: Sequence[str]) -> tuple[str, ...]:
    """The words of a page that stand in place of ``texts``; empty where one of them is there.

    A status of 404 says by itself that an offer is gone, and its page may be any. Of an answer of
    data it is the keys. Where robots.txt forbids what the scripts of a page ask for, only a
    sentence of that kind counts.
    """
    response = read.response
    if response is None or (read.page.state is UnitState.empty and read.page.reason == GONE):
        return ()
    if read.page.state in {UnitState.sampled, UnitState.blocked, UnitState.unreachable}:
        return ()
    if is_json(response):
        if read.page.state is not UnitState.unparseable:
            return ()
        documents = script_documents(response)
        keys = sorted(documents[0]) if documents and isinstance(documents[0], dict) else []
        return (f"data with {', '.join(keys[:6]) or 'no keys'}",)
    words = page_words(read)
    if read.role is PageRole.own_page:
        # Other headings of an offer's page are about the offer, or its seller.
        hinted, headings = _sentences(read)
        words = tuple(word for word in hinted if word in headings)
    elif read.page.state is UnitState.disallowed:
        words = _sentences(read)[0]
    is_known = any(text in word.casefold() for word in words for text in texts)
    return () if is_known else words


def _spoken(read: ReadPage, words: str, expected: str, seen: str) -> Difference:
    return Difference(
        kind=DifferenceKind.words, role=read.role, name=words, expected=expected, seen=seen
    )


def holds_page_size(platform: Platform, page: Page) -> bool | None:
    """Whether a page has as many positions as the registry says, advertisements left out.

    None where it has fewer, and all results that the platform says there are.
    """
    positions = len(page.listings) + len(page.unreadable)
    paid = sum(listing.sponsored is True for listing in page.listings)
    if platform.page_size in {positions, positions - paid}:
        return True
    total = page.total_results
    is_last = positions < platform.page_size and total is not None and total <= positions
    return None if is_last else False


def _size(
    platform: Platform, spider: type[PlatformSpider], read: ReadPage, _: Sequence[Shape]
) -> _Parts:
    """A full page that holds another number of positions than the registry says."""
    is_read = read.role is PageRole.listings and read.page.state is UnitState.sampled
    if not is_read or holds_page_size(platform, read.page) is not False:
        return [], []
    positions = len(read.page.listings) + len(read.page.unreadable)
    paid = sum(listing.sponsored is True for listing in read.page.listings)
    difference = Difference(
        kind=DifferenceKind.page_size,
        role=read.role,
        name="page_size",
        expected=str(platform.page_size),
        seen=f"{positions}, {paid} of them advertisements",
    )
    proposal = Proposal(
        file="registry/platforms.toml",
        text=f"page_size = {positions}",
        why=f"{read.live.final_url} has so many positions; look at a second page first",
    )
    return [difference], [proposal]
