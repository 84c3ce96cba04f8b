"""Tables, migrations, writer and queries: the only place that opens a session."""

from monitor.store.annotators import Annotator
from monitor.store.backups import is_absent, refuse_lost_store
from monitor.store.desk import TakenPage
from monitor.store.errors import StoreError
from monitor.store.store import Store
