"""Quotations: texts of others, as they are, and errors of the operating system in our words."""

import errno

from automator.model import N_, Reason
from automator.model.reason import QUOTED, QUOTED_WITH_FIX
from automator.reasons.kind import reason_kind

#: The words of a platform, of a rule's author, or of an exception: they are not translated.
QUOTATION = reason_kind(QUOTED, N_("{text}"))
QUOTED_ADVICE = reason_kind(QUOTED_WITH_FIX, N_("{text}"), N_("{fix}"))

_NOT_THERE = reason_kind(
    "os_not_there", N_("there is no such file or folder"), N_("Compare the path.")
)
_NOT_ALLOWED = reason_kind(
    "os_not_allowed",
    N_("this user may not do that"),
    N_("Let the user that runs this command or the server use it: chmod or chown."),
)
_READ_ONLY = reason_kind(
    "os_read_only", N_("it can only be read"), N_("Name a place that can be written to.")
)
_FULL = reason_kind("os_full", N_("the disk is full"), N_("Make room on it."))
_NO_FOLDER = reason_kind(
    "os_no_folder",
    N_("a file stands where a folder is needed"),
    N_("Name a folder, or move the file away."),
)
_IS_FOLDER = reason_kind(
    "os_is_folder", N_("a folder stands where a file is needed"), N_("Name a file.")
)
_EXISTS = reason_kind(
    "os_exists", N_("something stands there already"), N_("Name another place, or move it away.")
)
_ADDRESS_IN_USE = reason_kind(
    "os_address_in_use", N_("another program listens there"), N_("Stop it, or choose another port.")
)
_NO_SUCH_ADDRESS = reason_kind(
    "os_no_such_address", N_("this machine has no such address"), N_("Compare the address.")
)
_REFUSED = reason_kind("os_refused", N_("nobody listens there"))
_NO_WAY = reason_kind("os_no_way", N_("no network leads there"))
_CUT_OFF = reason_kind("os_cut_off", N_("the other side broke the connection off"))
_DISK_FAILS = reason_kind(
    "os_disk_fails", N_("the disk cannot read or write it"), N_("Check the disk.")
)
_TOO_LARGE = reason_kind(
    "os_too_large",
    N_("it is larger than this user's files may become"),
    N_("Let this process write larger files: ulimit -f."),
)
_ROUND_LINKS = reason_kind(
    "os_round_links",
    N_("the links on the way to it lead round in a circle"),
    N_("Let the link lead to a file or a folder: ls -l."),
)
_LONG_NAME = reason_kind("os_long_name", N_("its name is too long"), N_("Shorten it."))
_TOO_MANY_FILES = reason_kind(
    "os_too_many_files",
    N_("too many files and connections are open"),
    N_("Let this process open more: ulimit -n."),
)
_OTHER = reason_kind("os_other", N_("{said}"))

_KINDS = {
    errno.ENOENT: _NOT_THERE,
    errno.EACCES: _NOT_ALLOWED,
    errno.EPERM: _NOT_ALLOWED,
    errno.EROFS: _READ_ONLY,
    errno.ENOSPC: _FULL,
    errno.EDQUOT: _FULL,
    errno.ENOTDIR: _NO_FOLDER,
    errno.EISDIR: _IS_FOLDER,
    errno.EEXIST: _EXISTS,
    errno.EADDRINUSE: _ADDRESS_IN_USE,
    errno.EADDRNOTAVAIL: _NO_SUCH_ADDRESS,
    errno.ECONNREFUSED: _REFUSED,
    errno.ENETUNREACH: _NO_WAY,
    errno.EHOSTUNREACH: _NO_WAY,
    errno.ECONNRESET: _CUT_OFF,
    errno.EPIPE: _CUT_OFF,
    errno.EIO: _DISK_FAILS,
    errno.EFBIG: _TOO_LARGE,
    errno.ELOOP: _ROUND_LINKS,
    errno.ENAMETOOLONG: _LONG_NAME,
    errno.EMFILE: _TOO_MANY_FILES,
    errno.ENFILE: _TOO_MANY_FILES,
}


def os_reason(error: OSError) -> Reason:
    """The reason for an error of the operating system; for an unknown error, its own text."""
    kind = _KINDS.get(error.errno or 0)
    if kind is not None:
        return kind()
    return _OTHER(said=error.strerror or str(error) or type(error).__name__)
