"""The two languages say the same, completely."""

from __future__ import annotations

import re
import string
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from monitor.model import (
    AnnotatorErrors,
    CaseEvent,
    CaseEventKind,
    Cluster,
    CrossBorder,
    EditionKind,
    Findings,
    ForeignSellers,
    ListingState,
    Mark,
    Money,
    Note,
    NumberKind,
    Origin,
    PolicyKind,
    PolicyScope,
    Prohibited,
    Question,
    ReplyClaim,
    Stratum,
    TableDelta,
    UnitState,
    Verdict,
    Verification,
    WeeklyRelease,
)
from reports.archive import write_index
from reports.cases import CaseRecord, write_case
from reports.changes import corrections
from reports.contexts import LetterTerms, PageProof
from reports.data_releases import write_releases_page
from reports.edition import write_edition
from reports.edition_messages import EditionMessages
from reports.letters import UNADDRESSED, write_letter
from reports.listings import ListingLists
from reports.messages import LANGUAGES, Messages, ReportError, catalogue
from reports.page import SECTIONS
from reports.reply_request import reply_request
from reports.summary import summarise
from reports.workbook import write_workbook

from .pilots import write_pilots
from .protocols import season_protocols, write_protocols
from .test_press import IMPRINT
from .test_reference import full_reference
from .weeks import (
    FEW_CONTROLS,
    MEASURED_ERRORS,
    before_pages_were_cited,
    case_record,
    inspected_week,
    quarter_week,
    refusing_week,
    running_quarter,
    unforbidden_weeks,
    with_accuracy,
    with_checked,
    with_replies,
    with_used_clothing,
    with_waiting,
    without_marks,
)

SOURCES = Path(str(files("reports")))


def named_values(sentence: str | Mapping[str, str]) -> set[str]:
    forms = [sentence] if isinstance(sentence, str) else list(sentence.values())
    names = [
        {name for _, name, _, _ in string.Formatter().parse(form) if name is not None}
        for form in forms
    ]
    assert all(form_names <= names[-1] for form_names in names), forms
    return set().union(*names)


def test_both_languages_have_the_same_sentences_with_the_same_values() -> None:
    indonesian, english = catalogue("id"), catalogue("en")
    assert indonesian.keys() == english.keys()
    for key in indonesian:
        assert named_values(indonesian[key]) == named_values(english[key]), key


def test_english_is_not_indonesian() -> None:
    same = {key for key, text in catalogue("id").items() if catalogue("en")[key] == text}
    sentences = {key for key in same if len(str(catalogue("id")[key]).split()) > 2}
    assert sentences <= {"indicator.n", "page.print_header"}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_key_the_code_names_exists(lang: str) -> None:
    keys = catalogue(lang).keys()
    named: set[str] = set()
    for path in [*SOURCES.glob("*.py"), *SOURCES.glob("templates/*")]:
        text = path.read_text(encoding="utf-8")
        named |= set(
            re.findall(
                r"""\b(?:msg|messages|self|after)\(\s*["']([a-z_0-9]+\.[a-z_0-9]+)["']""", text
            )
        )
    assert len(named) > 100
    assert {key for key in named if not key.endswith("_")} <= keys


def calm_weeks(rich: Findings) -> dict[str, Findings]:
    """Weeks with little to tell, each with one reason of its own."""
    row = replace(rich.coverage[0], sampled=rich.coverage[0].planned, empty=0)
    compliant = next(cell for cell in rich.cells if cell.verdict is Verdict.compliant)
    waiting = next(cell for cell in rich.cells if cell.verdict is Verdict.unconfirmed_policy)
    quiet = replace(
        rich,
        listings=(),
        changes=(),
        trend=(),
        coverage=(row,),
        platforms=tuple(
            replace(platform, reply=None, closed_on=None) for platform in rich.platforms
        ),
        cells=(compliant,),
    )
    pointed = replace(compliant, estimate=0.02, low=0.01, high=0.05)
    awaiting = replace(compliant, verdict=Verdict.awaiting_second, confirmed=1, marked_sellers=1)
    elsewhere = replace(awaiting, policy="contoh-2023-all", primary=False)
    unmeasured = replace(compliant, verdict=Verdict.not_measurable, reason=None, coverage=None)
    asked = replace(rich.listings[0], policies=("misal-nocb",), confirmed=False)
    priced = replace(asked, listing=replace(asked.listing, currency=None))
    return {
        "compliant": quiet,
        "none": replace(quiet, cells=(replace(compliant, verdict=Verdict.none_found),)),
        "screened": replace(
            quiet,
            cells=(replace(compliant, verdict=Verdict.screened),),
            edition=EditionKind.provisional,
        ),
        "compared": replace(
            quiet, cells=(replace(compliant, platform="luar-seberang", verdict=Verdict.screened),)
        ),
        "goods": replace(
            quiet,
            policies=(
                replace(
                    rich.policies[2],
                    id="pakaian-bekas",
                    scope=PolicyScope.prohibited_goods,
                    prohibited=Prohibited.used_clothing,
                ),
                replace(
                    rich.policies[2],
                    id="nomor",
                    scope=PolicyScope.displayed_information,
                    goods_known=False,
                ),
                *rich.policies,
            ),
        ),
        "unmeasured": replace(quiet, cells=(compliant, unmeasured), trend=rich.trend),
        "waiting": replace(quiet, cells=(waiting,), listings=(priced,)),
        "confirmed before": replace(
            quiet,
            cells=(
                replace(
                    compliant,
                    verdict=Verdict.breaches_found,
                    reason=Note(code="confirmed_before"),
                    audited=0,
                    confirmed=2,
                    marked_sellers=2,
                    estimate=None,
                    low=None,
                    high=None,
                ),
            ),
        ),
        "elsewhere": replace(quiet, cells=(compliant, elsewhere)),
        "unjudged": replace(quiet, cells=(replace(waiting, confirmed=0),)),
        "one awaiting": replace(quiet, cells=(awaiting,)),
        "three awaiting": replace(quiet, cells=(replace(awaiting, confirmed=3),)),
        "tolerated": replace(
            quiet, cells=(replace(awaiting, verdict=Verdict.within_tolerance, confirmed=2),)
        ),
        "pointed": replace(quiet, cells=(replace(pointed, verdict=Verdict.none_found),)),
        "mixed": replace(
            rich,
            cells=(
                rich.cells[0],
                replace(waiting, platform="lapak-contoh", cluster=Cluster.crafts),
            ),
        ),
        "cleared": replace(rich, listings=()),
        "fresh": replace(
            rich,
            listings=tuple(
                replace(entry, confirmed=True, state=ListingState.new) for entry in rich.listings
            ),
        ),
        "observed": replace(
            quiet,
            cells=(replace(compliant, suspected=0, screened=0),),
            coverage=(replace(row, platform=compliant.platform),),
        ),
        "unruled": replace(quiet, cells=(), policies=()),
    }


def changed_weeks(rich: Findings) -> tuple[Findings, ...]:
    """Editions that a correction replaces, each with other things to say about them."""
    audit = replace(rich.audit, labels=1) if rich.audit else None
    row = replace(rich.coverage[0], sampled=0, empty=0)
    entry = rich.listings[0]
    gone = replace(entry, listing=replace(entry.listing, item_id="gone"))
    return (
        rich,
        replace(rich, cells=rich.cells[1:], listings=rich.listings[1:], audit=audit),
        replace(rich, listings=(*rich.listings, gone), policies=rich.policies[1:]),
        replace(rich, platforms=tuple(replace(p, reply=None) for p in rich.platforms)),
        replace(rich, coverage=(row, *rich.coverage[1:])),
    )


def grave_week(rich: Findings) -> Findings:
    """More platforms with confirmed breaches than a headline can name."""
    accused = replace(rich.cells[1], estimate=None, low=0.001, high=0.02)
    names = [f"lapak-{number}" for number in range(4)]
    first = rich.platforms[0]
    return replace(
        rich,
        platforms=tuple(replace(first, id=name, name=name.title()) for name in names),
        cells=tuple(replace(accused, platform=name) for name in names),
        listings=tuple(replace(entry, confirmed=True) for entry in rich.listings),
    )


OPEN_TABLES = (
    "number_kind",
    "cluster",
    "code",
    "cross_border",
    "kind",
    "scope",
    "state",
    "note",
    "note_value",
    "refusal",
    "signal",
    "signal_text",
    "indicator_hint",
    "indicator_name",
    "label",
)


def case_records(rich: Findings) -> list[CaseRecord]:
    """Cases in every state, with every mark, and with every reason why a picture is missing."""
    case = rich.cases[3]
    marks = [replace(case, mark=mark, is_proven=mark is not Mark.none) for mark in Mark]
    missing = ("no_chromium", "no_page", "no_record", "not_taken")
    shot = PageProof(picture="own_page-1.webp", is_screenshot=True)
    reopened = CaseEvent(kind=CaseEventKind.reopened, at=case.confirmed)
    asked = CaseEvent(kind=CaseEventKind.asked, at=case.confirmed)
    answers = (
        CaseEvent(kind=CaseEventKind.answered, at=case.confirmed, claim=claim)
        for claim in ReplyClaim
    )
    entered = replace(case, events=(asked, *answers, reopened))
    return [
        *map(case_record, (*rich.cases, *marks, entered)),
        *(case_record(case, result_page=PageProof(missing=why)) for why in missing),
        case_record(case, archive=None, own_page=shot),
    ]


SECOND_WAY = ForeignSellers(
    platform="lapak-contoh",
    clusters=(Cluster.textile_fashion,),
    planned=9,
    answered=9,
    by_list=20,
    by_category=15,
    both=10,
)
SECOND_WAY_REASONS = {
    "second_way_pages": {"answered": "3", "planned": "9"},
    "second_way_list_pages": {"answered": "3", "planned": "9"},
    "second_way_no_mark": {},
    "second_way_no_seller": {"nameless": "3", "positions": "9"},
    "second_way_few": {"both": "3", "floor": "7"},
}
FOREIGN_SELLERS = (
    replace(SECOND_WAY, estimate=29.5, low=26, high=38),
    ForeignSellers(platform="lapak-contoh", reason=Note(code="second_way_unlisted")),
    *(
        replace(SECOND_WAY, reason=Note(code=code, values=values))
        for code, values in SECOND_WAY_REASONS.items()
    ),
)
"""What two ways of looking tell, for each reason why they tell nothing, and where they do."""


def write_drafts(rich: Findings, folder: Path) -> None:
    """Letters that must not be sent, for either reason."""
    for reason in ("asked", "unreleased"):
        terms = LetterTerms(
            cases=(), draft=f"case.draft_{reason}", contact="x@y.id", released_by="Budi"
        )
        write_letter(rich, "lapak-contoh", folder, terms=terms)


def ask_replies(rich: Findings) -> None:
    """Packets of every kind: sent and a draft, with and without cases and somebody to write to."""
    day = date(2026, 12, 1)
    rich = with_used_clothing(rich)
    unmarked = tuple(replace(case, is_proven=False) for case in rich.cases)
    for findings, asked_on, contact in (
        (replace(rich, cases=(*rich.cases, *unmarked)), day, "x@y.id"),
        (replace(rich, cases=()), None, None),
    ):
        page = reply_request(
            findings,
            "lapak-contoh",
            "id",
            addressee=None,
            asked_on=asked_on,
            answer_by=day,
            contact=contact,
        )
        assert ("KONSEP" in page) is (asked_on is None)


def index_releases(folder: Path) -> None:
    """The index of weekly releases: without one, and with releases of both kinds of tables."""
    folder.mkdir()
    first = WeeklyRelease(
        name="2026-W46",
        week="2026-W46",
        tier="public",
        version="0.1.0",
        origin=Origin.live,
        created=datetime(2026, 11, 23, tzinfo=UTC),
        first_day=date(2026, 11, 9),
        last_day=date(2026, 11, 15),
        path="2026-W46/datapackage.json",
        sha256="0" * 64,
        rows={"units": 24},
        changes={},
        replaced_by="2026-W46-2",
    )
    again = replace(
        first,
        name="2026-W46-2",
        tier="restricted",
        against="2026-W46",
        delta="2026-W46-2/delta/datapackage.json",
        changes={"units": TableDelta(added=2, changed=1), "cases": TableDelta()},
        replaced_by=None,
    )
    write_releases_page(folder, ())
    write_releases_page(folder, (again, first))


def write_letters(findings: Findings, folder: Path) -> None:
    """A letter to each platform that gets one."""
    for platform in summarise(findings).platforms:
        if platform.conclusion not in UNADDRESSED:
            write_letter(findings, platform.finding.id, folder)


def workbook_of_some(messages: EditionMessages, lists: ListingLists, path: Path) -> None:
    """Half of the time is for workbooks, which say the same of most weeks: writes a few."""
    if path.parent.name in {"rich", "provisional", "used clothing", "inspected", "accuracy"}:
        write_workbook(messages, lists, path)


def test_no_sentence_is_in_vain(
    weeks: dict[str, Findings], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Renders everything and holds what was said against the catalogue."""
    used: set[str] = set()
    plain = Messages.__call__

    def listen(self: Messages, key: str, /, **values: object) -> str:
        used.add(key)
        return plain(self, key, **values)

    monkeypatch.setattr(Messages, "__call__", listen)
    monkeypatch.setattr("reports.workbook.MAX_ROWS", 30)
    monkeypatch.setattr("reports.workbook.write_workbook", workbook_of_some)
    monkeypatch.setattr("reports.listings.PART_SIZE", 20)
    monkeypatch.setattr("reports.page.RANKED", 2)
    monkeypatch.setattr("reports.platform_pages.OPEN_SHOWN", 1)
    media = tmp_path / "media"
    media.mkdir()
    for picture in ("900003.jpg", "900003-full.png", "900000.jpg", "900000-full.png"):
        (media / picture).write_bytes(b"picture")
    special = calm_weeks(weeks["rich"]) | {"grave": grave_week(weeks["rich"])}
    special["quarter"] = quarter_week()
    special["quarter not over"] = running_quarter()
    special["an undated promise"] = with_waiting(weeks["rich"])
    special["checked"] = with_checked(weeks["rich"])
    one_unreadable = tuple(replace(row, unreadable=1) for row in weeks["rich"].coverage)
    special["unreadable"] = replace(weeks["rich"], coverage=one_unreadable)
    special["three checked"] = with_checked(special["three awaiting"])
    special["unmarked"] = without_marks(weeks["rich"], 3)
    special["three unmarked"] = without_marks(special["three checked"], 9)
    special["reference"] = full_reference(weeks["rich"])
    refused = replace(weeks["rich"].cells[0], high_with_refused=0.2)
    special["refused"] = replace(weeks["rich"], cells=(refused, *weeks["rich"].cells[1:]))
    special["few controls"] = replace(weeks["rich"], annotator_errors=FEW_CONTROLS)
    special["no controls"] = replace(weeks["rich"], annotator_errors=None)
    placeless = replace(weeks["rich"].listings[0].listing, ship_from=None)
    no_place = replace(weeks["rich"].listings[0], listing=placeless)
    protocols = season_protocols().items()
    special |= {name: replace(weeks["rich"], protocol=protocol) for name, protocol in protocols}
    special["accuracy"] = with_accuracy(weeks["rich"])
    special["no accuracy"] = replace(weeks["rich"], accuracy=())
    special["two ways"] = replace(weeks["rich"], foreign_sellers=FOREIGN_SELLERS)
    special |= {f"replied {n}": with_replies(weeks["rich"], n) for n in (0, 2)}
    special["no place"] = replace(weeks["rich"], listings=(no_place,))
    special["inspected"] = inspected_week()
    special["used clothing"] = with_used_clothing(weeks["rich"])
    bare_case = replace(weeks["rich"].cases[0], is_proven=False)
    special["a case without a mark"] = replace(weeks["rich"], cases=(bare_case,))
    calm = tuple(replace(c, platform="lapak-contoh") for c in special["compliant"].cells)
    special["judges of goods"] = replace(special["no controls"], used_clothing_errors=FEW_CONTROLS)
    measured = {"used_clothing_errors": MEASURED_ERRORS}
    special["measured of goods"] = replace(with_used_clothing(weeks["rich"]), **measured)
    special["used clothing alone"] = with_used_clothing(replace(special["compliant"], cells=calm))
    special["used clothing again"] = with_used_clothing(without_marks(weeks["rich"], 3))
    special["refusing"] = refusing_week("Direktur, ND-7, 2026-11-02")
    uncited = before_pages_were_cited(weeks["rich"])
    bare = replace(weeks["rich"].cases[0], own_page_sha256=None, own_page_observed=None)
    special["untold"] = replace(weeks["corrected"], replaces=None)
    special["uncited"] = replace(uncited, cases=(bare,))
    for screened in (0, 1, None):
        unforbidden = unforbidden_weeks(weeks["rich"], screened)
        special |= {f"{name} {screened}": week for name, week in unforbidden.items()}
    for name, findings in (weeks | special).items():
        write_edition(
            findings,
            tmp_path / "all" / name,
            media=media,
            cases="../../cases",
            replaced="../final/index.html",
            imprint=IMPRINT,
        )
        if name in weeks:
            write_edition(findings, tmp_path / "all" / f"{name}-public", public=True)
        write_letters(findings, tmp_path / "letters")
    unasked = replace(IMPRINT, asked=())
    write_edition(weeks["rich"], tmp_path / "all" / "unasked", imprint=unasked)
    write_drafts(weeks["rich"], tmp_path / "letters")
    ask_replies(weeks["rich"])
    index_releases(tmp_path / "releases")
    write_protocols(tmp_path / "protocols")
    write_pilots(tmp_path / "pilots")
    used_week = special["used clothing"]
    used_records = map(case_record, used_week.of(Question.used_clothing).cases)
    for record in (*case_records(weeks["rich"]), *used_records):
        write_case(used_week, record, tmp_path)
    (tmp_path / "all" / "broken").mkdir()
    (tmp_path / "all" / "broken" / "findings.json").write_text("{")
    for before in changed_weeks(weeks["rich"]):
        assert corrections(before, weeks["rich"])
    write_index(tmp_path / "all")
    standing = replace(weeks["rich"], cases=weeks["rich"].cases[:1])
    for name, findings in {"standing": standing, "screened": weeks["provisional"]}.items():
        write_edition(findings, tmp_path / name / "2026-W47")
        write_index(tmp_path / name)
    write_edition(with_accuracy(used_week), tmp_path / "full" / "2026-W47")
    write_index(tmp_path / "full")
    write_index(tmp_path / "none")
    unused = {key for key in catalogue("id").keys() - used if key.split(".")[0] not in OPEN_TABLES}
    unused -= {
        "downloads.pdf",
        "downloads.press_pdf",
        "downloads.press_card",
    }  # used where a Chromium is found
    assert not unused, " ".join(sorted(unused))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_value_of_the_vocabulary_has_a_word(lang: str) -> None:
    messages = Messages(lang)
    tables: dict[str, Iterable[str]] = {
        "cluster": Cluster,
        "number_kind": NumberKind,
        # No table of a page has rows of the second way.
        "stratum": set(Stratum) - {Stratum.second_way},
        "state": UnitState,
        "edition": EditionKind,
        "kind": PolicyKind,
        "scope": PolicyScope,
        "verification": Verification,
        "listing_state": ListingState,
        "cross_border": CrossBorder,
        "verdict_means": Verdict,
    }
    for table, kind in tables.items():
        assert all(f"{table}.{member}" in messages for member in kind), table
    assert all(f"section.{name}" in messages for name in SECTIONS)


def test_numbers_dates_and_money_follow_the_language() -> None:
    indonesian, english = Messages("id"), Messages("en")
    assert indonesian.number(1210) == "1.210"
    assert english.number(1210) == "1,210"
    assert indonesian.share(0.0423) == "4,2%"
    assert english.interval(0.0104, 0.081) == "1.04%–8.1%"
    assert indonesian.money(Decimal(26350), "IDR") == "Rp\xa026.350"
    assert english.money(Money(amount=Decimal("1.5"), currency="USD")) == "US$1.50"
    assert indonesian.share(0.05, 2) == "5,00%"
    assert indonesian.enumeration(["a", "b"]) == "a dan b"
    assert indonesian.enumeration(["a", "b", "c"]) == "a, b, dan c"
    assert indonesian.week("2026-W47") == "16–22 Nov 2026"
    assert indonesian.day(date(2026, 11, 16)) == "16 November 2026"


def test_times_are_shown_in_wib() -> None:
    assert Messages("id").moment(datetime(2026, 11, 22, 18, 30, tzinfo=UTC)) == (
        "23 November 2026, 01.30 WIB"
    )
    assert Messages("en").day(datetime(2026, 11, 22, 18, tzinfo=UTC)) == "23 November 2026"


def test_unknown_stays_unknown() -> None:
    messages = Messages("id")
    assert (
        messages.share(None) == messages.interval(0.1, None) == messages.money(None, "IDR") == "–"
    )
    assert messages.money(Decimal(5), None) == "5 (mata uang tidak diketahui)"


def test_plural_follows_the_number() -> None:
    messages = Messages("en")
    assert messages("answer.confirmed", n=1) == "1 confirmed breach"
    assert messages("answer.confirmed", n=2) == "2 confirmed breaches"


def test_a_note_without_words_shows_its_code_and_values() -> None:
    messages = Messages("id")
    assert messages.note(Note(code="new_thing", values={"a": "1"})) == "new_thing (a: 1)"
    assert messages.note(Note(code="low_response")) == "low_response"
    stratum = Note(
        code="low_response", values={"coverage": "9%", "floor": "60%", "stratum": "head"}
    )
    assert messages.note(stratum) == "Hanya 9% halaman teramati; sedikitnya 60% diperlukan."


def test_another_language_is_refused() -> None:
    with pytest.raises(ReportError, match="written in id or en"):
        Messages("jv")


@given(st.floats(0, 1))
def test_a_share_never_reads_as_more_than_a_tenth_of_a_point_off(share: float) -> None:
    shown = float(Messages("en").share(share).rstrip("%")) / 100
    assert abs(shown - share) <= 0.000500001


@given(st.floats(0, 0.0199))
def test_a_small_share_is_shown_to_a_hundredth_of_a_point(share: float) -> None:
    shown = float(Messages("en").share(share).rstrip("%")) / 100
    assert abs(shown - share) <= 0.0000500001


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_kind_of_a_signal_claims_nothing_by_itself(lang: str) -> None:
    """The same kind speaks for domestic listings too: ``ship_from: Kab. Bogor (ID)``."""
    messages = Messages(lang)
    for kind in ("ship_from", "ship_from_country", "location", "seller_name", "title"):
        sentence = messages(f"signal.{kind}").lower()
        assert "luar negeri" not in sentence
        assert "abroad" not in sentence


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_is_not_measured_of_people_is_said_so(rich: Findings, lang: str) -> None:
    def lines(errors: AnnotatorErrors | None) -> str:
        week = replace(rich, annotator_errors=errors)
        return "\n".join(EditionMessages(week, lang).annotator_error_lines())

    assert lines(None) == Messages(lang)("method.controls_none")
    text = lines(FEW_CONTROLS)
    assert text.count(Messages(lang)("method.error_rate_none")) >= 2
    assert Messages(lang)("method.false_confirmations_none") in text
    figures = {"en": ("0.36", "1.2", "17.5"), "id": ("0,36", "1,2", "17,5")}[lang]
    assert all(figure in lines(MEASURED_ERRORS) for figure in figures)
    assert Messages(lang)("method.false_confirmations_none") not in lines(MEASURED_ERRORS)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_errors_about_used_clothing_are_told_apart_where_it_is_watched(
    rich: Findings, lang: str
) -> None:
    messages, used = Messages(lang), with_used_clothing(rich)
    of_sellers = EditionMessages(rich, lang).annotator_error_lines()
    unmeasured = EditionMessages(used, lang).annotator_error_lines()
    assert unmeasured == [*of_sellers, messages("method.controls_none_used")]
    measured = replace(used, used_clothing_errors=MEASURED_ERRORS)
    lines = EditionMessages(measured, lang).annotator_error_lines()
    assert lines[: len(of_sellers)] == of_sellers
    assert len(lines) == 2 * len(of_sellers)
    assert not {*lines[len(of_sellers) :]} & {of_sellers[0], *of_sellers[-1:]}
