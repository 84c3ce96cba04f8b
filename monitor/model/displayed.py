"""What an offer's own page shows of what a rule asks it to show."""

from __future__ import annotations

from enum import StrEnum

from monitor.model.base import Value
from monitor.model.vocabulary import DisplayedItem


class NumberKind(StrEnum):
    """Numbers under which goods are registered: by BPOM (imported food ML, domestic food MD,
    cosmetics, supplements and traditional medicine), home industry's food (P-IRT), halal, a
    national standard (SNI), and registered goods under one (NPB)."""

    bpom_ml = "bpom_ml"
    bpom_md = "bpom_md"
    bpom_cosmetic = "bpom_cosmetic"
    bpom_supplement = "bpom_supplement"
    pirt = "pirt"
    halal = "halal"
    sni = "sni"
    npb = "npb"


class RegistrationNumber(Value):
    """A number that a page shows; ``number`` is None where it has not the published form.

    Whether it was ever given to anybody is not known.
    """

    kind: NumberKind
    number: str | None = None


class DisplayedInformation(Value):
    """What an offer's own page was seen to show, and what was looked for there and is missing.

    An item in neither is not known: the page was not read for it. ``language`` (ISO 639-1) is that
    of the description, ``id`` where any part of it is Indonesian; None where it cannot be told.
    """

    shown: tuple[DisplayedItem, ...] = ()
    missing: tuple[DisplayedItem, ...] = ()
    language: str | None = None
    numbers: tuple[RegistrationNumber, ...] = ()

    def tells(self, item: DisplayedItem) -> bool | None:
        """Whether the page shows an item; None where that is not known."""
        return True if item in self.shown else False if item in self.missing else None


class NumberCount(Value):
    """How many of a platform's visited offers show a number of a kind in its published form, and
    how many show one in another form (``malformed``)."""

    platform: str
    kind: NumberKind
    offers: int
    malformed: int
