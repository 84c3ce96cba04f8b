"""The one error of the store."""


class StoreError(Exception):
    """The store cannot do what was asked; the message names file or field, and the mend."""
