"""The tables of both tiers, and those that the public tier has in the place of others."""

from __future__ import annotations

from monitor.model import (
    Answer,
    CaseEventKind,
    CaseState,
    Cluster,
    CollectedBy,
    CrossBorder,
    EditionKind,
    EntryKind,
    LabelKind,
    Mark,
    Mode,
    Origin,
    PolicyKind,
    PolicyScope,
    Question,
    ScreenStratum,
    Stratum,
    UnitState,
    Verdict,
    Verification,
)
from monitor.research.schema import Table, code, count, day, flag, number, share, text, time, week

ORIGIN = code("origin", "where the data came from", Origin, required=True)
"""The last column of every table: what is simulated says so in each of its rows."""
_PLATFORM = text("platform", "id of the platform", required=True)
_CLUSTER = code("cluster", "product group that the entry looks for", Cluster, required=True)
_POLICY = text("policy", "id of the policy", required=True)
_EDITION = text("edition", "id of the edition: week/kind, from the second on week/kind-2",
                required=True)  # fmt: skip
_OFFER = text("offer", "pseudonym of the offer, the same in all weeks", required=True)
_VERSION = text("version", "pseudonym of a content of the offer", required=True)
_STRATUM = code("screen", "stratum of the frozen screen", ScreenStratum, required=True)
_CELL = (_EDITION, _PLATFORM, _CLUSTER, _POLICY)
_CELL_KEY = ("edition", "platform", "cluster", "policy")

EDITIONS = Table(
    name="editions",
    meaning="All editions of the weeks, each frozen as it was",
    fields=(
        _EDITION,
        week("week", "week it is about", required=True),
        code("kind", "provisional, final or corrected", EditionKind, required=True),
        time("as_of", "state of the data it shows", required=True),
        flag("is_newest", "the newest of its week, whose inputs stand here", required=True),
        flag("was_released", "a person released it", required=True),
        text("sha256", "SHA-256 of its findings, hex", required=True, pattern="[0-9a-f]{64}"),
        text("software", "version of Pantau", required=True),
        text("parser", "version of the parser", required=True),
        text("classifier", "version of the classifier", required=True),
        text("frame", "version of the frame", required=True),
        text("registry", "version of the registry", required=True),
        text("seed", "seed of the draws"),
    ),
    key=("edition",),
)
ESTIMATES = Table(
    name="estimates",
    meaning="Estimates and verdicts of all editions: platform, product group and policy",
    fields=(
        *_CELL,
        flag("is_primary", "carries the verdict of its platform and group", required=True),
        count("planned", "units planned", required=True),
        count("sampled", "units that answered", required=True),
        count("places", "positions observed", required=True),
        count("flagged", "positions screened as breaches of the policy", required=True),
        count("suspected", "positions suspected on weak signals", required=True),
        count("audited", "listings labelled", required=True),
        count("confirmed", "offers confirmed by people", required=True),
        share("coverage", "share of planned units that answered"),
        share("estimate", "share of positions that breach"),
        share("low", "lower limit of its 95 % interval"),
        share("high", "upper limit of its 95 % interval"),
        share("tolerance", "share that is tolerated", required=True),
        code("verdict", "the word the cell gets", Verdict, required=True),
        text("reason", "code of the remark beside the verdict"),
        share("unclear_as_no", "the estimate with cannot tell read as no"),
        share("unclear_as_yes", "the estimate with cannot tell read as yes"),
        count("screened", "positions screened as foreign or suspected, whatever the policy"),
        count("flagged_offers", "different offers behind the flagged positions"),
        count("checked", "flagged or confirmed offers that two people answered"),
        count("marked_offers", "confirmed offers that bear the platform's mark"),
        count("marked_sellers", "different sellers of these"),
        count("third_looks", "those whose mark a third person read, too"),
        share("judged_low", "lower limit by which an accusation is judged"),
        share("level", "two-sided level of that limit"),
        share("high_with_refused", "upper limit if all on refused pages breached"),
    ),
    key=_CELL_KEY,
    foreign={("edition",): "editions"},
)
CELLS = Table(
    name="cells",
    meaning="What the verdict of a cell is held to, beside its numbers; newest editions",
    fields=(
        *_CELL,
        flag("may_accuse", "the policy may be held against the platform", required=True),
        flag("throughout", "the policy was in force all week", required=True),
        day("changed_on", "when another version of the policy took over in the week"),
        text("obstacle", "code of why the policy cannot be measured here at all"),
        text("classifier", "version of the classifier that counts without a draw", required=True),
    ),
    key=_CELL_KEY,
    foreign={_CELL_KEY: "estimates"},
)
UNITS = Table(
    name="units",
    meaning="Each planned result page, and what became of it as the newest edition counted it",
    fields=(
        text("unit", "week/platform/entry/page", required=True),
        week("week", "week of the plan", required=True),
        _PLATFORM,
        _CLUSTER,
        code("stratum", "head, tail or synonym", Stratum, required=True),
        text("entry", "id of the entry", required=True),
        flag("entry_core", "looked at every week, not drawn anew", required=True),
        code("kind", "keyword, category or feed", EntryKind, required=True),
        text("query", "what was searched or opened", required=True, is_free_text=True),
        count("page", "result page, from 1", required=True),
        count("order", "place in the permuted order of the week", required=True),
        share("probability", "inclusion probability of the entry", required=True),
        number("weight", "weight of the entry in the frame", required=True),
        code("collection", "who is asked for it", CollectedBy, required=True),
        share("inspector_probability", "probability with which inspectors are asked"),
        code("state", "what became of it; only sampled and empty speak", UnitState, required=True),
        code("mode", "who brought that", Mode),
        text("reason", "why it is in that state"),
        count("places", "positions read", required=True),
        count("unreadable", "positions that could not be read", required=True),
        flag("refused_crawler", "an inspector met it, the crawler was refused it", required=True),
        count("total_results", "results the page claims to have"),
    ),
    key=("unit",),
)
POLICIES = Table(
    name="policies",
    meaning="Every wording of the promises and rules",
    fields=(
        _POLICY,
        count("wording", "number of the wording, oldest first from 1", required=True),
        text("title_id", "title in Indonesian", required=True),
        text("title_en", "title in English", required=True),
        code("kind", "promise, regulation, closure or context", PolicyKind, required=True),
        code("scope", "what it forbids", PolicyScope, required=True),
        text("platforms", "ids of the platforms, parted by blanks; empty: all"),
        text("clusters", "product groups, parted by blanks; empty: all"),
        text("categories", "commodities, parted by blanks; empty: all"),
        text("exempt_categories", "commodities that are exempt, parted by blanks"),
        share("tolerance", "share that is tolerated", required=True),
        number("price_floor", "price below which it forbids"),
        text("price_floor_currency", "currency of that (ISO 4217)"),
        code("verification", "how well it is documented", Verification, required=True),
        flag("may_accuse", "may be held against a platform", required=True),
        day("announced", "when it was announced"),
        day("in_force_from", "first day in force"),
        day("in_force_until", "last day in force"),
        text("legal_basis", "the rule it rests on"),
    ),
    key=("policy", "wording"),
    of_all_weeks=True,
)
FILL_RATES = Table(
    name="fill_rates",
    meaning="How often the listings of a platform told a field",
    fields=(
        _EDITION,
        _PLATFORM,
        text("field", "name of the field", required=True),
        count("listings", "listings on result pages", required=True),
        share("share", "share of them that told it", required=True),
        share("usual", "median share of the eight weeks before"),
        flag("is_lost", "so rare that nothing is measured by it", required=True),
    ),
    key=("edition", "platform", "field"),
    foreign={("edition",): "editions"},
)
RELISTINGS = Table(
    name="relistings",
    meaning="Take-downs, and how many of these offers came back under another id",
    fields=(
        _EDITION,
        _PLATFORM,
        count("weeks", "weeks looked back on", required=True),
        count("taken_down", "offers whose own page said that they are gone", required=True),
        count("relisted", "of these, offers that one flagged later resembles", required=True),
        share("rate", "relisted of taken down; a lower bound", required=True),
        share("low", "lower limit of its 95 % interval", required=True),
        count("watched", "of the taken down, those with a later week in which a page answered"),
        count("offer_weeks", "weeks in which these were watched, added up"),
    ),
    key=("edition", "platform"),
    foreign={("edition",): "editions"},
)
EXCHANGE_RATES = Table(
    name="exchange_rates",
    meaning="The rates by which prices are compared",
    fields=(
        text("currency", "currency (ISO 4217)", required=True),
        day("from", "first day the rate holds", required=True),
        day("until", "first day it holds no longer", required=True),
        number("rupiah", "rupiah for one unit", required=True),
        text("source", "where it was published"),
    ),
    key=("currency", "from"),
    of_all_weeks=True,
)
_SAMPLE_WEEK = week("week", "week that is audited", required=True)
_SAMPLE = (
    _PLATFORM,
    _CLUSTER,
    _STRATUM,
    share("probability", "inclusion probability of the position in its stratum", required=True),
    code("answer", "does a foreign seller offer it; null while open", Answer),
    count("answered_by", "people who answered", required=True),
)
AUDIT_SAMPLE = Table(
    name="audit_sample",
    meaning="The listings drawn for labelling, with their inclusion probabilities",
    fields=(
        _SAMPLE_WEEK,
        count("order", "order in the draw, from 0", required=True),
        *_SAMPLE,
        _OFFER,
        _VERSION,
        count("positions", "positions of it in that stratum; null where nobody labelled it"),
        text("entry", "entry it was drawn at; null where nobody labelled it"),
        text("classifier", "version that screened it; null where nobody labelled it"),
    ),
    key=("week", "order"),
)
PUBLIC_AUDIT_SAMPLE = Table(
    name="audit_sample",
    meaning=AUDIT_SAMPLE.meaning,
    fields=(
        _SAMPLE_WEEK,
        count("number", "number in this release; says nothing of the order", required=True),
        *_SAMPLE,
    ),
    key=("week", "number"),
    key_lasts=False,
)
OFFERS = Table(
    name="offers",
    meaning="Each content of an offer once; a shop's own name is blotted out of its title",
    fields=(
        _PLATFORM,
        _OFFER,
        _VERSION,
        text("title", "title as shown", is_free_text=True),
        number("price", "price in its currency"),
        text("currency", "currency of the price (ISO 4217)"),
        number("price_idr", "price in rupiah"),
        number("price_usd", "price in US dollars"),
        day("rate_day", "first sight in this release, whose rates were used"),
        text("seller_key", "pseudonym of the seller"),
        code("seller_key_kind", "what it stands for: the platform's id, or a name only",
             ("id", "name")),
        flag("official_store", "marked as an official store"),
        text("origin_country", "country it ships from (ISO 3166-1), ZZ: abroad, not said where"),
        text("origin_province", "province in Indonesia it ships from"),
        flag("cross_border_flag", "the platform's own mark of a foreign seller"),
        flag("imported_flag", "the platform's own mark of imported goods"),
        text("platform_category", "the platform's category in words", is_free_text=True),
        text("brand", "brand as shown; null where it is the shop's name", is_free_text=True),
        week("first_week", "first week in which the offer was observed"),
    ),
    key=("platform", "offer", "version"),
)  # fmt: skip
DECISIONS = Table(
    name="decisions",
    meaning="What a version of the classifier decided of each content of an offer",
    fields=(
        _PLATFORM,
        _OFFER,
        _VERSION,
        text("classifier", "version of the classifier", required=True),
        code("listing_cluster", "product group of the listing", Cluster, required=True),
        share("cluster_score", "calibrated score of that", required=True),
        text("category", "commodity"),
        code("cross_border", "cross-border status", CrossBorder, required=True),
        share("cross_border_score", "calibrated score of that", required=True),
        flag("imported_goods", "imported stock of a local seller; never a breach"),
        text("signals", "kinds of reason, parted by blanks"),
    ),
    key=("platform", "offer", "version", "classifier"),
    foreign={("platform", "offer", "version"): "offers"},
)
POSITIONS = Table(
    name="positions",
    meaning="What stood at each position of a week's frozen screen, and what people said of it",
    fields=(
        count("position", "number of the observation", required=True),
        text("unit", "result page it stood on", required=True),
        _PLATFORM,
        _OFFER,
        _VERSION,
        text("classifier", "version of the classifier that screened it"),
        _STRATUM,
        count("rank", "rank on the page, from 1"),
        flag("sponsored", "marked as advertisement"),
        count("sold", "units sold, as shown: see the manual for what each platform counts"),
        number("rating", "rating, as shown"),
        time("observed_at", "time of observation"),
        flag("checked", "two people answered what it is", required=True),
        flag("marked", "its own page bears the platform's mark", required=True),
        flag("third_look", "a third person read that mark, too", required=True),
        text("seller_id_key", "pseudonym of the seller's id, here or on its own page"),
        text("seller_name_key", "pseudonym of the seller's name, here or on its own page"),
    ),
    key=("position",),
    foreign={("unit",): "units", ("platform", "offer", "version"): "offers"},
)
REPLICATES = Table(
    name="replicates",
    meaning="Weight of each position of an entry, and bootstrap factors of it (Rao and Wu)",
    fields=(
        _EDITION,
        _PLATFORM,
        _CLUSTER,
        text("entry", "entry that answered; a position is of the entry of its unit", required=True),
        number("weight", "weight of each of its positions", required=True),
        count("sampling_stratum", "entries with this number were drawn together", required=True),
        share(
            "sampling_fraction",
            "share that was drawn and answered; 0: of infinitely many",
            required=True,
        ),
        text(
            "factors",
            "200 factors of the weight, one a replicate, parted by blanks",
            required=True,
        ),
    ),
    key=("edition", "platform", "cluster", "entry"),
    foreign={("edition",): "editions"},
)
BREACHES = Table(
    name="breaches",
    meaning="Positions that a policy forbids, or that people confirmed; no row, no breach",
    fields=(
        count("position", "number of the observation", required=True),
        _POLICY,
        flag("breach", "screened as foreign and forbidden", required=True),
        flag("suspected", "suspected, and forbidden if that is right", required=True),
        flag("confirmed", "two people say so of a page that was kept", required=True),
    ),
    key=("position", "policy"),
    foreign={("position",): "positions"},
)
OUTCOMES = Table(
    name="outcomes",
    meaning="What the labels say of a policy, in the newest edition of each week",
    fields=(
        _EDITION,
        _POLICY,
        week("sample_week", "week of the draw", required=True),
        count("order", "order in that draw", required=True),
        code("outcome", "does it breach the policy", Answer, required=True),
        code("foreign", "does a foreign seller offer it", Answer, required=True),
        flag("lacks_commodity", "open for want of a commodity that nobody named", required=True),
        code("rescreened", "stratum by the classifier of the edition", ScreenStratum),
        text("rescreened_by", "that classifier"),
    ),
    key=("edition", "policy", "sample_week", "order"),
    foreign={("edition",): "editions", ("sample_week", "order"): "audit_sample"},
)
LABELS = Table(
    name="labels",
    meaning="What people said of listings, one row a judgement",
    fields=(
        count("label", "number of the judgement in this release, in order of time", required=True),
        week("week", "week whose audit asked for it", required=True),
        _PLATFORM,
        _OFFER,
        _VERSION,
        text("annotator", "pseudonym of the person", required=True),
        code("kind", "first, second or adjudication", LabelKind, required=True),
        day("judged_on", "when", required=True),
        code("question", "what was asked", Question, required=True),
        code("answer", "what was said to it", Answer, required=True),
        code("foreign_seller", "does a foreign seller offer it; empty where not asked", Answer),
        code("cluster", "product group, where judged", Cluster),
        text("category", "commodity, where judged; not:a,b means none of these"),
        code("mark", "mark read on its own page", Mark),
    ),
    key=("label",),
    key_lasts=False,
)
_CASE = (
    _PLATFORM,
    code(
        "cluster",
        "product group, as people judged; used_clothing where that was the question",
        Cluster,
        required=True,
    ),
    code("state", "where it stands in the newest edition", CaseState, required=True),
    flag("is_proven", "its own page bears the platform's mark", required=True),
    week("confirmed_week", "when two people first agreed", required=True),
    week("reported_week", "when it was first reported"),
    week("gone_week", "when its own page first said that it is gone"),
    week("returned_week", "when a page first showed it after that"),
    count("days_to_take_down", "days from the report to the proof that it is gone"),
)
CASES = Table(
    name="cases",
    meaning="Confirmed offers and what became of them, as the newest edition has it",
    fields=(
        text("case", "pseudonym of the case", required=True),
        _OFFER,
        *_CASE,
        count("judged_by", "people who said yes", required=True),
    ),
    key=("case",),
)
CASE_EVENTS = Table(
    name="case_events",
    meaning="What happened to each case, take-downs among it",
    fields=(
        text("case", "pseudonym of the case", required=True),
        count("number", "order of the event, from 1", required=True),
        code("event", "what happened", CaseEventKind, required=True),
        time("at", "when", required=True),
    ),
    key=("case", "number"),
    foreign={("case",): "cases"},
)
PUBLIC_CASES = Table(
    name="cases",
    meaning=CASES.meaning,
    fields=(count("number", "number in this release only", required=True), *_CASE),
    key=("number",),
    key_lasts=False,
)
ANY = "any"
"""The band of what was made coarser."""
POSITION_BANDS = ("1-10", "11-20", "21-40", "41+")
PRICE_BANDS = ("<25k", "25k-50k", "50k-100k", "100k-250k", "250k-500k", "500k-1m", "1m+")
COARSE_PRICE_BANDS = ("<100k", "100k+")
PUBLIC_POSITIONS = Table(
    name="positions",
    meaning="The positions of a week's frozen screen, without what could name offer or seller",
    fields=(
        count("row", "number of the row in this release; says nothing of the order on a page",
              required=True),
        week("week", "week of observation", required=True),
        _PLATFORM,
        _CLUSTER,
        _STRATUM,
        code("cross_border", "cross-border status by the classifier", CrossBorder, required=True),
        number("weight", "positions it stands for in the estimate, averaged over rows that look"
               " alike; null where the estimate rests on other pages"),
        count("coarsened", "how many steps it was made coarser, 0 to 4", required=True, most=4),
        text("category", "commodity by the classifier; any: made coarser; null: none told",
             pattern="[a-z_]+"),
        code("listing_cluster", "product group by the classifier; any: made coarser",
             (*Cluster, ANY), required=True),
        code("price_band", "price in thousand rupiah; any: made coarser; null: not shown",
             (*PRICE_BANDS, *COARSE_PRICE_BANDS, ANY)),
        code("position_band", "rank on the page; any: made coarser; null: not known",
             (*POSITION_BANDS, ANY)),
        code("official_store", "marked as an official store; any: made coarser; null: not told",
             ("yes", "no", ANY)),
    ),
    key=("row",),
    key_lasts=False,
)  # fmt: skip
LABEL_TOTALS = Table(
    name="label_totals",
    meaning="The labels that an estimate rests on, added up with their weights; newest editions",
    fields=(
        *_CELL,
        _STRATUM,
        code("basis", "drawn: labels of the cell's own draw; pool: those of unflagged positions",
             ("drawn", "pool"), required=True),
        count("labels", "how many", required=True),
        number("weight_yes", "weight of those that say yes", required=True),
        number("weight_no", "weight of those that say no", required=True),
        number("weight_unclear", "weight of those that cannot tell", required=True),
    ),
    key=(*_CELL_KEY, "screen", "basis"),
    foreign={_CELL_KEY: "cells"},
)  # fmt: skip
_BOTH = (EDITIONS, ESTIMATES, CELLS, UNITS, POLICIES, FILL_RATES, RELISTINGS, EXCHANGE_RATES)
PUBLIC = (*_BOTH, PUBLIC_AUDIT_SAMPLE, PUBLIC_CASES, PUBLIC_POSITIONS, LABEL_TOTALS)
RESTRICTED = (
    *_BOTH, AUDIT_SAMPLE, OFFERS, DECISIONS, POSITIONS, REPLICATES, BREACHES, OUTCOMES, LABELS,
    CASES, CASE_EVENTS,
)  # fmt: skip
