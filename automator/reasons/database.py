"""Troubles of the database: why nothing can be stored or read now."""

from automator.model import N_
from automator.reasons.kind import reason_kind

_SERVER = N_("Check the database server; the connection is tried again by itself.")
#: The driver's message, with advice.
SERVER_LOST = reason_kind("database_server_lost", N_("{cause}"), _SERVER)
DISK_FAILS = reason_kind("database_disk_fails", N_("{cause}"), N_("Check the disk's free space."))

DATABASE_UNREACHED = reason_kind(
    "database_unreached", N_("the database cannot be reached"), _SERVER
)
CANNOT_REACH = reason_kind(
    "database_cannot_reach",
    N_("the database {place} cannot be reached: {failure}"),
    N_("{failure:advice}"),
)
CANNOT_OPEN = reason_kind(
    "database_cannot_open",
    N_("the database {place} cannot be opened: {failure}"),
    N_("{failure:advice}"),
)
CANNOT_READ = reason_kind(
    "database_cannot_read",
    N_("the database cannot be read: {failure}"),
    N_("{failure:advice}"),
)
CANNOT_COMMIT = reason_kind(
    "database_cannot_commit",
    N_("the database cannot commit now: {failure}"),
    N_("{failure:advice}"),
)
COPY_FAILED = reason_kind(
    "database_copy_failed",
    N_("the database {place} failed: {failure}"),
    N_("{failure:advice}"),
)
DATABASE_FAILED = reason_kind(
    "database_failed",
    N_("the database has failed: {cause}"),
    N_("Check the disk, then start the server again."),
)
STORE_CLOSED = reason_kind("store_is_closed", N_("the store is closed"))
STORE_BUSY = reason_kind("store_is_busy", N_("too many deliveries are waiting to be stored"))
STORE_SLOW = reason_kind(
    "store_is_slow",
    N_("the delivery could not be stored in time"),
    N_("Look at the disk, and for other programs that hold the database."),
)
_ROOM = N_("Make room; new deliveries are taken in again by itself.")
NO_ROOM_FOR_DELIVERY = reason_kind(
    "no_room_for_delivery",
    N_("the disk of {database} has no room for a delivery of {size:number} bytes now"),
    _ROOM,
)
LITTLE_ROOM = reason_kind(
    "little_room", N_("the disk of {database} has {free:number} MB left"), _ROOM
)
DISK_FULL = reason_kind("disk_full", N_("the disk of {database} is full"), _ROOM)
#: Rule sets that are stored.
REVISION_UNKNOWN = reason_kind(
    "revision_unknown", N_("rule-set revision {revision} is not in the store")
)
REVISION_UNREADABLE = reason_kind(
    "revision_unreadable",
    N_("rule-set revision {revision} can no longer be read by this version"),
    N_("What stands in its way: {problems:list}."),
)
