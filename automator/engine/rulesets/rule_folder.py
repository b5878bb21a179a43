"""The folder of rule files: reads the files, and writes them so that a crash leaves whole files."""

import contextlib
import errno
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path, PurePosixPath

from automator.durable_files import sync_file, write_durably
from automator.files import MAX_BYTES
from automator.model import N_, ConflictError, Problem, Reason, StoreUnavailableError, record
from automator.reasons import problem_code
from automator.reasons.problems.files import whole_files
from automator.reasons.quoted import os_reason
from automator.rules import find_rule_files, read_rule_files


@record(kw_only=False)
class RuleFile:
    """A rule file on disk. `etag` identifies exactly this text."""

    name: str
    text: str
    etag: str


@record(kw_only=False)
class FolderContents:
    """The texts of the files that can be read, and a problem for each file that cannot."""

    files: Mapping[str, str]
    unreadable: Mapping[str, Problem]
    #: A warning for each link, because links are not followed.
    left_out: Sequence[Problem] = ()


class RuleFolder:
    """The folder of the rule files."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self, *, has_to_be_there: bool = False) -> FolderContents:
        """Reads all files, including files in subfolders; none if the folder does not exist yet.

        Raises:
            OSError: a folder cannot be listed, so nobody knows its files; or the folder does not
                exist although it `has_to_be_there`.
        """
        if has_to_be_there and not self.path.is_dir():
            raise FileNotFoundError(errno.ENOENT, "", str(self.path))
        unreadable: dict[str, Problem] = {}
        left_out: list[Problem] = []

        def note(name: str, error: OSError) -> None:
            unreadable[name] = unreadable_problem(name, error)

        files = read_rule_files(self.path, on_error=note, on_left_out=left_out.append)
        return FolderContents(files, unreadable, left_out)

    def read_or_refuse(self, *, has_to_be_there: bool = False) -> FolderContents:
        """Does what `read` does, with an error for people who open or change a file.

        Raises:
            StoreUnavailableError: a folder cannot be listed.
        """
        try:
            return self.read(has_to_be_there=has_to_be_there)
        except OSError as error:
            raise StoreUnavailableError(
                N_("the rules folder cannot be read: {error}"),
                fix=N_(
                    "See that it is there and that the server's user may read it, and try again."
                ),
                code="rules_not_read",
                error=os_reason(error),
            ) from error

    def fingerprint(self) -> object:
        """A value that changes when a file is added, changed or removed, or listing fails."""
        states: list[tuple[str, int, int, int]] = []
        try:
            found = find_rule_files(self.path)
            for name, path in found.paths:
                with contextlib.suppress(FileNotFoundError):
                    state = path.stat()
                    states.append((name, state.st_mtime_ns, state.st_size, state.st_ino))
        except OSError as error:
            # `read` reports this error. It is called again when this value changes.
            return ("unreadable", error.errno)
        return tuple(states), tuple((one.file, one.reason.key) for one in found.left_out)

    def behind_links(self, names: Iterable[str]) -> list[Problem]:
        """An error for each of these files that lies below a link to a folder.

        Such files are neither read nor saved, because a link can lead anywhere on the disk.
        """
        found = []
        for name in names:
            folders = [self.path / folder for folder in PurePosixPath(name).parents]
            link = next((folder for folder in folders[:-1] if folder.is_symlink()), None)
            if link is not None:
                reason = whole_files.syntax_link_to_folder(target=str(link.resolve()))
                found.append(_problem(name, reason))
        return found

    def not_whole(self, names: Iterable[str]) -> list[Problem]:
        """An error for each file that can be read only in part, so that it is not overwritten."""
        found = []
        for name in names:
            with contextlib.suppress(OSError):
                if (self.path / name).stat().st_size > MAX_BYTES:
                    found.append(_problem(name, whole_files.syntax_file_not_whole(most=MAX_BYTES)))
        return found

    def write(self, name: str, text: str | None) -> None:
        """Writes a file durably; the text None deletes the file.

        Raises:
            StoreUnavailableError: the disk or the folder refuses; the file is unchanged.
        """
        path = self.path / name
        try:
            if text is not None:
                write_durably(path, text)
            elif path.exists():
                path.unlink()
                sync_file(path.parent)
        except OSError as error:
            raise StoreUnavailableError(
                N_("the rule file {name} cannot be written: {error}"),
                fix=N_(
                    "Let the user that runs the server write into the rules folder, and see"
                    " whether its disk is full."
                ),
                code="rules_not_written",
                name=name,
                error=os_reason(error),
            ) from error

    def bring_up_to(self, files: Mapping[str, str], before: Mapping[str, str]) -> list[str]:
        """Gives the folder the files of a revision; returns the names of files that were kept.

        A file is kept if its text differs from `before`, the text in force: then nobody has
        published it yet.

        Raises:
            StoreUnavailableError: the folder cannot be read, or a file cannot be written.
        """
        on_disk = self.read_or_refuse()
        staying = []
        for name in before.keys() | files.keys():
            mine, published = on_disk.files.get(name), files.get(name)
            if name in on_disk.unreadable or mine == published:
                continue
            if mine == before.get(name):
                self.write(name, published)
            else:
                staying.append(name)
        return staying


def etag_of(text: str) -> str:
    """The identifier of exactly this text, as HTTP uses it."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def require_match(name: str, text: str | None, if_match: str | None) -> None:
    """Refuses a change unless `text` is what its author saw; None means that there was no file.

    Raises:
        ConflictError: the file has changed since.
    """
    if (None if text is None else etag_of(text)) == if_match:
        return
    raise ConflictError(
        N_("{name} does not exist (any more)")
        if text is None
        else N_("{name} was changed by somebody else after you opened it"),
        fix=N_("Open the file as it is now, and repeat your change."),
        name=name,
    )


def unreadable_problem(name: str, error: OSError) -> Problem:
    """The problem of a file or a folder that cannot be read."""
    return _problem(name, whole_files.syntax_unreadable_file(said=os_reason(error)))


def _problem(name: str, reason: Reason) -> Problem:
    return Problem(file=name, line=1, column=1, reason=reason, code=problem_code(reason))
