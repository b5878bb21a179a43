"""Quoted texts of people and other programs, and errors of the operating system."""

import errno

from automator.model import N_, Reason
from automator.model.reason import QUOTED, QUOTED_WITH_FIX
from automator.reasons.kind import reason


#: A text of a platform, of a rule's author, or of an exception, which is not translated.
@reason(N_("{text}"), code=QUOTED)
def quotation(*, text: str) -> None: ...
@reason(N_("{text}"), N_("{fix}"), code=QUOTED_WITH_FIX)
def quoted_advice(*, text: str, fix: str) -> None: ...


@reason(N_("there is no such file or folder"), N_("Compare the path."))
def os_not_there() -> None: ...
@reason(
    N_("this user may not do that"),
    N_("Let the user that runs this command or the server use it: chmod or chown."),
)
def os_not_allowed() -> None: ...
@reason(N_("it can only be read"), N_("Name a place that can be written to."))
def os_read_only() -> None: ...
@reason(N_("the disk is full"), N_("Make room on it."))
def os_full() -> None: ...
@reason(N_("a file stands where a folder is needed"), N_("Name a folder, or move the file away."))
def os_no_folder() -> None: ...
@reason(N_("a folder stands where a file is needed"), N_("Name a file."))
def os_is_folder() -> None: ...
@reason(N_("something stands there already"), N_("Name another place, or move it away."))
def os_exists() -> None: ...
@reason(N_("another program listens there"), N_("Stop it, or choose another port."))
def os_address_in_use() -> None: ...
@reason(N_("this machine has no such address"), N_("Compare the address."))
def os_no_such_address() -> None: ...
@reason(N_("nobody listens there"))
def os_refused() -> None: ...
@reason(N_("no network leads there"))
def os_no_way() -> None: ...
@reason(N_("the other side broke the connection off"))
def os_cut_off() -> None: ...
@reason(N_("the disk cannot read or write it"), N_("Check the disk."))
def os_disk_fails() -> None: ...
@reason(
    N_("it is larger than this user's files may become"),
    N_("Let this process write larger files: ulimit -f."),
)
def os_too_large() -> None: ...
@reason(
    N_("the links on the way to it lead round in a circle"),
    N_("Let the link lead to a file or a folder: ls -l."),
)
def os_round_links() -> None: ...
@reason(N_("its name is too long"), N_("Shorten it."))
def os_long_name() -> None: ...
@reason(N_("too many files and connections are open"), N_("Let this process open more: ulimit -n."))
def os_too_many_files() -> None: ...
@reason(N_("{said}"))
def os_other(*, said: str) -> None: ...


_KINDS = {
    errno.ENOENT: os_not_there,
    errno.EACCES: os_not_allowed,
    errno.EPERM: os_not_allowed,
    errno.EROFS: os_read_only,
    errno.ENOSPC: os_full,
    errno.EDQUOT: os_full,
    errno.ENOTDIR: os_no_folder,
    errno.EISDIR: os_is_folder,
    errno.EEXIST: os_exists,
    errno.EADDRINUSE: os_address_in_use,
    errno.EADDRNOTAVAIL: os_no_such_address,
    errno.ECONNREFUSED: os_refused,
    errno.ENETUNREACH: os_no_way,
    errno.EHOSTUNREACH: os_no_way,
    errno.ECONNRESET: os_cut_off,
    errno.EPIPE: os_cut_off,
    errno.EIO: os_disk_fails,
    errno.EFBIG: os_too_large,
    errno.ELOOP: os_round_links,
    errno.ENAMETOOLONG: os_long_name,
    errno.EMFILE: os_too_many_files,
    errno.ENFILE: os_too_many_files,
}


def os_reason(error: OSError) -> Reason:
    """The reason for an error of the operating system; it quotes the text of an unknown error."""
    kind = _KINDS.get(error.errno or 0)
    if kind is not None:
        return kind()
    return os_other(said=error.strerror or str(error) or type(error).__name__)
