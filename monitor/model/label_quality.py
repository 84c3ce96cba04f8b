"""How good labels and screen are: precision, sensitivity, agreement and annotators' errors."""

from __future__ import annotations

from monitor.model.base import Value
from monitor.model.vocabulary import Cluster


class SignalPrecision(Value):
    """How often a signal was right among labelled listings (Clopper–Pearson 95 %)."""

    signal: str
    labelled: int
    correct: int
    low: float
    high: float


class ErrorRow(Value):
    """Limits of a cell if a share ``error`` of its labels were wrong."""

    error: float
    low: float
    high: float


class Sensitivity(Value):
    """What would change the interval of a cell: wrong labels, and sellers who hide.

    Of the ``rows``, one a share of labels left wrong after the second look, the first, without
    error, is the 95 % interval shown. ``high_of_group`` is the upper limit from the labels of the
    cell's own product group alone, ``high_of_week`` from those drawn in the cell this week: what
    bounds a platform that hides sellers in one group, or since this week. Both are None without
    such a label, and in editions made before they were computed.
    """

    platform: str
    cluster: Cluster
    policy: str
    rows: tuple[ErrorRow, ...]
    high_of_group: float | None = None
    high_of_week: float | None = None


class AuditQuality(Value):
    """What the labels of the week are worth.

    ``open_answers`` are the drawn listings whose answer waits for another person, a positive for
    its second label or a disagreement for its decision; None in editions made before.
    """

    drawn: int
    labels: int
    annotators: int
    double_labelled: int
    disagreements: int
    cannot_tell: int
    alpha: float | None
    precision: tuple[SignalPrecision, ...] = ()
    open_answers: int | None = None


class Portion(Value):
    """``number`` out of ``of``, with limits of the share (95 %)."""

    number: int
    of: int
    low: float
    high: float


class SignAccuracy(Value):
    """What a sign of the screen is worth on a platform.

    ``right``: of the labelled listings that the screen flagged and that bear it, those that people
    called foreign. ``missed``: of those that bear it and were not flagged, those people called so.
    """

    signal: str
    right: Portion
    missed: Portion


class AccuracyCard(Value):
    """How well the screen and people tell on a platform, from labels of live weeks alone.

    Counted are the labelled ``listings`` of ``first_week`` to ``last_week``, those people could not
    tell left out; they are drawn, not all, so that no share is one of positions. ``right`` are the
    foreign ones of those that the screen flagged, ``missed`` of those it took for domestic,
    ``missed_unknown`` of those it could not tell. ``controls_missed`` are answers to foreign
    controls that called them domestic, ``controls_false_yes`` the opposite, over a year; None
    where nobody answered one. ``unknown`` is the share of screened positions of which the screen
    cannot tell who sells.
    """

    platform: str
    first_week: str
    last_week: str
    listings: int
    right: Portion
    missed: Portion
    missed_unknown: Portion
    signs: tuple[SignAccuracy, ...]
    double_labelled: int
    disagreements: int
    alpha: float | None
    controls_missed: Portion | None
    controls_false_yes: Portion | None
    unknown: Portion | None


class ErrorRate(Value):
    """How many of the controls that somebody ``answered`` they got ``wrong``.

    ``low`` and ``high`` limit the share (Clopper–Pearson 95 %).
    """

    answered: int
    wrong: int
    low: float
    high: float


class PersonErrors(Value):
    """One annotator's error; ``person`` counts them from 1, without their names.

    ``missed`` is of known foreign listings that they called domestic, ``false_yes`` of known
    domestic ones that they called foreign; of used clothing, of imported used clothing that they
    called none, and the other way round. None where they answered too few to say.
    """

    person: int
    missed: ErrorRate | None
    false_yes: ErrorRate | None


class SharedErrors(Value):
    """How the errors of two people go together, over the ``controls`` that both answered.

    ``both`` were wrong on some, ``either`` on these and others. ``correlation`` is that of being
    wrong, with its 95 % interval; None where nobody was wrong or too few were answered.
    """

    people: tuple[int, int]
    controls: int
    both: int
    either: int
    correlation: float | None = None
    low: float | None = None
    high: float | None = None


class AnnotatorErrors(Value):
    """The error of annotators, measured by ``controls`` different ones since the week ``since``.

    ``false_confirmations`` is how many clean listings two people would confirm in a year of weeks
    like this one, with limits; None where it is not measured yet.
    """

    since: str
    controls: int
    people: tuple[PersonErrors, ...]
    pairs: tuple[SharedErrors, ...]
    false_confirmations: float | None = None
    false_confirmations_low: float | None = None
    false_confirmations_high: float | None = None
