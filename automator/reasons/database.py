"""Troubles of the database: why nothing can be stored or read now."""

from automator.model import N_
from automator.reasons.kind import reason_kind

_SERVER = N_(
    "Check the database server and its address; a running server connects again by itself."
)
#: The driver's message, with advice.
SERVER_LOST = reason_kind("database_server_lost", N_("{cause}"), _SERVER)
SERVER_FAILS = reason_kind("database_server_fails", N_("{cause}"), N_("Check the database server."))
DISK_FAILS = reason_kind(
    "database_disk_fails",
    N_("{cause}"),
    N_("Check the disk, and how large files of this user may become: ulimit -f."),
)
FILE_FULL = reason_kind("database_file_full", N_("its disk is full"), N_("Make room on it."))
FILE_READ_ONLY = reason_kind(
    "database_file_read_only",
    N_("its file or its folder can only be read"),
    N_(
        "Let the user that runs this own the data folder and all files in it (chown -R), and see"
        " whether the disk is mounted to be read only."
    ),
)
FILE_NOT_OPENED = reason_kind(
    "database_file_not_opened",
    N_("its file, or one beside it, cannot be opened"),
    N_(
        "See whether they are there, let the user that runs this own them and their folder"
        " (chown -R), and let this process open enough files: ulimit -n."
    ),
)
FILE_HELD = reason_kind(
    "database_file_held",
    N_("another program holds it"),
    N_("End other programs that work on its file, and try again."),
)
FILE_BUSY = reason_kind(
    "database_file_busy", N_("too many are reading it at once"), N_("Try again in a moment.")
)
NO_MEMORY = reason_kind(
    "database_no_memory",
    N_("this machine has no memory left for it"),
    N_("End other programs, or give the machine more memory."),
)
#: The advice for a database that cannot be trusted any more.
RESTORE = N_(
    "Put the newest backup in its place, which keeps the damaged one beside it:"
    " automator restore FILE --replace (backups are in the folder `backups` beside it)."
)
FILE_DAMAGED = reason_kind("database_file_damaged", N_("it is damaged: {cause}"), RESTORE)

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
STORE_CLOSED = reason_kind(
    "store_is_closed", N_("the store is closed"), N_("Start the server again.")
)
STORE_BUSY = reason_kind(
    "store_is_busy",
    N_("too many deliveries are waiting to be stored"),
    N_(
        "They are taken in again as soon as the disk keeps up; look for other programs that use it."
    ),
)
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
    "revision_unknown",
    N_("rule-set revision {revision} is not in the store"),
    N_("The history of the rules page lists those that are kept."),
)
REVISION_UNREADABLE = reason_kind(
    "revision_unreadable",
    N_("rule-set revision {revision} can no longer be read by this version"),
    N_("The obstacles: {problems:list}."),
)
#: Warnings about databases whose setup can lose data.
SQLITE_VERSION = reason_kind(
    "sqlite_version",
    N_("SQLite {version} is safe as long as this server alone writes to the file"),
    N_("Let no other program write to it; SQLite 3.51.3 mends this."),
)
FOLDER_OPEN = reason_kind(
    "data_folder_open",
    N_("others may look into the data folder {folder}"),
    N_("Let only its user in: chmod 700 {folder}"),
)
FSYNC_OFF = reason_kind(
    "fsync_off",
    N_("fsync is off: a power cut can lose or damage everything"),
    N_("Set fsync = on."),
)
PAGE_WRITES_OFF = reason_kind(
    "full_page_writes_off",
    N_("full_page_writes is off: a power cut can damage tables"),
    N_("Set full_page_writes = on."),
)
COMMIT_OFF = reason_kind(
    "synchronous_commit_off",
    N_("synchronous_commit is off: a crash of the server loses events that were acknowledged"),
    N_("Set synchronous_commit = on."),
)
STANDBYS_LATE = reason_kind(
    "commits_wait_for_no_standby",
    N_("commits wait for no standby: a failover loses the newest acknowledged events"),
    N_("Set synchronous_commit = on and synchronous_standby_names."),
)
#: Backups of a database server, which its own tools make.
ARCHIVE_OFF = reason_kind(
    "server_archive_off",
    N_(
        "not made by this program but by the database server's tools; it archives no write-ahead"
        " log (archive_mode is off), so that only copies can bring it back"
    ),
    N_("Run `automator backup FILE` or pg_dump regularly."),
)
ARCHIVE_FAILS = reason_kind(
    "server_archive_fails",
    N_(
        "not made by this program but by the database server's tools; its archive of the"
        " write-ahead log fails since {since:time}"
    ),
    N_("Look into the database server's log."),
)
ARCHIVE_EMPTY = reason_kind(
    "server_archive_empty",
    N_(
        "not made by this program but by the database server's tools; it archives its write-ahead"
        " log, and has archived nothing yet"
    ),
)
ARCHIVE_WORKS = reason_kind(
    "server_archive_works",
    N_(
        "not made by this program but by the database server's tools; it archives its write-ahead"
        " log, last on {last:time}"
    ),
)
