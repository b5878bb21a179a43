"""The durable store: the only part of the program that speaks SQL.

A writer's thread commits for everybody (`Store`); readers have connections of their own (`Log`).
"""

from tinydb import Query, TinyDB

from automator.store.backup import Backup, back_up
from automator.store.backups import Backups
from automator.store.cancelling import CancelMatches
from automator.store.claims import ALONE_FROM
from automator.store.connection_tokens import ConnectionTokens, StoredTokens
from automator.store.copy import Copied
from automator.store.disk import Room, full_disk_in_words
from automator.store.filters import EventFilter, RunFilter
from automator.store.limit_log import CountedKey
from automator.store.log import Log
from automator.store.log_rows import (
    Counts,
    DeliveryRow,
    EventDetail,
    EventRow,
    HourCounts,
    RuleCounts,
    RunDetail,
    RunRow,
)
from automator.store.moving import back_up_database, copy_store, restore_database
from automator.store.opening import open_reader, open_store
from automator.store.pauses import pause_reason
from automator.store.prepared_delivery import EventPlan, Receipt
from automator.store.pruning import Cutoffs, Stage
from automator.store.replays import (
    ALREADY_REPLAYED,
    CHANGED,
    Chunk,
    Replay,
    ReplayState,
    Start,
)
from automator.store.restore import Restored, restore
from automator.store.rollup_log import BOUNDED, MOST_COUNTED
from automator.store.rollups import HOUR_MS
from automator.store.rulesets import RuleSetRow
from automator.store.run_edits import DoneStep
from automator.store.schedules import Fire, ScheduleRow
from automator.store.sessions import Session, Sessions
from automator.store.store import Store
from automator.store.watch import Heard, WatchRow

__all__ = [
    "Heard",
    "WatchRow",
    "ALONE_FROM",
    "ALREADY_REPLAYED",
    "BOUNDED",
    "HOUR_MS",
    "CHANGED",
    "MOST_COUNTED",
    "Backup",
    "Backups",
    "CancelMatches",
    "Chunk",
    "ConnectionTokens",
    "Copied",
    "CountedKey",
    "Counts",
    "Cutoffs",
    "DeliveryRow",
    "DoneStep",
    "EventDetail",
    "EventFilter",
    "EventPlan",
    "EventRow",
    "Fire",
    "HourCounts",
    "Log",
    "Query",
    "Receipt",
    "Replay",
    "ReplayState",
    "Restored",
    "Room",
    "full_disk_in_words",
    "RuleCounts",
    "RuleSetRow",
    "RunDetail",
    "RunFilter",
    "RunRow",
    "ScheduleRow",
    "Session",
    "Sessions",
    "Stage",
    "Start",
    "Store",
    "StoredTokens",
    "TinyDB",
    "back_up",
    "back_up_database",
    "copy_store",
    "open_reader",
    "open_store",
    "pause_reason",
    "restore",
    "restore_database",
]
