"""The one error of the store."""

from monitor.config import PantauError


class StoreError(PantauError):
    """The store cannot do what was asked; the message names file or field, and the mend."""
