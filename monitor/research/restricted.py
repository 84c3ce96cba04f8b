"""Rows of the restricted tier: what the estimates are computed from, under pseudonyms.

Ids of offers, sellers, cases and annotators are pseudonyms under the release's key. Titles are
shown without the shop's own name; addresses, pictures, notes and evidence are left out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal

from monitor.classify.locations import country_of, locate, province_of
from monitor.config import JAKARTA
from monitor.findings.inputs import EditionInputs
from monitor.labels import resolve
from monitor.model import (
    Case,
    Label,
    Listing,
    ListingKey,
    Money,
    Observation,
    Question,
    VersionKey,
    stratum_of,
)
from monitor.model.shop_names import letters, names_a_shop, without_names
from monitor.registry import INDONESIA, HomeCountry, price_in
from monitor.registry.values import Rate
from monitor.research.key import ReleaseKey
from monitor.research.shared import Row
from monitor.store import Store


class Pseudonyms:
    """The pseudonyms that rows of a release share."""

    def __init__(self, key: ReleaseKey) -> None:
        self.key = key

    def offer(self, listing: ListingKey) -> str | None:
        """Of an offer."""
        return self.key.pseudonym("offer", *listing)

    def version(self, version: VersionKey) -> dict[str, str | None]:
        """The columns that name a content of an offer."""
        return {
            "platform": version.platform,
            "offer": self.offer(ListingKey(version.platform, version.item_id)),
            "version": self.key.pseudonym("version", *version),
        }

    def seller(self, platform: str, seller_id: str | None, name: str | None) -> Row:
        """``seller_key`` and its kind: by the platform's id, else by the name, else null."""
        if seller_id:
            return {"seller_key": self.key.pseudonym("seller", platform, seller_id),
                    "seller_key_kind": "id"}  # fmt: skip
        named = self.key.pseudonym("seller name", platform, name)
        return {"seller_key": named, "seller_key_kind": "name" if named else None}


def offer_rows(
    inputs: EditionInputs,
    pseudonyms: Pseudonyms,
    rates: Iterable[Rate],
    written: set[VersionKey],
    home: HomeCountry = INDONESIA,
) -> Iterator[Row]:
    """A row for each content of an offer in a week that is not ``written`` yet, and then is."""
    rates = tuple(rates)
    names = shop_names(inputs)
    every_shop = {letters(name) for of_offer in names.values() for name in of_offer}
    for screened in inputs.judged.screened:
        observation = screened.observation
        if observation.key in written:
            continue
        written.add(observation.key)
        listing = observation.listing
        shops = names[listing.key] | names.get(_seller(listing), set())
        seen = observation.observed_at
        day = seen.astimezone(JAKARTA).date() if seen else None
        brand = listing.brand
        yield {
            **pseudonyms.version(observation.key),
            "title": without_names(listing.title, shops),
            "price": listing.price,
            "currency": listing.currency,
            "price_idr": _converted(listing, "IDR", day, rates),
            "price_usd": _converted(listing, "USD", day, rates),
            "rate_day": day,
            **pseudonyms.seller(listing.platform, listing.seller_id, listing.seller_name),
            "official_store": listing.official_store,
            **origin(listing, home),
            "cross_border_flag": listing.cross_border_flag,
            "imported_flag": listing.imported_flag,
            "platform_category": listing.category_path and without_names(
                listing.category_path, shops),
            "brand": None
            if brand is None or letters(brand) in every_shop or names_a_shop(brand, shops)
            else brand,
            "first_week": observation.first_seen,
        }  # fmt: skip


def _seller(listing: Listing) -> ListingKey:
    """A key of its seller, among those of offers; a blank tells it from the key of an offer."""
    return ListingKey(listing.platform, f" {listing.seller_id}")


def shop_names(inputs: EditionInputs) -> dict[ListingKey, set[str]]:
    """The names of shops that a week's pages show, by offer and by seller."""
    names: dict[ListingKey, set[str]] = defaultdict(set)
    pages = [screened.observation.listing for screened in inputs.judged.screened]
    for visits in inputs.gathered.kept_visits.values():
        pages += [visit.listing for visit in visits if visit.listing]
    for listing in pages:
        if listing.seller_name:
            names[listing.key].add(listing.seller_name)
            if listing.seller_id:
                names[_seller(listing)].add(listing.seller_name)
    return names


def origin(listing: Listing, home: HomeCountry = INDONESIA) -> Row:
    """Country and province that a listing ships from, as the classifier reads its words.

    Both are None where no known place is named; a province only where the place lies in one alone.
    """
    place = locate(listing.ship_from, home) if listing.ship_from else None
    country = place.country if place else None
    if country is None and listing.ship_from_country:
        country = country_of(listing.ship_from_country, home)
    is_indonesian = home == INDONESIA and listing.ship_from is not None
    province = province_of(listing.ship_from or "") if is_indonesian else None
    return {"origin_country": country, "origin_province": province}


def _converted(
    listing: Listing, currency: str, day: date | None, rates: tuple[Rate, ...]
) -> Decimal | None:
    if listing.price is None or listing.currency is None:
        return None
    price = Money(amount=listing.price, currency=listing.currency)
    if listing.currency == currency:
        return listing.price
    return price_in(currency, price, day, rates) if day else None


def decision_rows(
    inputs: EditionInputs, pseudonyms: Pseudonyms, written: set[tuple[VersionKey, str]]
) -> Iterator[Row]:
    """A row for each content and classifier of a week that is not ``written`` yet, and then is."""
    for screened in inputs.judged.screened:
        observation, decision = screened.observation, screened.observation.classification
        if decision is None or (observation.key, decision.classifier) in written:
            continue
        written.add((observation.key, decision.classifier))
        yield {
            **pseudonyms.version(observation.key),
            "listing_cluster": decision.cluster,
            "signals": " ".join(sorted({signal.kind for signal in decision.signals})) or None,
            **{name: getattr(decision, name) for name in (
                "classifier", "cluster_score", "category", "cross_border", "cross_border_score",
                "imported_goods")},
        }  # fmt: skip


def position_rows(inputs: EditionInputs, pseudonyms: Pseudonyms) -> Iterator[Row]:
    """A row for each position of a week's screen, in the order that the estimator gets them."""
    for screened in inputs.judged.screened:
        observation = screened.observation
        listing, decision = observation.listing, observation.classification
        key, platform = pseudonyms.key, listing.platform
        seller_id, seller_name = screened.seller("seller_id"), screened.seller("seller_name")
        yield {
            "position": observation.id,
            "unit": observation.unit_id,
            **pseudonyms.version(observation.key),
            "classifier": decision.classifier if decision else None,
            "screen": stratum_of(observation),
            **{name: getattr(listing, name) for name in ("rank", "sponsored", "sold", "rating")},
            "observed_at": observation.observed_at,
            "checked": screened.checked,
            "marked": screened.is_marked,
            "third_look": screened.third_look,
            "seller_id_key": key.pseudonym("seller", platform, seller_id),
            "seller_name_key": key.pseudonym("seller name", platform, seller_name),
        }


def breach_rows(inputs: EditionInputs) -> Iterator[Row]:
    """A row for each position and policy of which anything is true."""
    shown: dict[tuple[object, ...], list[Observation]] = defaultdict(list)
    for screened in inputs.judged.screened:
        at = screened.observation
        shown[at.listing.platform, at.cluster].append(at)
    for cell in inputs.cells:
        observations = shown[cell.platform, cell.cluster]
        for observation, position in zip(observations, cell.positions, strict=True):
            flags = {name: getattr(position, name) for name in ("breach", "suspected", "confirmed")}
            if any(flags.values()):
                yield {"position": observation.id, "policy": cell.policy} | flags


def sample_rows(
    store: Store, weeks: Iterable[str], newest: EditionInputs, pseudonyms: Pseudonyms | None,
    labelled: dict[tuple[str, int], Row],
) -> Iterator[Row]:  # fmt: skip
    """A row for each listing drawn in ``weeks``; ``labelled`` adds what is known of some.

    Their answers are those as of the ``newest`` edition. Without ``pseudonyms`` nothing names them.
    """
    resolved = resolve(newest.gathered.labels)
    for week in weeks:
        if (sample := store.audit_samples.of_week(week)) is None:
            continue
        for order, item in enumerate(sample.items):
            label = resolved.get(item.label_key)
            of_label = labelled.get((week, item.observation_id), {})
            yield {
                "week": week,
                "order": order,
                **(pseudonyms.version(item.key) if pseudonyms else {"platform": item.platform}),
                "cluster": item.cluster,
                "screen": item.stratum,
                "probability": item.probability,
                "answer": label.answer if label else None,
                "answered_by": len(label.answered_by) if label else 0,
                "positions": None, "entry": None, "classifier": None,
            } | of_label  # fmt: skip


def labelled_items(inputs: EditionInputs) -> dict[tuple[str, int], Row]:
    """What the estimator is told of a labelled listing, by week and observation."""
    return {
        (labelled.audited.week, labelled.observation.id): {
            "positions": labelled.audited.positions,
            "entry": labelled.audited.entry_id,
            "classifier": labelled.audited.classifier,
        }
        for labelled in inputs.gathered.labelled
    }


def outcome_rows(
    edition: str, inputs: EditionInputs, orders: dict[tuple[str, int], int]
) -> Iterator[Row]:
    """A row for each policy and labelled listing, in the order that the estimator gets them.

    ``orders`` is the order in its draw of each sampled observation of a week.
    """
    seen = set()
    for cell in inputs.cells:
        if (cell.platform, cell.policy) in seen:
            continue
        seen.add((cell.platform, cell.policy))
        of_platform = (
            labelled
            for labelled in inputs.gathered.labelled
            if labelled.observation.key.platform == cell.platform
            and labelled.observation.question is cell.cluster.question
            and labelled.audited.week <= cell.week
        )
        for labelled, audited in zip(of_platform, cell.audited, strict=True):
            yield {
                "edition": edition,
                "policy": cell.policy,
                "sample_week": audited.week,
                "order": orders[audited.week, labelled.observation.id],
                "outcome": audited.outcome,
                "foreign": audited.foreign,
                "lacks_commodity": audited.lacks_commodity,
                "rescreened": audited.rescreened,
                "rescreened_by": audited.rescreened_by or None,
            }


def label_rows(
    labels: Iterable[Label], weeks: frozenset[str], pseudonyms: Pseudonyms
) -> Iterator[Row]:
    """A row for each judgement that the audits of ``weeks`` asked for."""
    asked = sorted((label for label in labels if label.week in weeks), key=lambda label: label.at)
    for number, label in enumerate(asked, 1):
        yield {
            "label": number,
            "week": label.week,
            **pseudonyms.version(label.version_key),
            "annotator": pseudonyms.key.pseudonym("annotator", label.annotator),
            "kind": label.kind,
            "judged_on": label.at.astimezone(JAKARTA).date(),
            "question": label.question,
            "answer": label.answer,
            "foreign_seller": label.answer if label.question is Question.cross_border else None,
            "cluster": label.cluster,
            "category": label.category,
            "mark": label.mark,
        }


def case_event_rows(cases: Iterable[Case], pseudonyms: Pseudonyms) -> Iterator[Row]:
    """A row for each event of each case."""
    for case in cases:
        for number, event in enumerate(case.events, 1):
            yield {
                "case": _case_pseudonym(case, pseudonyms),
                "number": number,
                "event": event.kind,
                "at": event.at,
            }


def _case_pseudonym(case: Case, pseudonyms: Pseudonyms) -> str | None:
    """The pseudonym of a case; of a foreign seller's as before there was another question."""
    is_used = case.question is Question.used_clothing
    names = case.key if is_used else case.listing_key
    return pseudonyms.key.pseudonym("case", *names)


def case_identity(case: Case, pseudonyms: Pseudonyms) -> Row:
    """The columns of a case that only this tier has."""
    return {
        "case": _case_pseudonym(case, pseudonyms),
        "offer": pseudonyms.offer(case.listing_key),
        "judged_by": case.judged_by,
    }
