"""The durable store: the only package that uses SQL.

One writer thread makes all commits (`Store`). Readers have their own connections (`Log`).
`database/` knows SQLite and PostgreSQL, `schema/` has the tables, and `writer/` has the thread and
its transactions. `runs/`, `queue/`, `limits/`, `contacts/` and `cluster/` have what each operation
does in a transaction. `log/` and `search/` read. Names that only one module needs are imported from
their own files. Open `store.py` first.
"""

# mypy: implicit_reexport

from tinydb import TinyDB

from automator.store.batch.rollups import HOUR_MS
from automator.store.cluster.connection_health import ConnectionHealth
from automator.store.database.backup import back_up
from automator.store.database.database_errors import cannot_read
from automator.store.database.scheduled_backups import Backups
from automator.store.documents.rulesets import RevisionRow, RuleSetRow
from automator.store.documents.staff_notes import StaffNote
from automator.store.limits.limit_log import CountedKey, LimitStanding
from automator.store.log.erasing import Erasure
from automator.store.log.log import Log
from automator.store.log.people_log import ContactFilter, KnownContact
from automator.store.log.reader import FoundRows
from automator.store.opening import StoreOptions, open_reader, open_store
from automator.store.runs.firings import Firing
from automator.store.runs.prepared_delivery import EventPlan, Receipt
from automator.store.runs.replays import Replay
from automator.store.runs.schedules import Fire
from automator.store.runs.work_state import WorkState
from automator.store.search.log_rows import (
    DeliveryRow,
    EventDetail,
    EventRow,
    RuleCounts,
    RunDetail,
    RunRow,
)
from automator.store.store import Store
from automator.store.transfer.restore import restore
from automator.store.transfer.transfer import back_up_database, copy_store, restore_database
