"""The schema of Pantau 0.1.0, from which all later ones are reached."""

from monitor.store.errors import StoreError
from monitor.store.migrations import TOO_OLD

revision = "0002"
down_revision = None


def upgrade() -> None:
    """Raises ``StoreError``: no released Pantau wrote an older schema."""
    raise StoreError(TOO_OLD)
