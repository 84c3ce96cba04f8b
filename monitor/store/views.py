"""Views for researchers. Tables are singular, views plural, and columns have plain names.

Views hold no data: they are dropped before and made anew after every migration, and their SQL is
the same for SQLite and PostgreSQL. Each column is written with what it means, for the data
dictionary: after a change run ``make dictionary``. Existing stores say that theirs are of another
version, and get the new ones by ``pantau db upgrade``.
"""

from __future__ import annotations

import msgspec


class View(msgspec.Struct, frozen=True):
    """A view: its columns as (name, SQL expression, meaning) and the rest of the query."""

    name: str
    meaning: str
    columns: tuple[tuple[str, str, str], ...]
    source: str

    @property
    def query(self) -> str:
        """The SELECT of the view."""
        chosen = ",\n  ".join(f"{sql} AS {name}" for name, sql, _ in self.columns)
        return f"SELECT\n  {chosen}\n{self.source.strip()}"


_PARTLY = (
    "; of archived weeks only what is shown of offers that were drawn, labelled, visited or made a"
    " case"
)
_PRICE = "v.price_minor * 1.0 / v.minor_per_unit"
_LISTING = (
    ("item_id", "l.item", "the platform's id of the offer"),
    ("title", "v.title", "title as shown"),
    ("price", _PRICE, "price in the currency's own unit"),
    ("currency", "v.currency", "currency (ISO 4217)"),
    ("seller_id", "s.seller", "the platform's id of the seller"),
    ("seller_name", "v.seller_name", "seller's name as shown"),
    (
        "seller_key",
        "coalesce(s.seller, v.seller_name)",
        "seller's id, else the name, else null: for counting sellers",
    ),
    (
        "seller_key_kind",
        "CASE WHEN s.seller IS NOT NULL THEN 'id' WHEN v.seller_name IS NOT NULL THEN 'name' END",
        "what seller_key is: id or name; null where no seller is shown",
    ),
    ("official_store", "v.official_store", "marked as an official store"),
    ("ship_from", "v.ship_from", "where it ships from, as shown"),
    ("ship_from_country", "v.ship_from_country", "country of that (ISO 3166-1 alpha-2)"),
    ("cross_border_flag", "v.cross_border_flag", "the platform's own mark of a foreign seller"),
    ("imported_flag", "v.imported_flag", "the platform's own mark of imported goods"),
    ("platform_condition", "v.condition", "the platform's own field: used or new; null if none"),
    ("platform_category", "v.category_path", "the platform's category in words"),
    ("brand", "v.brand", "brand as shown"),
    ("url", "v.url", "address of the listing's own page"),
    ("image_url", "v.image_url", "address of its picture"),
    ("version", "v.version", "content hash of the listing version"),
)
_DECISION = (
    ("category", "c.category", "commodity, by the classifier"),
    ("listing_cluster", "c.cluster", "product group of the listing, by the classifier"),
    ("cluster_score", "c.cluster_score", "calibrated score of that, [0, 1]"),
    ("cross_border", "c.cross_border", "cross_border, suspected, domestic or unknown"),
    ("cross_border_score", "c.cross_border_score", "calibrated score, [0, 1]"),
    ("imported_goods", "c.imported_goods", "imported stock of a local seller; never a breach"),
    ("condition", "c.condition", "used, new or unknown, by the platform's field or by words"),
    ("prohibited", "c.prohibited", "used_clothing, suspected_used_clothing, or null"),
    ("signals", "c.signals", "why, as JSON list of kind and text"),
    ("classifier", "c.classifier", "version of the classifier"),
)
_PLACE = (
    ("week", "o.week", "ISO week in Asia/Jakarta; null where the page does not tell its time"),
    ("platform", "l.platform", "platform"),
    ("cluster", "e.cluster", "product group the entry looks for; null outside the plan"),
)
_FOUND = (
    ("stratum", "e.stratum", "head, tail or synonym; null outside the plan"),
    ("entry", "e.entry", "id of the entry"),
    ("entry_core", "e.core", "the entry is looked at every week, not drawn anew"),
    ("query", "e.query", "what was searched or opened"),
    ("page", "u.page", "result page, from 1"),
    ("rank", "o.rank", "rank on the page, from 1"),
    ("sponsored", "o.sponsored", "marked as advertisement"),
    ("sold", "o.sold", "units sold, as shown"),
    ("rating", "o.rating", "rating, as shown"),
    ("observed_at", "o.observed_at", "time of observation (UTC)"),
    ("origin", "r.origin", "live, saved or simulated"),
    ("mode", "r.mode", "who met the page: crawler or inspector"),
    ("unit_id", "o.unit_id", "planned unit; null outside the plan"),
    ("probability", "u.probability", "inclusion probability of the unit"),
    (
        "inspector_probability",
        "u.inspector_probability",
        "probability with which inspectors are asked for the unit; null where they are not",
    ),
    ("weight", "e.weight", "weight of the entry; a place counts weight / probability times"),
    ("observation_id", "o.id", "number of the observation"),
    ("response_sha256", "r.sha256", "SHA-256 of the page it was read from"),
    ("evidence", "r.evidence", "file#offset of that page below evidence/"),
)
_JOINS = """
JOIN response r ON r.id = o.response_id
JOIN listing_version v ON v.id = o.listing_version_id
JOIN listing l ON l.id = v.listing_id
LEFT JOIN seller s ON s.id = v.seller_id
LEFT JOIN sample_unit u ON u.id = o.unit_id
LEFT JOIN entry e ON e.id = u.entry_id
"""
# A condition on the response alone would make SQLite read all responses into a Bloom filter first.
_CURRENT = "o.parser = r.parser AND CASE WHEN r.comparison THEN o.id END IS NULL"
# Category pages beside the list are in a view of their own, so that no share counts them.
_LISTED = "coalesce(e.stratum, '') <> 'second_way'"
_LATEST = """
LEFT JOIN classification c ON c.id =
  (SELECT max(k.id) FROM classification k WHERE k.listing_version_id = v.id)
"""

# Each is asked of one listing or seller at a time, so that a single key is answered by indexes
# alone, however many years the store holds; a column that nobody asks for costs nothing.
_SEEN = """observation p
    JOIN listing_version w ON w.id = p.listing_version_id
    JOIN response r ON r.id = p.response_id AND r.parser = p.parser AND NOT r.comparison"""
_SEEN_LISTED = f"""{_SEEN}
    LEFT JOIN sample_unit t ON t.id = p.unit_id
    LEFT JOIN entry y ON y.id = t.entry_id"""
_OF_LISTING = "WHERE w.listing_id = l.id"
_OF_LISTED = f"{_OF_LISTING} AND coalesce(y.stratum, '') <> 'second_way'"
_OF_SELLER = "WHERE w.seller_id = s.id"
_NEWEST = "(SELECT max(w.id) FROM listing_version w {where})"


# Where an offer was seen in weeks whose positions were archived.
_ARCHIVED = """archived_sighting p
    JOIN listing_version w ON w.id = p.listing_version_id
    JOIN response r ON r.id = p.response_id AND NOT r.comparison"""
_OF_ARCHIVED = f"{_OF_LISTING} AND p.positions > 0"


def _seen(what: str, where: str) -> str:
    return f"(SELECT {what} FROM {_SEEN} {where})"  # noqa: S608


def _of_weeks(what: str) -> str:
    """Something of the weeks in which a listing was seen, archived ones included."""
    present = f"SELECT p.week FROM {_SEEN} {_OF_LISTING}"  # noqa: S608
    archived = f"SELECT p.week FROM {_ARCHIVED} {_OF_ARCHIVED}"  # noqa: S608
    return f"(SELECT {what} FROM ({present} UNION {archived}) q)"  # noqa: S608


def _seen_listed(what: str, when: str) -> str:
    """What the list showed of a listing at some time."""
    return f"(SELECT {what} FROM {_SEEN_LISTED} {_OF_LISTED} AND {when})"  # noqa: S608


def _listed_week(which: str, when: str) -> str:
    """The least or greatest week at some time in which the list showed a listing."""
    present = f"SELECT {which}(p.week) AS week FROM {_SEEN_LISTED} {_OF_LISTED} AND {when}"  # noqa: S608
    archived = f"SELECT {which}(p.week) FROM {_ARCHIVED} {_OF_ARCHIVED}"  # noqa: S608
    listed = f"{archived} AND NOT p.second_way AND {when}"
    return f"(SELECT {which}(q.week) FROM ({present} UNION ALL {listed}) q)"  # noqa: S608


def _week_of_seller(which: str) -> str:
    """The least or greatest week of a seller's contents, each from the end of an index."""
    of_contents = " UNION ALL ".join(
        f"SELECT {which}((SELECT {which}(p.week) FROM {table} p"  # noqa: S608
        f" WHERE p.listing_version_id = w.id)) AS week FROM listing_version w {_OF_SELLER}"
        for table in ("observation", "archived_sighting")
    )
    return f"(SELECT {which}(q.week) FROM ({of_contents}) q)"  # noqa: S608


OBSERVATIONS = View(
    "observations",
    "What stood at each place, with the latest classification; the view to start from" + _PARTLY,
    (*_PLACE, *_DECISION, *_LISTING, *_FOUND),
    f"FROM observation o {_JOINS} {_LATEST} WHERE {_CURRENT} AND {_LISTED}",
)
SECOND_WAY = View(
    "second_way",
    "What stood at each place of the category pages beside the list; in no share" + _PARTLY,
    tuple(
        (name, sql, "second_way" if name == "stratum" else meaning)
        for name, sql, meaning in OBSERVATIONS.columns
    ),
    # From its few units, not from all that was ever observed.
    f"""FROM observation o {_JOINS} {_LATEST} WHERE {_CURRENT} AND o.unit_id IN (
  SELECT t.id FROM sample_unit t JOIN entry y ON y.id = t.entry_id
  WHERE y.stratum = 'second_way')""",  # noqa: S608
)
SCREENINGS = View(
    "screenings",
    "The places of a week with the classification frozen for its audit; estimates rest on these"
    + _PARTLY,
    (
        *_PLACE,
        ("screen", "f.stratum", "flagged, unknown or domestic"),
        *_DECISION,
        *_LISTING,
        *_FOUND,
    ),
    f"FROM screen f JOIN observation o ON o.id = f.observation_id {_JOINS}"
    "JOIN classification c ON c.id = f.classification_id",
)
LISTINGS = View(
    "listings",
    "Each offer once, in its newest version, with the latest classification",
    (
        ("platform", "l.platform", "platform"),
        ("cluster", "c.cluster", "product group of the listing, by the classifier"),
        *(column for column in _DECISION if column[0] != "listing_cluster"),
        *_LISTING,
        ("first_week", _of_weeks("min(q.week)"), "first week it was observed"),
        ("last_week", _of_weeks("max(q.week)"), "last week it was observed"),
        ("weeks", _of_weeks("count(q.week)"), "number of weeks it was observed in"),
        (
            "places",
            f"{_seen('count(*)', _OF_LISTING)} + (SELECT coalesce(sum(p.positions), 0)"  # noqa: S608
            f" FROM {_ARCHIVED} {_OF_ARCHIVED})",
            "number of places it stood at, those of archived weeks included",
        ),
        (
            "versions",
            f"(SELECT count(*) FROM listing_version w {_OF_LISTING})",  # noqa: S608
            "number of its versions",
        ),
    ),
    f"""FROM listing l
JOIN listing_version v ON v.id = {_NEWEST.format(where=_OF_LISTING)}
LEFT JOIN seller s ON s.id = v.seller_id{_LATEST}""",
)
LISTING_WEEKS = View(
    "listing_weeks",
    "Each offer once a week in which it was observed, as at its first place: its state over time"
    + _PARTLY,
    (
        ("week", "o.week", "ISO week in Asia/Jakarta"),
        ("platform", "l.platform", "platform"),
        ("item_id", "l.item", "the platform's id of the offer"),
        ("listing_cluster", "c.cluster", "product group of the listing, by the classifier"),
        ("cross_border", "c.cross_border", "cross_border, suspected, domestic or unknown"),
        ("price", _PRICE, "price in the currency's own unit"),
        ("currency", "v.currency", "currency (ISO 4217)"),
        ("sold", "o.sold", "units sold, as shown"),
        (
            "seller_key",
            "coalesce(s.seller, v.seller_name)",
            "seller's id, else the name, else null: for counting sellers",
        ),
        (
            "places",
            _seen_listed("count(*)", "p.week = o.week"),
            "number of places it stood at in that week",
        ),
        (
            "previous_week",
            _listed_week("max", "p.week < o.week"),
            "last week before in which it was observed; null in its first",
        ),
        (
            "next_week",
            _listed_week("min", "p.week > o.week"),
            "first week after in which it was observed; null says not seen again, never gone",
        ),
        (
            "own_page",
            """(SELECT CASE WHEN q.reason = 'gone' THEN 'gone'
      WHEN q.state = 'sampled' THEN 'there' END
    FROM detail_visit d JOIN response q ON q.id = d.response_id
    WHERE d.listing_id = l.id AND d.week = o.week ORDER BY d.response_id DESC LIMIT 1)""",
            "what its own page last said in that week: there or gone; null where it was not read",
        ),
    ),
    f"""FROM observation o{_JOINS}{_LATEST}WHERE {_CURRENT} AND {_LISTED}
  AND o.week IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM {_SEEN_LISTED}
    {_OF_LISTED} AND p.week = o.week AND p.id < o.id)""",  # noqa: S608
)
SELLERS = View(
    "sellers",
    "Each seller once, with the newest name and how many of its listings were seen",
    (
        ("platform", "s.platform", "platform"),
        ("seller_id", "s.seller", "the platform's id of the seller"),
        ("seller_name", "v.seller_name", "name as last shown"),
        ("official_store", "v.official_store", "marked as an official store when last seen"),
        (
            "listings",
            f"(SELECT count(DISTINCT w.listing_id) FROM listing_version w {_OF_SELLER})",  # noqa: S608
            "number of listings seen",
        ),
        ("first_week", _week_of_seller("min"), "first week a listing was observed"),
        ("last_week", _week_of_seller("max"), "last week a listing was observed"),
    ),
    f"""FROM seller s
JOIN listing_version v ON v.id = {_NEWEST.format(where=_OF_SELLER)}""",
)
UNITS = View(
    "units",
    "Each planned result page and what became of it",
    (
        ("week", "u.week", "ISO week in Asia/Jakarta"),
        ("platform", "u.platform", "platform"),
        ("cluster", "e.cluster", "product group the entry looks for"),
        ("stratum", "e.stratum", "head, tail or synonym"),
        ("entry", "e.entry", "id of the entry"),
        ("entry_core", "e.core", "the entry is looked at every week, not drawn anew"),
        ("kind", "e.kind", "keyword, category or feed"),
        ("query", "e.query", "what was searched or opened"),
        ("page", "u.page", "result page, from 1"),
        ("position", "u.position", "place in the permuted order of the week"),
        ("probability", "u.probability", "inclusion probability"),
        ("weight", "e.weight", "weight of the entry in the mean over the frame"),
        ("collection", "u.collection", "who is asked for it: crawler, inspector or both"),
        (
            "inspector_probability",
            "u.inspector_probability",
            "probability with which inspectors are asked for it; null where they are not",
        ),
        ("mode", "u.mode", "who brought what became of it; null while planned"),
        ("state", "u.state", "what became of it; only sampled and empty speak about compliance"),
        ("reason", "u.reason", "why it is in that state"),
        ("observed_at", "u.observed_at", "when it was fetched (UTC)"),
        ("total_results", "u.total_results", "results the page claims to have"),
        (
            "foreign_results",
            "u.foreign_results",
            "of these from abroad, by the platform's own count; null where it does not say",
        ),
        ("robots_allowed", "u.robots_allowed", "whether robots.txt or a permission allowed it"),
        ("page_url", "u.url", "address of the result page"),
        ("unit_id", "u.id", "week/platform/entry/page"),
    ),
    f"FROM sample_unit u JOIN entry e ON e.id = u.entry_id WHERE {_LISTED}",
)


def _count(state: str) -> str:
    return f"sum(CASE WHEN u.state = '{state}' THEN 1 ELSE 0 END)"


def _count_mode(mode: str) -> str:
    answered = f"u.state IN ('sampled', 'empty') AND u.mode = '{mode}'"
    return f"sum(CASE WHEN {answered} THEN 1 ELSE 0 END)"


COVERAGE = View(
    "weekly_units",
    "Planned units by week, platform, cluster and stratum, counted by what became of them",
    (
        ("week", "u.week", "ISO week in Asia/Jakarta"),
        ("platform", "u.platform", "platform"),
        ("cluster", "e.cluster", "product group the entry looks for"),
        ("stratum", "e.stratum", "head, tail or synonym"),
        ("units", "count(*)", "units planned"),
        ("sampled", _count("sampled"), "answered with listings"),
        ("empty", _count("empty"), "answered, proven to have no results"),
        ("blocked", _count("blocked"), "refused by the platform"),
        ("disallowed", _count("disallowed"), "not fetched: robots.txt denies it"),
        ("unreachable", _count("unreachable"), "no answer"),
        ("unparseable", _count("unparseable"), "answered with what nobody could read"),
        ("not_fetched", _count("planned"), "not fetched yet"),
        ("by_crawler", _count_mode("crawler"), "of the units that answered, met by the crawler"),
        ("by_inspector", _count_mode("inspector"), "of these, met by inspectors"),
    ),
    f"FROM sample_unit u JOIN entry e ON e.id = u.entry_id WHERE {_LISTED}"
    " GROUP BY u.week, u.platform, e.cluster, e.stratum",
)
VISITS = View(
    "visits",
    "Visits to listings' own pages and what those pages said",
    (
        ("week", "d.week", "week whose audit asked for it"),
        ("platform", "l.platform", "platform"),
        *_LISTING,
        ("state", "r.state", "what came of the visit"),
        ("reason", "r.reason", "why it is in that state"),
        ("mode", "r.mode", "who met the page: crawler or inspector"),
        ("visited_at", "r.observed_at", "time of the visit (UTC)"),
        ("response_sha256", "r.sha256", "SHA-256 of the page"),
        ("screenshot", "d.screenshot", "file of the screenshot"),
        ("screenshot_sha256", "d.screenshot_sha256", "SHA-256 of it"),
        (
            "picture_hash",
            "d.picture_hash",
            "number of the offer's first picture, 160 hex digits: of one picture they differ"
            " little (docs/researchers.md); null where none was asked for or learnt",
        ),
    ),
    """FROM detail_visit d
JOIN response r ON r.id = d.response_id
JOIN listing l ON l.id = d.listing_id
LEFT JOIN listing_version v ON v.id = d.listing_version_id
LEFT JOIN seller s ON s.id = v.seller_id""",
)
LABELS = View(
    "labels",
    "What people said of listings, one row a judgement",
    (
        ("week", "j.week", "week whose audit asked for it"),
        ("platform", "l.platform", "platform"),
        ("item_id", "l.item", "the platform's id of the offer"),
        ("title", "v.title", "title as shown"),
        ("version", "v.version", "content hash of the listing version"),
        ("annotator", "j.annotator", "who judged"),
        ("kind", "j.kind", "first, second or adjudication"),
        ("judged_at", "j.at", "when (UTC)"),
        ("question", "j.question", "what was asked: cross_border or used_clothing"),
        ("answer", "j.answer", "what was said to it: yes, no or cannot_tell"),
        (
            "foreign_seller",
            "CASE WHEN j.question = 'cross_border' THEN j.answer END",
            "yes, no or cannot_tell; null where that was not asked",
        ),
        ("cluster", "j.cluster", "product group, where judged"),
        ("category", "j.category", "commodity, where judged"),
        ("note", "j.note", "remark of the annotator"),
        ("mark", "j.mark", "mark on its own page that bears a yes out; null where not noted"),
    ),
    """FROM label j
JOIN listing_version v ON v.id = j.listing_version_id
JOIN listing l ON l.id = v.listing_id""",
)
ESTIMATES = View(
    "estimates",
    "Estimates and verdicts of the newest edition of each week",
    (
        ("week", "n.week", "ISO week in Asia/Jakarta"),
        ("platform", "k.platform", "platform"),
        ("cluster", "k.cluster", "product group"),
        ("policy", "k.policy", "id of the policy"),
        ("is_primary", "k.is_primary", "carries the verdict of its platform and cluster"),
        ("edition", "n.kind", "provisional, final or corrected"),
        ("as_of", "n.as_of", "state of the data (UTC)"),
        ("planned", "k.planned", "units planned"),
        ("sampled", "k.sampled", "units that answered with listings"),
        ("places", "k.places", "places observed"),
        ("flagged", "k.flagged", "places screened as cross-border breaches"),
        ("suspected", "k.suspected", "places suspected on weak signals"),
        ("audited", "k.audited", "listings labelled"),
        ("confirmed", "k.confirmed", "breaches confirmed by people"),
        ("coverage", "k.coverage", "share of planned units that answered"),
        ("estimate", "k.estimate", "share of places that breach"),
        ("low", "k.low", "lower limit of its 95 % interval"),
        ("high", "k.high", "upper limit of its 95 % interval"),
        ("tolerance", "k.tolerance", "share the ministry tolerates"),
        ("verdict", "k.verdict", "the word the cell gets"),
        (
            "screened",
            "k.screened",
            "places screened as cross-border or suspected, whatever the policy",
        ),
        ("flagged_offers", "k.flagged_offers", "different offers behind the flagged places"),
        ("checked", "k.checked", "flagged or confirmed offers that two people answered"),
        (
            "marked_sellers",
            "k.marked_sellers",
            "different sellers of confirmed offers that bear the platform's mark",
        ),
        ("third_looks", "k.third_looks", "those offers whose mark a third person read, too"),
        ("marked_offers", "k.marked_offers", "confirmed offers that bear the platform's mark"),
        ("judged_low", "k.judged_low", "lower limit by which an accusation is judged"),
        ("level", "k.level", "two-sided level of that limit"),
        (
            "high_with_refused",
            "k.high_with_refused",
            "upper limit if all on refused pages breached; null where none was",
        ),
        ("by_crawler", "k.by_crawler", "units that the crawler observed"),
        ("by_inspector", "k.by_inspector", "units that inspectors observed"),
    ),
    """FROM cell k
JOIN edition n ON n.id = k.edition_id
WHERE NOT EXISTS (
  SELECT 1 FROM edition later
  WHERE later.week = n.week
    AND (later.as_of > n.as_of OR (later.as_of = n.as_of AND later.id > n.id))
)""",
)
CASES = View(
    "cases",
    "Confirmed offers and what became of them, each as the newest edition has it",
    (
        ("case_id", "k.case_id", "id of the case; its page is cases/ID/index.html in the reports"),
        ("platform", "k.platform", "platform"),
        ("item_id", "k.item", "the platform's id of the offer"),
        (
            "cluster",
            "k.cluster",
            "product group, as people judged; used_clothing if that was asked",
        ),
        ("state", "k.state", "open, reported, answered, gone, returned, closed or withdrawn"),
        ("is_proven", "k.is_proven", "its own page bears the platform's mark"),
        ("judged_by", "k.judged_by", "people who said yes"),
        ("own_page_sha256", "k.own_page_sha256", "SHA-256 of the own page they judged, hex"),
        ("first_seen", "k.first_seen", "when a page first showed it (UTC)"),
        ("confirmed_at", "k.confirmed", "when two people first agreed (UTC)"),
        ("last_seen", "k.last_seen", "when a page last showed it (UTC)"),
        ("reported_at", "k.reported_at", "when it was first reported to the platform (UTC)"),
        ("gone_at", "k.gone_at", "when its own page first said that it is gone (UTC)"),
        ("returned_at", "k.returned_at", "when a page first showed it after that (UTC)"),
        (
            "days_to_take_down",
            "k.days_to_take_down",
            "days from the first report to the first proof after it that it is gone",
        ),
        ("week", "n.week", "week of the newest edition that has the case"),
        ("edition", "n.kind", "provisional, final or corrected"),
        ("as_of", "n.as_of", "state of the data (UTC)"),
    ),
    """FROM edition_case k
JOIN edition n ON n.id = k.edition_id
WHERE NOT EXISTS (
  SELECT 1 FROM edition_case other JOIN edition later ON later.id = other.edition_id
  WHERE other.case_id = k.case_id
    AND (later.as_of > n.as_of OR (later.as_of = n.as_of AND later.id > n.id))
)""",
)

VIEWS = (
    OBSERVATIONS,
    LISTINGS,
    LISTING_WEEKS,
    SECOND_WAY,
    SCREENINGS,
    ESTIMATES,
    UNITS,
    COVERAGE,
    SELLERS,
    VISITS,
    LABELS,
    CASES,
)
