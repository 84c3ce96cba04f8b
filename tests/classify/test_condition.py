"""Condition and imported used clothing: the field, words and their traps, and measured titles."""

from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from monitor.classify.classifier import Classifier
from monitor.classify.condition import condition_phrases
from monitor.model import Classification, Condition, Listing, Prohibited

HERE = Path(__file__).parent
USED_CLOTHING = "used_clothing"


@cache
def classifier() -> Classifier:
    return Classifier.load()


def classify(title: str, **fields: Any) -> Classification:
    return classifier().classify(Listing(platform="tokopedia", item_id="1", title=title, **fields))


def signals(title: str, **fields: Any) -> dict[str, str]:
    return {signal.kind: signal.text for signal in classify(title, **fields).signals}


def outcomes(file: str) -> Counter[tuple[str, str]]:
    """How many titles of a file (label, tab, title) of each label were decided how."""
    lines = (HERE / file).read_text(encoding="utf-8").splitlines()
    labels, titles = zip(*(line.split("\t") for line in lines), strict=True)
    listings = [Listing(platform="tokopedia", item_id="1", title=title) for title in titles]
    decisions = classifier().classify_many(listings)
    return Counter(
        (label, decision.prohibited.value if decision.prohibited else "none")
        for label, decision in zip(labels, decisions, strict=True)
    )


@pytest.mark.parametrize(
    ("file", "titles"), [("used_clothing.tsv", 309), ("used_clothing_fresh.tsv", 70)]
)
def test_candidates_are_precise_and_most_are_met(file: str, titles: int) -> None:
    counts = outcomes(file)
    assert sum(counts.values()) == titles
    traps = sum(count for (label, _), count in counts.items() if label == "none")
    assert traps >= titles * 0.5
    hits = counts[USED_CLOTHING, USED_CLOTHING]
    called = sum(count for (_, decided), count in counts.items() if decided == USED_CLOTHING)
    labelled = sum(count for (label, _), count in counts.items() if label == USED_CLOTHING)
    assert hits / called >= 0.95
    assert hits / labelled >= 0.8
    # A used garment without a sign of import is never more than suspected.
    assert counts["suspected_used_clothing", USED_CLOTHING] == 0


@pytest.mark.parametrize(
    "title",
    [
        "Second Floor hoodie import",
        "Kaos detik second jam import",
        "Gantungan baju thrift import",
        "Kantong bekas baju import",
        "Baju boneka bekas import",
        "karung bal press baju",
        "Kaos tulisan THRIFT IS NOT A CRIME import",
        "Karung goni bekas",
        "Hoodie 2nd edition import",
        "Kaos kaki isi 3 bks import",
    ],
)
def test_traps_that_a_reader_found_are_nothing(title: str) -> None:
    assert classify(title).prohibited is None


@pytest.mark.parametrize(
    "title",
    [
        "kemeja 2nd import",
        "2nd hand kemeja eks singapura",
        "jaket bks import",
        "kemeja bekas eks luar negeri",
    ],
)
def test_spellings_that_a_reader_found_are_candidates(title: str) -> None:
    assert classify(title).prohibited is Prohibited.used_clothing


@pytest.mark.parametrize(
    ("field", "title", "condition", "prohibited"),
    [
        (Condition.used, "Kemeja flanel", Condition.used, Prohibited.suspected_used_clothing),
        (Condition.used, "Kemeja flanel import", Condition.used, Prohibited.used_clothing),
        (Condition.new, "Kemeja flanel import", Condition.new, None),
        (Condition.new, "Ballpress kemeja", Condition.unknown, Prohibited.suspected_used_clothing),
        (Condition.used, "Kemeja baru import", Condition.unknown, "suspected_used_clothing"),
        (None, "Kemeja flanel import", Condition.unknown, None),
        (Condition.used, "Laptop import", Condition.used, None),
        (Condition.used, "Sepatu import", Condition.used, None),
        (Condition.used, " ", Condition.used, None),
    ],
)
def test_the_field_speaks_first_and_a_contradiction_settles_nothing(
    field: Condition | None, title: str, condition: Condition, prohibited: Prohibited | None
) -> None:
    decided = classify(title, condition=field)
    assert (decided.condition, decided.prohibited) == (condition, prohibited)


def test_used_goods_from_abroad_or_with_the_flag_are_imported() -> None:
    title = "Kemeja thrift wanita"
    assert classify(title).prohibited is Prohibited.suspected_used_clothing
    for fields in ({"cross_border_flag": True}, {"ship_from": "Jepang"}, {"imported_flag": True}):
        decided = classify(title, **fields)
        assert decided.prohibited is Prohibited.used_clothing
    # The platform's flag says more than a word of the title.
    local = classify("Kemeja thrift import", imported_flag=False)
    assert local.prohibited is Prohibited.suspected_used_clothing


def test_the_reasons_are_told() -> None:
    assert signals("Kemeja bekas import", condition=Condition.used) | {
        "condition_field": "used",
        "used_words": "bekas",
        "used_import": "import",
    } == signals("Kemeja bekas import", condition=Condition.used)
    assert signals("Ballpress kaos")["bale_words"] == "ballpress"
    assert signals("Kaos baru bukan bekas")["new_words"] == "baru, bukan bekas"
    assert not signals("Krim bekas luka").keys() & {"used_words", "bale_words", "used_import"}


def test_where_the_cluster_is_unknown_there_is_a_suspicion_at_most() -> None:
    decided = classify("ballpress import")
    assert decided.cluster == "unknown"
    assert decided.prohibited is Prohibited.suspected_used_clothing


def test_a_hint_never_makes_a_condition() -> None:
    assert classify("Jaket rare item").prohibited is None
    hinted = classify("Jaket rare item import")
    assert hinted.condition is Condition.unknown
    assert hinted.prohibited is Prohibited.suspected_used_clothing


def test_no_phrase_is_listed_twice_or_unreadable() -> None:
    phrases = [said.phrase for said in condition_phrases()]
    text = (HERE.parents[1] / "monitor/classify/data/condition.toml").read_text(encoding="utf-8")
    assert [phrase for phrase in phrases if text.count(f'"{phrase}"') > 1] == []
    assert [phrase for phrase in phrases if phrase != " ".join(phrase.lower().split())] == []
