"""Changes of pages to automator.yaml: each is checked before it is written.

A secret goes into a file of its own that only the user of the server can read, and automator.yaml
refers to it as `file:`. No page ever shows it again.
"""

import contextlib
import re
import secrets
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from automator.durable_files import write_durably
from automator.model import N_, NotFoundError, Problem, Severity, UsageError
from automator.server.web.services import Services
from automator.server.web.settings_file import SettingsFile

FOLDER = "secrets"


class SettingsRefusedError(UsageError):
    """automator.yaml would have errors: nothing was changed."""

    def __init__(
        self,
        problems: list[Problem],
        labels: Mapping[str, str],
        labels_of_lines: Mapping[int, str],
    ) -> None:
        super().__init__(
            N_("with this automator.yaml would have errors; nothing was changed"),
            fix=N_("Mend the problems."),
        )
        self.problems = problems
        #: The labels of the fields with secrets, for problems that mention them.
        self.labels = labels
        #: The labels of the fields whose values are in these lines of the text.
        self.labels_of_lines = labels_of_lines


def settings_file(services: Services) -> SettingsFile:
    """The file that pages may change.

    Raises:
        NotFoundError: this server has none, like the demo.
    """
    if services.settings_file is None:
        raise NotFoundError(
            N_("this server runs without an automator.yaml"),
            fix=N_("Leave the demo on the page Connections, or start it in a folder with one."),
        )
    return services.settings_file


@contextlib.contextmanager
def new_secrets(data: Path) -> Iterator[Callable[[str, str, str], str]]:
    """Yields a function that stores a secret in a new file, by its owner and its name, and returns
    its reference for automator.yaml. If the block fails, these files are deleted.
    """
    files: list[Path] = []

    def keep(owner: str, name: str, value: str) -> str:
        files.append(_kept(data, owner, name, value))
        return f"file:{files[-1]}"

    try:
        yield keep
    except BaseException:
        for path in files:
            with contextlib.suppress(OSError):
                path.unlink()
        raise


def write_good(
    file: SettingsFile,
    before: str,
    after: str,
    *,
    labels: Mapping[str, str] | None = None,
    labels_of_lines: Mapping[int, str] | None = None,
) -> None:
    """Writes a changed automator.yaml that has no errors.

    `labels` are the labels of the fields with secrets, by the secrets' sources; `labels_of_lines`
    are the labels of the fields whose values are in these lines.

    Raises:
        SettingsRefusedError: it has errors; nothing was changed.
        ConflictError: somebody else has changed it meanwhile.
    """
    errors = [item for item in file.check(after) if item.severity is Severity.ERROR]
    if errors:
        raise SettingsRefusedError(errors, labels or {}, labels_of_lines or {})
    file.write(after, instead_of=before)


def _kept(data: Path, connection: str, option: str, value: str) -> Path:
    """Writes a secret to a file with a new name, so that the old one stays; returns the file."""
    folder = (data / FOLDER).resolve()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / f"{connection}.{option}.{secrets.token_hex(4)}"
    write_durably(path, f"{value}\n")
    return path


def drop_unused(data: Path, before: str, after: str) -> None:
    """Deletes our own secret files to which automator.yaml no longer refers."""
    folder = re.escape(f"file:{(data / FOLDER).resolve()}/")
    names = re.findall(rf"{folder}([\w.-]+)", before)
    for name in set(names) - set(re.findall(rf"{folder}([\w.-]+)", after)):
        with contextlib.suppress(OSError):
            (data / FOLDER / name).unlink()
