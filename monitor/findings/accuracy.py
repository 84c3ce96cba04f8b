"""How well the screen and people tell, a platform a card, from the labels of live weeks alone."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from monitor.estimate.controls import ControlLook
from monitor.estimate.intervals import Count, clopper_pearson, effective_size
from monitor.labels import agreement
from monitor.model import (
    GROUP_SIGNALS,
    AccuracyCard,
    Answer,
    Label,
    LabelKind,
    Observation,
    Origin,
    Portion,
    Question,
    ScreenStratum,
    SignAccuracy,
    VersionKey,
    stratum_of,
)

from .gather import Gathered
from .labelled import LabelledListing

Counted = Mapping[str, tuple[int, int]]
"""Of each sign how many labelled listings bear it, and how many of them are foreign."""


def accuracy_cards(gathered: Gathered, marketplaces: Collection[str]) -> tuple[AccuracyCard, ...]:
    """A card for each marketplace with a label of who sells in the window; () in a simulation.

    Each listing version counts once, by its newest audit sample. What people could not tell, and
    what is still open, is left out of all shares.
    """
    if gathered.origin is Origin.simulated:
        return ()
    by_platform: dict[str, dict[VersionKey, LabelledListing]] = defaultdict(dict)
    for listing in gathered.labelled:
        platform = listing.observation.key.platform
        if platform in marketplaces and listing.observation.question is Question.cross_border:
            by_platform[platform][listing.observation.key] = listing
    return tuple(
        _card(platform, tuple(listings.values()), listings.keys(), gathered)
        for platform, listings in sorted(by_platform.items())
    )


def _card(
    platform: str,
    listings: Sequence[LabelledListing],
    keys: Collection[VersionKey],
    gathered: Gathered,
) -> AccuracyCard:
    weeks = {listing.audited.week for listing in listings}
    strata: dict[ScreenStratum, list[LabelledListing]] = defaultdict(list)
    for listing in listings:
        strata[listing.audited.stratum].append(listing)
    flagged = strata[ScreenStratum.flagged]
    passed = [*strata[ScreenStratum.domestic], *strata[ScreenStratum.unknown]]
    doubled = list(_doubled(gathered.labels, keys))
    looks = [look for look in gathered.control_looks if look.platform == platform]
    screens = [(past.week, past.screen) for past in gathered.past]
    screens.append((gathered.week, gathered.sampled.screen))
    return AccuracyCard(
        platform=platform,
        first_week=min(weeks),
        last_week=max(weeks),
        listings=len(listings),
        right=_foreign(flagged),
        missed=_foreign(strata[ScreenStratum.domestic]),
        missed_unknown=_foreign(strata[ScreenStratum.unknown]),
        signs=tuple(_signs(_by_sign(flagged), _by_sign(passed))),
        double_labelled=len(doubled),
        disagreements=sum(len({*answers.values()}) > 1 for answers in doubled),
        alpha=agreement(doubled),
        controls_missed=_control_errors(looks, Answer.yes),
        controls_false_yes=_control_errors(looks, Answer.no),
        unknown=unknown_share(
            observation
            for week, screen in screens
            if week in weeks
            for observation in screen
            if observation.listing.platform == platform
            and observation.question is Question.cross_border
        ),
    )


def _portion(number: int, of: int) -> Portion:
    low, high = clopper_pearson(Count(number, of))
    return Portion(number=number, of=of, low=low, high=high)


def _foreign(listings: Iterable[LabelledListing]) -> Portion:
    """How many people called foreign, of those they could tell."""
    answers = [listing.label.answer for listing in listings]
    yes, no = answers.count(Answer.yes), answers.count(Answer.no)
    return _portion(yes, yes + no)


def _by_sign(listings: Iterable[LabelledListing]) -> dict[str, tuple[int, int]]:
    borne: Counter[str] = Counter()
    foreign: Counter[str] = Counter()
    for listing in listings:
        decision, answer = listing.observation.classification, listing.label.answer
        if decision is not None and answer in {Answer.yes, Answer.no}:
            kinds = {signal.kind for signal in decision.signals} - GROUP_SIGNALS
            borne.update(kinds)
            foreign.update(kinds if answer is Answer.yes else ())
    return {sign: (number, foreign[sign]) for sign, number in borne.items()}


def _signs(flagged: Counted, passed: Counted) -> Iterator[SignAccuracy]:
    for sign in sorted(flagged.keys() | passed.keys()):
        (shown, right), (let_pass, missed) = flagged.get(sign, (0, 0)), passed.get(sign, (0, 0))
        yield SignAccuracy(
            signal=sign, right=_portion(right, shown), missed=_portion(missed, let_pass)
        )


def _doubled(labels: Iterable[Label], keys: Collection[VersionKey]) -> Iterator[dict[str, Answer]]:
    """What each person said of the listings that two or more labelled, decisions aside."""
    answers: dict[VersionKey, dict[str, Answer]] = defaultdict(dict)
    for label in sorted(labels, key=lambda label: label.at):
        key = VersionKey(label.platform, label.item_id, label.version)
        is_own = label.kind is not LabelKind.adjudication
        if key in keys and is_own and label.question is Question.cross_border:
            answers[key][label.annotator] = label.answer
    yield from (by_person for by_person in answers.values() if len(by_person) > 1)


def _control_errors(looks: Iterable[ControlLook], right: Answer) -> Portion | None:
    """Wrong answers to controls of one kind, as looks; None without a look.

    The limits count each control once, however many people looked at it: they err alike.
    """
    of_kind = [look for look in looks if look.right is right]
    if not of_kind:
        return None
    wrong = sum(look.is_wrong for look in of_kind)
    controls = len({look.control for look in of_kind})
    low, high = clopper_pearson(Count(wrong / len(of_kind) * controls, controls))
    return Portion(number=wrong, of=len(of_kind), low=low, high=high)


def unknown_share(observations: Iterable[Observation]) -> Portion | None:
    """The share of screened positions of which the screen cannot tell who sells; None without one.

    The limits are those of ``clustered_share`` between entries, each over all its weeks.
    """
    positions: Counter[str] = Counter()
    unknown: Counter[str] = Counter()
    for observation in observations:
        entry = observation.entry_id or ""
        positions[entry] += 1
        unknown[entry] += stratum_of(observation) is ScreenStratum.unknown
    counts = [Count(unknown[entry], positions[entry]) for entry in positions]
    return clustered_share(counts) if counts else None


def clustered_share(counts: Sequence[Count]) -> Portion:
    """The share of the sampling units' ``counts`` together, with limits between the units.

    The limits (95 %) are Korn and Graubard's, the variance that of a ratio between units. A single
    unit, and units that all say the same, count as one trial each.
    """
    total = sum(count.trials for count in counts)
    number = sum(count.successes for count in counts)
    share, units = number / total, len(counts)
    squares = sum((count.successes - share * count.trials) ** 2 for count in counts)
    variance = units / max(units - 1, 1) * squares / total**2
    trials = effective_size(
        share,
        variance,
        size=total,
        degrees=units - 1,
        level=0.95,
        floor=total / units if variance <= 0.0 else 1.0,
    )
    low, high = clopper_pearson(Count(share * trials, trials))
    return Portion(number=int(number), of=int(total), low=low, high=high)
