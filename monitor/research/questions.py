"""Thirteen questions that the explorer answers, each with what its answer may not show."""

from __future__ import annotations

from typing import Any

from monitor.model import Value
from monitor.store.views import VIEWS


class ExploredQuestion(Value):
    """A canned query: its address, what it asks, and what a reader must not take it for."""

    id: str
    title: str
    caution: str
    sql: str


QUESTIONS = (
    ExploredQuestion(
        id="verdicts",
        title="Verdicts of the newest edition",
        caution="A policy that may accuse nobody yet gets neither an accusing nor an acquitting"
        " word, whatever its numbers.",
        sql="SELECT platform, cluster, policy, estimate, low, high, confirmed, verdict FROM"
        " estimates WHERE week = (SELECT max(week) FROM edition) AND is_primary"
        " ORDER BY platform, cluster",
    ),
    ExploredQuestion(
        id="all_weeks",
        title="The shares of all weeks",
        caution="Weeks differ by chance too: an edition says which changes stand among all of a"
        " week's. Where the estimate is empty nothing was measured.",
        sql="SELECT week, platform, cluster, estimate, low, high, verdict FROM estimates"
        " WHERE is_primary ORDER BY platform, cluster, week",
    ),
    ExploredQuestion(
        id="unseen",
        title="What could not be seen, by week",
        caution="A page that was refused is not one that complies, nor one that does not.",
        sql="SELECT week, platform, cluster, sum(units) AS units, sum(sampled + empty) AS answered,"
        " sum(blocked + disallowed) AS refused, sum(unreachable + unparseable) AS failed FROM"
        " weekly_units GROUP BY week, platform, cluster ORDER BY week DESC, platform, cluster",
    ),
    ExploredQuestion(
        id="flagged_share",
        title="Weighted share of positions flagged, newest screened week",
        caution="This is what the screen says, not the share of breaches: labels correct it.",
        sql="SELECT platform, cluster, count(*) AS places, sum(CASE WHEN screen = 'flagged' THEN"
        " weight / probability ELSE 0 END) / sum(weight / probability) AS flagged_share FROM"
        " screenings WHERE week = (SELECT max(week) FROM screen) GROUP BY platform, cluster",
    ),
    ExploredQuestion(
        id="offers_from_abroad",
        title="Offers screened as foreign, newest screened week",
        caution="No person has judged all of these; a confirmed offer stands among the cases.",
        sql="SELECT platform, cluster, title, price, currency, ship_from, cross_border_score FROM"
        " screenings WHERE week = (SELECT max(week) FROM screen) AND cross_border = 'cross_border'"
        " ORDER BY cross_border_score DESC LIMIT 100",
    ),
    ExploredQuestion(
        id="reasons",
        title="Why offers were flagged, newest screened week",
        caution="An offer may have several reasons, so the rows do not add up to the offers.",
        sql="SELECT platform, json_extract(reason.value, '$.kind') AS reason, count(DISTINCT"
        " item_id) AS offers FROM screenings, json_each(signals) AS reason"
        " WHERE week = (SELECT max(week) FROM screen) AND screen = 'flagged'"
        " GROUP BY 1, 2 ORDER BY 1, 3 DESC",
    ),
    ExploredQuestion(
        id="cases",
        title="What became of the confirmed offers",
        caution="Gone means that its own page says so. One that was merely not seen again is open.",
        sql="SELECT platform, state, count(*) AS cases, avg(days_to_take_down) AS days FROM cases"
        " GROUP BY platform, state ORDER BY platform, state",
    ),
    ExploredQuestion(
        id="returned",
        title="Offers that came back after their take-down",
        caution="Only under the same id: one that returned under another id, or where nobody"
        " looked, is not among them.",
        sql="SELECT case_id, platform, cluster, reported_at, gone_at, returned_at FROM cases"
        " WHERE returned_at IS NOT NULL ORDER BY returned_at DESC",
    ),
    ExploredQuestion(
        id="agreement",
        title="How often people agree with the screen, newest week with labels",
        caution="Flagged offers are drawn more often than others: no rate of all offers follows.",
        sql="SELECT s.cross_border, j.foreign_seller, count(DISTINCT j.platform || ' ' ||"
        " j.item_id) AS listings FROM labels AS j JOIN screenings AS s ON s.week = j.week AND"
        " s.platform = j.platform AND s.item_id = j.item_id AND s.version = j.version"
        " WHERE j.week = (SELECT max(week) FROM label) AND"
        " j.question = 'cross_border' GROUP BY 1, 2 ORDER BY 1, 2",
    ),
    ExploredQuestion(
        id="sellers",
        title="Sellers by offers seen in the newest week",
        caution="Offers whose seller is not shown are in no row, and a name may be of two shops.",
        sql="SELECT platform, seller_key, seller_key_kind, count(DISTINCT item_id) AS offers FROM"
        " observations WHERE week = (SELECT max(week) FROM response) AND seller_key IS NOT NULL"
        " GROUP BY 1, 2, 3 ORDER BY offers DESC LIMIT 100",
    ),
    ExploredQuestion(
        id="modes",
        title="What the crawler and inspectors met, newest week",
        caution="A person may be shown other results: compare only units asked of both.",
        sql="SELECT platform, mode, state, count(*) AS units FROM units WHERE week ="
        " (SELECT max(week) FROM plan) GROUP BY 1, 2, 3 ORDER BY 1, 2, 3",
    ),
    ExploredQuestion(
        id="same_pictures",
        title="Visited offers of different platforms with one picture",
        caution="Many sellers use a factory's picture: it is no proof of one seller, nor of goods"
        " from abroad. Only equal numbers are found; a picture that a shop changed has another"
        " (docs/examples/same_pictures.py finds near ones), and offers without a number are in no"
        " row.",
        sql="SELECT DISTINCT a.platform, a.item_id, a.title, b.platform AS other_platform,"
        " b.item_id AS other_item_id, b.title AS other_title FROM visits AS a JOIN visits AS b ON"
        " b.picture_hash = a.picture_hash AND b.platform > a.platform"
        " ORDER BY 1, 2, 4, 5 LIMIT 100",
    ),
    ExploredQuestion(
        id="titles",
        title="Offers whose title holds words",
        caution="Each content of an offer is a row; what is not among them may be spelled"
        " otherwise.",
        sql="SELECT l.platform, v.title, v.currency, v.price_minor * 1.0 / v.minor_per_unit AS"
        " price, v.ship_from FROM listing_version_fts AS f JOIN listing_version AS v ON v.id ="
        " f.rowid JOIN listing AS l ON l.id = v.listing_id WHERE f.listing_version_fts MATCH"
        " '\"' || replace(:words, '\"', '\"\"') || '\"' ORDER BY f.rank LIMIT 100",
    ),
)


def explorer_metadata(dictionary: dict[str, Any], database: str) -> dict[str, Any]:
    """Datasette's metadata: the data dictionary with the questions, tables after the views."""
    of_database = dictionary["databases"][database]
    views = {view.name for view in VIEWS}
    tables = {
        name: table if name in views else table | {"hidden": True}
        for name, table in of_database["tables"].items()
    }
    queries = {
        question.id: {
            "title": question.title,
            "description": question.caution,
            "sql": question.sql,
            **({"params": ["words"]} if ":words" in question.sql else {}),
        }
        for question in QUESTIONS
    }
    databases = {database: of_database | {"tables": tables, "queries": queries}}
    return dictionary | {"databases": databases}
