"""An edition against the weeks before it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Mapping, Sequence
from itertools import chain

from msgspec.structs import replace

from monitor.classify.relisting import relistings
from monitor.config import previous_week
from monitor.estimate.intervals import Count, clopper_pearson
from monitor.model import (
    CaseState,
    ChangeCounts,
    CoverageRow,
    Findings,
    FlaggedListing,
    ListingKey,
    ListingState,
    Question,
    Relisting,
    TrendPoint,
    UnitRecord,
    UnitState,
    Value,
)

from .evidence import flagged_listings, is_breach, is_imported, is_suspected, not_seen_again
from .gather import Gathered
from .judge import Judged

_NOT_SEEN = ListingState.not_seen


class MatchedPanel(Value):
    """The entries that answered this week and the week before.

    ``entries`` counts them by platform; ``units`` are the ids of their units in both weeks.
    """

    entries: dict[str, int]
    units: frozenset[str]

    def shows(self, listing: FlaggedListing) -> bool:
        """Whether a listing was seen in an entry of the panel."""
        return any(sighting.unit_id in self.units for sighting in listing.found_at)


class Comparison(Value):
    """A week's listings against the editions before it.

    ``previous`` is the edition of the week before, None where there is none. ``listings`` breach a
    policy; ``gone`` were shown before and not seen this week, though the entry that showed them was
    looked at, or say so on their own page; ``taken_down`` were confirmed gone by
    their own page this week or in an earlier edition. ``changes`` counts them over the matched
    ``panel``, empty without an edition of the week before.
    """

    previous: Findings | None
    listings: tuple[FlaggedListing, ...]
    suspected: tuple[FlaggedListing, ...]
    imported: tuple[FlaggedListing, ...]
    gone: tuple[FlaggedListing, ...]
    taken_down: dict[ListingKey, FlaggedListing]
    panel: MatchedPanel
    changes: tuple[ChangeCounts, ...] = ()


def compare(gathered: Gathered, judged: Judged) -> Comparison:
    """What is new, still there, relisted, not seen again or gone since the earlier editions.

    ``judged`` are the observations of who sells; used clothing is not compared.
    """
    week, earlier, visits = gathered.week, gathered.earlier, gathered.visits
    last_week = previous_week(week)
    previous = next((edition for edition in earlier if edition.week == last_week), None)
    before = by_key(previous.listings) if previous else {}
    breaching, suspected, imported = (
        flagged_listings(filter(shows, judged.screened), before=before, visits=visits, week=week)
        for shows in (is_breach, is_suspected, is_imported)
    )
    # Of used clothing's searches, too: what stands there was seen.
    shown = {
        observation.listing.key
        for observation in (*gathered.sampled.screen, *gathered.sampled.late)
    }
    panel = matched_panel(
        *(
            (record for record in units if record.unit.cluster.question is Question.cross_border)
            for units in (gathered.sampled.units, gathered.previous.units)
        )
    )
    # Of an offer whose entries were not looked at this week nothing is known.
    looked_for = {key: entry for key, entry in before.items() if panel.shows(entry)}
    gone = not_seen_again(looked_for, shown, visits, older=older(earlier, looked_for))
    removed: dict[ListingKey, FlaggedListing] = {}
    for edition in earlier:
        removed |= taken_down(edition.gone)
    removed |= taken_down(gone)
    if previous:
        breaching = tuple(
            replace(entry, state=ListingState.newly_watched)
            if entry.state is ListingState.new and not panel.shows(entry)
            else entry
            for entry in breaching
        )
    offered = {key for key, visit in visits.items() if visit.state is UnitState.sampled}
    absent = [entry for key, entry in (removed | by_key(gone)).items() if key not in offered]
    listings = with_relistings(breaching, absent, gathered.picture_hashes)
    return Comparison(
        previous=previous,
        listings=listings,
        suspected=suspected,
        imported=imported,
        gone=gone,
        taken_down=removed,
        panel=panel,
        changes=change_counts(last_week, listings, gone, before, panel) if previous else (),
    )


def matched_panel(now: Iterable[UnitRecord], before: Iterable[UnitRecord]) -> MatchedPanel:
    """The entries of which a unit answered in each of two weeks."""
    weeks = [[record.unit for record in units if record.state.speaks] for units in (now, before)]
    answered = [{(unit.platform, unit.entry_id) for unit in units} for units in weeks]
    matched = answered[0] & answered[1]
    return MatchedPanel(
        entries=dict(Counter(platform for platform, _ in matched)),
        units=frozenset(
            unit.id for unit in chain(*weeks) if (unit.platform, unit.entry_id) in matched
        ),
    )


def by_key(listings: Iterable[FlaggedListing]) -> dict[ListingKey, FlaggedListing]:
    """Listings of an edition by platform and item id."""
    return {entry.listing.key: entry for entry in listings}


def taken_down(entries: Iterable[FlaggedListing]) -> dict[ListingKey, FlaggedListing]:
    """Those of an edition's missing listings whose own page said that they are gone."""
    return by_key(entry for entry in entries if entry.state is ListingState.confirmed_gone)


def older(
    earlier: Iterable[Findings], besides: Container[ListingKey], *, used_clothing: bool = False
) -> dict[ListingKey, FlaggedListing]:
    """Listings that editions of past weeks showed, newest week first, and not as gone.

    Those in ``besides`` are left out, and those of ``used_clothing`` where they are not asked for.
    """
    shown: dict[ListingKey, FlaggedListing] = {}
    gone: set[ListingKey] = set()
    for edition in earlier:
        gone |= taken_down(edition.gone).keys()
        gone |= {case.listing_key for case in edition.cases if case.state is CaseState.gone}
        goods = edition.used_clothing if used_clothing else ()
        for key, entry in by_key((*edition.listings, *goods)).items():
            if key not in besides and key not in gone:
                shown.setdefault(key, entry)
    return shown


def with_relistings(
    listings: Iterable[FlaggedListing],
    gone: Sequence[FlaggedListing],
    picture_hashes: Mapping[ListingKey, str],
) -> tuple[FlaggedListing, ...]:
    """``listings`` with those marked that ``gone`` ones resemble, under another id or wording.

    ``picture_hashes`` are the numbers of their pictures, where visits learnt them.
    """
    listings = tuple(listings)
    first_seen = {ListingState.new, ListingState.newly_watched}
    new = [entry.listing for entry in listings if entry.state in first_seen]
    matches = {
        ListingKey(match.platform, match.new): match
        for match in relistings(
            [entry.listing for entry in gone], new, picture_hashes=picture_hashes
        )
    }
    return tuple(
        replace(
            entry, state=ListingState.relisted, relisted_from=match.gone, relisted_score=match.score
        )
        if (match := matches.get(entry.listing.key))
        else entry
        for entry in listings
    )


def change_counts(
    since: str,
    listings: Iterable[FlaggedListing],
    gone: Iterable[FlaggedListing],
    before: Mapping[ListingKey, FlaggedListing],
    panel: MatchedPanel,
) -> tuple[ChangeCounts, ...]:
    """Breaching listings a platform by what became of them since the week ``since``.

    A listing counts where an entry of the ``panel`` showed it: this week, or for one not seen again
    the week before, of which ``before`` are the listings.
    """
    anywhere = {ListingState.newly_watched, ListingState.confirmed_gone}
    counts: dict[str, Counter[ListingState]] = {}
    for entry in [*listings, *gone]:
        states = counts.setdefault(entry.listing.platform, Counter())
        shown = before.get(entry.listing.key, entry) if entry.state is _NOT_SEEN else entry
        states[entry.state] += entry.state in anywhere or panel.shows(shown)
    return tuple(
        ChangeCounts(
            platform=platform,
            since=since,
            entries=panel.entries.get(platform, 0),
            **{state.value: states[state] for state in ListingState},
        )
        for platform, states in sorted(counts.items())
    )


def relisting(
    earlier: Sequence[Findings],
    listings: Iterable[FlaggedListing],
    gone: Iterable[ListingKey],
    answered: Iterable[CoverageRow],
) -> tuple[Relisting, ...]:
    """A platform's relisting rate, a lower bound, over this week and the ``earlier`` editions.

    ``gone`` are the listings confirmed gone in all of them, ``listings`` this week's entries, and
    ``answered`` the coverage of this week. An offer is watched in each week after the one in which
    it was confirmed gone, where the platform answered.
    """
    shown = [*listings, *(entry for edition in earlier for entry in edition.listings)]
    relisted = {(entry.listing.platform, entry.relisted_from) for entry in shown}
    weeks_watched: dict[ListingKey, int] = dict.fromkeys(gone, 0)
    coverages = [(edition, edition.coverage) for edition in sorted(earlier, key=lambda e: e.week)]
    waiting: set[ListingKey] = set()
    for edition, rows in (*coverages, (None, tuple(answered))):
        platforms = {row.platform for row in rows if row.sampled + row.empty}
        for key in waiting:
            weeks_watched[key] += key.platform in platforms
        if edition is not None:
            waiting |= taken_down(edition.gone).keys() & weeks_watched.keys()
    rates = []
    for platform in sorted({key.platform for key in weeks_watched}):
        watched = {key: n for key, n in weeks_watched.items() if key.platform == platform}
        returned = sum((platform, key.item_id) in relisted for key in watched)
        low, _ = clopper_pearson(Count(returned, len(watched)))
        rates.append(
            Relisting(
                platform=platform,
                weeks=len(earlier) + 1,
                taken_down=len(watched),
                relisted=returned,
                rate=returned / len(watched),
                low=low,
                watched=sum(n > 0 for n in watched.values()),
                offer_weeks=sum(watched.values()),
            )
        )
    return tuple(rates)


def trend(earlier: Iterable[Findings]) -> tuple[TrendPoint, ...]:
    """The primary cells of earlier editions, oldest week first."""
    return tuple(
        TrendPoint.of(cell)
        for edition in sorted(earlier, key=lambda edition: edition.week)
        for cell in edition.cells
        if cell.primary
    )
