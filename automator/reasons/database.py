"""Troubles of the database, and warnings about its setup and its backups."""

from collections.abc import Sequence

from automator.model import N_, Reason
from automator.reasons.kind import reason

_SERVER = N_(
    "Check the database server and its address; a running server connects again by itself."
)


#: `cause` is the message of the database driver.
@reason(N_("{cause}"), _SERVER)
def database_server_lost(*, cause: str) -> None: ...
@reason(N_("{cause}"), N_("Check the database server."))
def database_server_fails(*, cause: str) -> None: ...
@reason(
    N_("{cause}"), N_("Check the disk, and how large files of this user may become: ulimit -f.")
)
def database_disk_fails(*, cause: str) -> None: ...
@reason(N_("its disk is full"), N_("Make room on it."))
def database_file_full() -> None: ...
@reason(
    N_("its file or its folder can only be read"),
    N_(
        "Let the user that runs this own the data folder and all files in it (chown -R), and see"
        " whether the disk is mounted to be read only."
    ),
)
def database_file_read_only() -> None: ...
@reason(
    N_("its file, or one beside it, cannot be opened"),
    N_(
        "See whether they are there, let the user that runs this own them and their folder"
        " (chown -R), and let this process open enough files: ulimit -n."
    ),
)
def database_file_not_opened() -> None: ...
@reason(
    N_("another program holds it"), N_("End other programs that work on its file, and try again.")
)
def database_file_held() -> None: ...
@reason(N_("too many are reading it at once"), N_("Try again in a moment."))
def database_file_busy() -> None: ...
@reason(
    N_("this machine has no memory left for it"),
    N_("End other programs, or give the machine more memory."),
)
def database_no_memory() -> None: ...


#: The advice for a database that can no longer be trusted.
RESTORE = N_(
    "Put the newest backup in its place, which keeps the damaged one beside it:"
    " automator restore FILE --replace (backups are in the folder `backups` beside it)."
)


@reason(N_("it is damaged: {cause}"), RESTORE)
def database_file_damaged(*, cause: str) -> None: ...


@reason(N_("the database cannot be reached"), _SERVER)
def database_unreached() -> None: ...
@reason(N_("the database {place} cannot be reached: {failure}"), N_("{failure:advice}"))
def database_cannot_reach(*, place: str, failure: Reason) -> None: ...
@reason(N_("the database {place} cannot be opened: {failure}"), N_("{failure:advice}"))
def database_cannot_open(*, place: str, failure: Reason) -> None: ...
@reason(N_("the database cannot be read: {failure}"), N_("{failure:advice}"))
def database_cannot_read(*, failure: Reason) -> None: ...
@reason(N_("the database cannot commit now: {failure}"), N_("{failure:advice}"))
def database_cannot_commit(*, failure: Reason) -> None: ...
@reason(N_("the database {place} failed: {failure}"), N_("{failure:advice}"))
def database_copy_failed(*, place: str, failure: Reason) -> None: ...
@reason(N_("the database has failed: {cause}"), N_("Check the disk, then start the server again."))
def database_failed(*, cause: str) -> None: ...
@reason(N_("the store is closed"), N_("Start the server again."))
def store_is_closed() -> None: ...
@reason(
    N_("too many deliveries are waiting to be stored"),
    N_(
        "They are taken in again as soon as the disk keeps up; look for other programs that use it."
    ),
)
def store_is_busy() -> None: ...
@reason(
    N_("the delivery could not be stored in time"),
    N_("Look at the disk, and for other programs that hold the database."),
)
def store_is_slow() -> None: ...


_ROOM = N_("Make room; new deliveries are taken in again by itself.")


@reason(N_("the disk of {database} has no room for a delivery of {size:number} bytes now"), _ROOM)
def no_room_for_delivery(*, database: str, size: int) -> None: ...
@reason(N_("the disk of {database} has {free:number} MB left"), _ROOM)
def little_room(*, database: str, free: int) -> None: ...
@reason(N_("the disk of {database} is full"), _ROOM)
def disk_full(*, database: str) -> None: ...
#: Rule sets that are stored.
@reason(
    N_("rule-set revision {revision} is not in the store"),
    N_("The history of the rules page lists those that are kept."),
)
def revision_unknown(*, revision: int) -> None: ...
@reason(
    N_("rule-set revision {revision} can no longer be read by this version"),
    N_("The obstacles: {problems:list}."),
)
def revision_unreadable(*, revision: int, problems: Sequence[str]) -> None: ...
#: Warnings about databases whose setup can lose data.
@reason(
    N_("SQLite {version} is safe as long as this server alone writes to the file"),
    N_("Let no other program write to it; SQLite 3.51.3 mends this."),
)
def sqlite_version(*, version: str) -> None: ...
@reason(
    N_("others may look into the data folder {folder}"),
    N_("Let only its user in: chmod 700 {folder}"),
)
def data_folder_open(*, folder: str) -> None: ...
@reason(N_("fsync is off: a power cut can lose or damage everything"), N_("Set fsync = on."))
def fsync_off() -> None: ...
@reason(
    N_("full_page_writes is off: a power cut can damage tables"), N_("Set full_page_writes = on.")
)
def full_page_writes_off() -> None: ...
@reason(
    N_("synchronous_commit is off: a crash of the server loses events that were acknowledged"),
    N_("Set synchronous_commit = on."),
)
def synchronous_commit_off() -> None: ...
@reason(
    N_("commits wait for no standby: a failover loses the newest acknowledged events"),
    N_("Set synchronous_commit = on and synchronous_standby_names."),
)
def commits_wait_for_no_standby() -> None: ...
#: Backups of a database server, which its own tools make.
@reason(
    N_(
        "not made by this program but by the database server's tools; it archives no write-ahead"
        " log (archive_mode is off), so that only copies can bring it back"
    ),
    N_("Run `automator backup FILE` or pg_dump regularly."),
)
def server_archive_off() -> None: ...
@reason(
    N_(
        "not made by this program but by the database server's tools; its archive of the"
        " write-ahead log fails since {since:time}"
    ),
    N_("Look into the database server's log."),
)
def server_archive_fails(*, since: int) -> None: ...
@reason(
    N_(
        "not made by this program but by the database server's tools; it archives its write-ahead"
        " log, and has archived nothing yet"
    )
)
def server_archive_empty() -> None: ...
@reason(
    N_(
        "not made by this program but by the database server's tools; it archives its write-ahead"
        " log, last on {last:time}"
    )
)
def server_archive_works(*, last: int) -> None: ...
