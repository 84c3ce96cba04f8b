"""What the inspection desk answers of a file that somebody handed in."""

from __future__ import annotations

from enum import StrEnum

from monitor.model.base import Value
from monitor.model.page import ListingKey


class ReceiptKind(StrEnum):
    """What became of a page, or of a file without one."""

    counted = "counted"
    """It is the answer of a unit of the worklist."""
    nothing_found = "nothing_found"
    """The same, and the site itself says that there is nothing."""
    check_page = "check_page"
    """The platform asks who the visitor is, or refuses them."""
    shows_nothing = "shows_nothing"
    """It shows nothing, and nobody was shown a listing of this platform yet."""
    own_page = "own_page"
    """The own page of a listing that an audit drew, for that audit."""
    here_already = "here_already"
    """Its unit has an answer, or the page itself is stored."""
    unplanned = "unplanned"
    """A page that no unit of the worklist asks for; kept outside the estimates."""
    another_week = "another_week"
    """Seen in a week that is not collected now; not taken."""
    undated = "undated"
    """It does not tell when it was seen; kept outside the estimates."""
    contradicts = "contradicts"
    """Its data contradict what it shows; kept, and used for nothing."""
    broken = "broken"
    """It cannot be read."""
    no_bodies = "no_bodies"
    """A log of requests without the answers."""
    no_page = "no_page"
    """A file without a page of a platform."""
    too_large = "too_large"
    """A file larger than the desk takes."""

    @property
    def is_taken(self) -> bool:
        """Whether the page answers what was asked for."""
        return self in {ReceiptKind.counted, ReceiptKind.nothing_found, ReceiptKind.own_page}


class Receipt(Value):
    """What became of a page of a file, or of the file where it holds none.

    ``pages`` of the file outside the worklist share a receipt where the same became of them.

    ``number`` is the unit's place in the worklist of ``units``, ``query`` and ``page`` what the
    unit asks for. ``by`` is the number of the inspector who brought the answer before. ``stripped``
    counts the personal values that were taken out, ``reason`` has the words of a failure.
    """

    file: str
    kind: ReceiptKind
    platform: str | None = None
    unit_id: str | None = None
    number: int | None = None
    units: int | None = None
    query: str | None = None
    page: int | None = None
    pages: int = 1
    listings: int = 0
    stripped: int = 0
    week: str | None = None
    by: int | None = None
    reason: str | None = None


class AskedPage(Value):
    """A page that an inspector is asked for next: of a unit, or the own page of a drawn listing.

    ``id`` is that of the unit, or the address of the own page. Of a unit there are ``number``, its
    place in the worklist of ``units``, and ``query`` and result ``page``; else a ``title``.
    """

    id: str
    url: str
    number: int | None = None
    units: int | None = None
    query: str | None = None
    page: int | None = None
    title: str | None = None

    @property
    def is_unit(self) -> bool:
        """Whether it is a unit of the worklist."""
        return self.number is not None


class JudgedFiles(Value):
    """What the desk says of files: a line for each page; whether they answer what was asked for."""

    lines: tuple[str, ...]
    is_answered: bool


class OwnPage(Value):
    """A listing of an audit sample whose own page an inspector is asked for."""

    platform: str
    item_id: str
    title: str
    url: str

    @property
    def key(self) -> ListingKey:
        """The listing it is of."""
        return ListingKey(self.platform, self.item_id)
