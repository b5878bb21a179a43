"""The durable store: the only package that uses SQL.

One writer thread makes all commits (`Store`); readers have connections of their own (`Log`).
`database/` knows SQLite and PostgreSQL, `schema/` has the tables, `writer/` the thread and its
transactions, and `runs/`, `queue/`, `limits/`, `contacts/` and `cluster/` what each operation does
in them. `log/` and `search/` read. Open `store.py` first.
"""

from tinydb import Query, TinyDB

from automator.model.log_filters import DeliveryFilter, EventFilter, RunFilter
from automator.store.batch.rollups import HOUR_MS
from automator.store.batch.totals import TotalCounts
from automator.store.cluster.connection_health import ConnectionHealth, ConnectionNews
from automator.store.cluster.connection_tokens import ConnectionTokens, StoredTokens
from automator.store.contacts.contact_rows import first_contact
from automator.store.database.backup import back_up
from automator.store.database.disk import Room, full_disk_in_words
from automator.store.database.failure import cannot_read, unavailable_cause
from automator.store.database.scheduled_backups import Backups
from automator.store.documents.rulesets import RevisionRow, RuleSetRow
from automator.store.documents.sessions import Session
from automator.store.documents.staff_notes import StaffNote
from automator.store.limits.limit_log import CountedKey
from automator.store.limits.standing import LimitStanding, limit_ids, standing
from automator.store.log.erasing import Erasing, Erasure
from automator.store.log.event_log import MOST_LOOKED_THROUGH
from automator.store.log.figures.answer_log import Exchanges, Spoken
from automator.store.log.figures.asked_log import Asked, thread_of
from automator.store.log.figures.funnel_log import PartOfWay
from automator.store.log.figures.rollup_log import BOUNDED
from automator.store.log.firing_log import RunsOfFiring
from automator.store.log.log import Log
from automator.store.log.overview_log import FailureGroup
from automator.store.log.people_log import (
    ASSIGNEE,
    ONLY,
    ContactFilter,
    KnownContact,
    Only,
    is_looked_after_by,
    is_same_name,
)
from automator.store.log.pruning import Cutoffs, Stage
from automator.store.log.reader import MOST_COUNTED, FoundRows
from automator.store.log.send_log import SentStep
from automator.store.log.story_log import StepStory, Story
from automator.store.opening import StoreOptions, open_reader, open_store
from automator.store.runs.claims import ALONE_FROM
from automator.store.runs.firings import Firing, Portion
from automator.store.runs.prepared_delivery import EventPlan, Receipt
from automator.store.runs.replays import Chunk, Replay, Start
from automator.store.runs.run_edits import DoneStep
from automator.store.runs.schedules import Fire, ScheduleRow
from automator.store.runs.work_state import WorkState
from automator.store.search.log_rows import (
    Counts,
    DeliveryRow,
    EventDetail,
    EventRow,
    HourCounts,
    RuleCounts,
    RunDetail,
    RunRow,
)
from automator.store.store import Store
from automator.store.transfer.copy import Copied
from automator.store.transfer.restore import Restored, restore
from automator.store.transfer.transfer import back_up_database, copy_store, restore_database

__all__ = [
    "ASSIGNEE",
    "is_looked_after_by",
    "is_same_name",
    "ONLY",
    "Only",
    "ConnectionNews",
    "ConnectionHealth",
    "ALONE_FROM",
    "BOUNDED",
    "HOUR_MS",
    "MOST_COUNTED",
    "MOST_LOOKED_THROUGH",
    "Backups",
    "Chunk",
    "ConnectionTokens",
    "ContactFilter",
    "Copied",
    "CountedKey",
    "Counts",
    "Cutoffs",
    "DeliveryFilter",
    "DeliveryRow",
    "DoneStep",
    "Erasing",
    "Erasure",
    "EventDetail",
    "EventFilter",
    "EventPlan",
    "EventRow",
    "Asked",
    "Exchanges",
    "FailureGroup",
    "Fire",
    "Firing",
    "FoundRows",
    "Spoken",
    "thread_of",
    "StepStory",
    "Story",
    "HourCounts",
    "KnownContact",
    "LimitStanding",
    "Log",
    "PartOfWay",
    "Portion",
    "Query",
    "RunsOfFiring",
    "Receipt",
    "Replay",
    "Restored",
    "Room",
    "first_contact",
    "full_disk_in_words",
    "RuleCounts",
    "RevisionRow",
    "RuleSetRow",
    "RunDetail",
    "RunFilter",
    "RunRow",
    "ScheduleRow",
    "SentStep",
    "Session",
    "Stage",
    "Start",
    "StaffNote",
    "Store",
    "StoreOptions",
    "StoredTokens",
    "TinyDB",
    "TotalCounts",
    "back_up",
    "back_up_database",
    "cannot_read",
    "copy_store",
    "limit_ids",
    "open_reader",
    "open_store",
    "standing",
    "restore",
    "restore_database",
    "unavailable_cause",
    "WorkState",
]
