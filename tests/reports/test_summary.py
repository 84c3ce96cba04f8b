"""What the page concludes, and what it refuses to conclude."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from monitor.model import Cell, EditionKind, Findings, Verdict
from reports.edition_messages import EditionMessages
from reports.letters import letter
from reports.messages import ReportError
from reports.summary import Conclusion, summarise


def with_first(findings: Findings, **changes: object) -> Findings:
    """The week with another first cell."""
    cells = (replace(findings.cells[0], **changes), *findings.cells[1:])
    return replace(findings, cells=cells)


def conclusions(findings: Findings) -> dict[str, Conclusion]:
    """What the week comes to, by platform."""
    platforms = summarise(findings).platforms
    return {platform.finding.id: platform.conclusion for platform in platforms}


def test_platforms_come_by_their_conclusion(rich: Findings) -> None:
    assert conclusions(rich) == {
        "lapak-contoh": Conclusion.still,
        "niaga-misal": Conclusion.unconfirmed,
        "kedai-umpama": Conclusion.none_found,
        "luar-seberang": Conclusion.not_measurable,
        "balai-andai": Conclusion.closed,
    }
    ranks = [list(Conclusion).index(conclusion) for conclusion in conclusions(rich).values()]
    assert ranks == sorted(ranks)


def test_one_unmeasured_group_is_enough_not_to_call_a_platform_compliant(rich: Findings) -> None:
    measured = tuple(
        cell
        for cell in rich.cells
        if cell.platform != "kedai-umpama" or cell.verdict is Verdict.compliant
    )
    clean = replace(rich, cells=measured)
    assert conclusions(clean)["kedai-umpama"] is Conclusion.compliant
    assert conclusions(rich)["kedai-umpama"] is Conclusion.none_found


def test_a_platform_that_others_are_compared_with_is_not_among_those_judged(
    rich: Findings,
) -> None:
    screened = {"verdict": Verdict.screened, "estimate": None, "low": None, "high": None}
    cells = tuple(
        replace(cell, audited=0, confirmed=0, reason=None, **screened)
        if cell.platform == "luar-seberang"
        else cell
        for cell in rich.cells
    )
    messages = EditionMessages(replace(rich, cells=cells), "en")
    (compared,) = messages.summary.of(Conclusion.compared)
    assert compared.finding.id == "luar-seberang"
    assert messages.summary.judged == summarise(rich).judged
    sentences = [sentence for _, sentence in messages.lead()]
    assert "For comparison only, in no count here: Luar Seberang." in sentences
    alone = replace(rich, platforms=(compared.finding,), cells=compared.cells)
    assert EditionMessages(alone, "en").headline().startswith("No judgement")


def test_a_confirmed_breach_counts_even_where_the_share_cannot_be_measured(
    rich: Findings,
) -> None:
    cells = tuple(
        replace(cell, verdict=Verdict.not_measurable, estimate=None, low=None, high=None)
        for cell in rich.cells
    )
    assert conclusions(replace(rich, cells=cells))["lapak-contoh"] is Conclusion.still
    assert EditionMessages(rich, "en").existence(cells[0]) == "12 confirmed breaches"


@pytest.mark.parametrize(
    "changes",
    [
        {"verdict": Verdict.non_compliant, "confirmed": 0},
        {"verdict": Verdict.non_compliant, "judged_low": 0.01},
        {"verdict": Verdict.non_compliant, "judged_low": None},
        {"verdict": Verdict.non_compliant, "level": None, "low": 0.01},
        {"marked_sellers": 1},
        {"verdict": Verdict.breaches_found, "confirmed": 0},
        {"verdict": Verdict.breaches_found, "marked_sellers": 1},
        {"verdict": Verdict.awaiting_second, "confirmed": 0},
        {"verdict": Verdict.within_tolerance, "confirmed": 0, "high": 0.004},
        {"verdict": Verdict.within_tolerance},
        {"verdict": Verdict.within_tolerance, "high": 0.004, "high_with_refused": 0.02},
        {"verdict": Verdict.compliant},
        {"verdict": Verdict.compliant, "confirmed": 0, "high": 0.01},
        {
            "verdict": Verdict.compliant,
            "confirmed": 0,
            "high": 0.004,
            "high_with_refused": 0.02,
        },
        {"verdict": Verdict.none_found},
        {"verdict": Verdict.breaches_found, "confirmed": 0, "audited": 0},
        {"verdict": Verdict.none_found, "confirmed": 0, "audited": 0},
        {"policy": "misal-nocb"},
        {"policy": "no-such-policy"},
    ],
)
def test_a_word_stronger_than_its_numbers_is_refused(
    rich: Findings, changes: dict[str, object]
) -> None:
    with pytest.raises(ReportError, match="findings: cell lapak-contoh × textile_fashion"):
        summarise(with_first(rich, **changes))


@pytest.mark.parametrize("lang", ["id", "en"])
def test_an_unlabelled_week_accuses_nobody(provisional: Findings, lang: str) -> None:
    messages = EditionMessages(provisional, lang)
    sentences = [messages.headline(), *(sentence for _, sentence in messages.lead())]
    for cell in provisional.cells:
        sentences += [messages.existence(cell), messages.prevalence(cell)]
        sentences.append(messages.verdict_text(cell))
    text = " ".join(sentences).lower()
    for accusation in ("melanggar", "tidak sesuai", "tidak patuh", "terkonfirmasi", "confirmed "):
        assert accusation not in text
    assert not messages.summary.of(Conclusion.still)


@pytest.mark.parametrize(
    ("screened", "sentence"),
    [
        (0, "Screened without a flag, not audited: Kedai Umpama."),
        (
            4,
            "With offers that the screen took for cross-border or suspected, no breach stated, "
            "audit pending: Kedai Umpama.",
        ),
        (None, "Screened, not audited: Kedai Umpama."),
    ],
)
def test_only_flagged_platforms_are_named_as_flagged(
    provisional: Findings, screened: int | None, sentence: str
) -> None:
    cells = tuple(
        replace(cell, screened=screened) if cell.platform == "kedai-umpama" else cell
        for cell in provisional.cells
    )
    messages = EditionMessages(replace(provisional, cells=cells), "en")
    assert "2 of 3" in messages.headline()
    assert sentence in [text for _, text in messages.lead()]


def test_an_interval_above_zero_is_neither_an_accusation_nor_an_all_clear(
    rich: Findings,
) -> None:
    cells = tuple(
        replace(cell, verdict=Verdict.none_found, confirmed=0)
        if cell.platform == "lapak-contoh"
        else cell
        for cell in rich.cells
    )
    messages = EditionMessages(replace(rich, cells=cells), "en")
    assert messages.summary.of(Conclusion.pointed)[0].finding.id == "lapak-contoh"
    assert messages.headline() == (
        "On 1 of 2 platforms judged the estimate of a product group is above zero,"
        " with no breach confirmed in it"
    )
    assert messages.verdict_text(cells[0]) == "none confirmed so far; estimate 3.1%–8.1%"
    assert "not called a breach" in messages.prevalence(cells[0])


def only_cell(rich: Findings, **changes: object) -> Findings:
    """The week with one cell, in which its three offers are the only ones confirmed."""
    (cell,) = with_first(rich, **changes).cells[:1]
    listings = tuple(replace(entry, confirmed=n < 3) for n, entry in enumerate(rich.listings))
    return replace(
        rich, platforms=rich.platforms[:1], cells=(cell,), listings=listings, changes=(), trend=()
    )


ACCUSING = {
    "en": ("still list", "breaches found", "confirmed breach", "promise not kept", "breaches:"),
    "id": (
        "masih menayangkan", "pelanggaran ditemukan", "pelanggaran terkonfirmasi",
        "tidak sesuai komitmen",
    ),
}  # fmt: skip


@pytest.mark.parametrize("lang", ["id", "en"])
@pytest.mark.parametrize("confirmed", [1, 3])
@pytest.mark.parametrize(
    "changes",
    [
        {"verdict": Verdict.awaiting_second},
        {"verdict": Verdict.within_tolerance, "high": 0.004, "low": 0.001},
        {"verdict": Verdict.not_measurable},
    ],
)
def test_one_offer_or_one_seller_is_nowhere_called_a_breach(
    rich: Findings, lang: str, confirmed: int, changes: dict[str, object]
) -> None:
    """Page, letter, e-mail (headline and lead) and the word beside each offer."""
    week = only_cell(rich, confirmed=confirmed, marked_sellers=1, **changes)
    messages = EditionMessages(week, lang)
    (platform,) = messages.summary.platforms
    assert platform.conclusion in {Conclusion.awaiting_second, Conclusion.within_tolerance}
    (cell,) = week.cells
    sentences = [messages.headline(), *(sentence for _, sentence in messages.lead())]
    sentences += [messages.existence(cell), messages.prevalence(cell), *messages.glance(cell)]
    sentences += [messages.verdict_text(cell), messages.result_line(cell)]
    sentences += [messages(f"answer.group_{platform.conclusion}"), messages.certainty(platform)]
    sentences.append(letter(week, platform.finding.id, lang).split("</style>")[1])
    text = " ".join(sentences).lower()
    assert not [word for word in ACCUSING[lang] if word in text]
    assert not messages.sureness()
    assert {messages.claim(entry) for entry in week.listings} == {"policy_screened"}


def test_what_is_confirmed_under_another_policy_is_said_before_none_found(rich: Findings) -> None:
    """A policy without a verdict must not be passed over, nor one that nobody confirmed be used."""
    other = replace(
        next(cell for cell in rich.cells if not cell.primary),
        platform="kedai-umpama",
        verdict=Verdict.awaiting_second,
        confirmed=1,
        marked_sellers=1,
    )
    week = replace(rich, cells=(*rich.cells, other))
    assert conclusions(week)["kedai-umpama"] is Conclusion.elsewhere
    messages = EditionMessages(week, "en")
    kedai = next(p for p in messages.summary.platforms if p.finding.id == "kedai-umpama")
    assert messages.found_elsewhere(kedai).endswith("textiles & fashion: 1 confirmed.")
    waiting = replace(week, cells=(*rich.cells, replace(other, policy="misal-nocb")))
    assert conclusions(waiting)["kedai-umpama"] is Conclusion.none_found


def test_one_found_is_one_and_several_are_several(rich: Findings) -> None:
    awaiting = replace(rich.cells[0], verdict=Verdict.awaiting_second, marked_sellers=1)
    messages = EditionMessages(rich, "en")
    assert messages.verdict_text(awaiting) == "found, more looks pending"
    single = replace(awaiting, confirmed=1)
    assert messages.verdict_text(single) == "one found, more looks pending"


def test_a_waiting_policy_does_not_take_the_headline_from_what_was_judged(
    rich: Findings,
) -> None:
    calm = tuple(cell for cell in rich.cells if cell.platform != "lapak-contoh")
    assert EditionMessages(replace(rich, cells=calm), "en").headline() == (
        "No blocked imports found so far on the 1 platform that could be judged"
    )


def test_headlines_of_weeks_without_an_answer(
    empty: Findings, blocked: Findings, rich: Findings
) -> None:
    saved = replace(empty, unplanned=rich.unplanned)
    headlines = {
        "No data for this week": empty,
        "Not one platform could be measured this week": blocked,
        "Lapak Contoh still lists blocked imports": rich,
        "No judgement yet: there are only saved pages outside the plan": saved,
    }
    for headline, week in headlines.items():
        assert EditionMessages(week, "en").headline() == headline


def test_a_listing_is_called_a_breach_only_when_confirmed_under_a_confirmed_policy(
    rich: Findings,
) -> None:
    confirmed = rich.listings[0]
    assert confirmed.confirmed
    messages = EditionMessages(rich, "en")
    assert messages.claim(confirmed) == "policy"
    assert messages.claim(replace(confirmed, confirmed=False)) == "policy_screened"
    early = EditionMessages(replace(rich, edition=EditionKind.provisional), "en")
    assert early.claim(confirmed) == "policy_screened"
    waiting = replace(confirmed, policies=("misal-nocb",))
    assert messages.claim(waiting) == "policy_unconfirmed"


@pytest.mark.parametrize("lang", ["id", "en"])
def test_only_the_plain_interval_is_called_95_percent(rich: Findings, lang: str) -> None:
    """The limit that accuses names its own level; in older editions no second limit is made up."""
    messages = EditionMessages(rich, lang)
    accused = rich.cells[0]
    level = "98.8%" if lang == "en" else "98,8%"
    assert level in messages.prevalence(accused) and "95%" not in messages.prevalence(accused)
    assert "95%" in messages.interval_alt(accused) and level not in messages.interval_alt(accused)
    before = replace(accused, judged_low=None, level=None)
    assert level not in messages.prevalence(before)
    assert messages.share(before.low) in messages.prevalence(before)


def test_verdicts_speak_of_promises_and_regulations_apart(rich: Findings) -> None:
    messages = EditionMessages(rich, "id")
    verdicts = {cell.verdict: messages.verdict_text(cell) for cell in reversed(rich.cells)}
    assert verdicts[Verdict.non_compliant] == "tidak sesuai komitmen"
    assert verdicts[Verdict.none_found] == "belum ditemukan; paling banyak 4,9%"
    rule: Cell = replace(
        rich.cells[0], policy="rekaan-31-2023-art19", verdict=Verdict.non_compliant
    )
    assert messages.verdict_text(rule) == "tidak patuh"
