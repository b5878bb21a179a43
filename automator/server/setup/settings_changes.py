"""Writes changes of pages to automator.yaml after checking them, and stores secrets in files.

Each secret has a file that only the server's user can read, and automator.yaml refers to the file
as `file:PATH`. No page shows a stored secret.
"""

import contextlib
import re
import secrets
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from automator.durable_files import write_durably
from automator.files.editing import put, remove
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
        #: The labels of the form's fields by the references of their secrets.
        self.labels = labels
        #: The labels of the form's fields by the lines of their values in automator.yaml.
        self.labels_of_lines = labels_of_lines


def settings_file(services: Services) -> SettingsFile:
    """The settings file, which pages may change.

    Raises:
        NotFoundError: this server has no settings file, like the demo.
    """
    if services.settings_file is None:
        raise NotFoundError(
            N_("this server runs without an automator.yaml"),
            fix=N_("Leave the demo on the page Connections, or start it in a folder with one."),
        )
    return services.settings_file


@contextlib.contextmanager
def new_secrets(data: Path) -> Iterator[Callable[[str, str, str], str]]:
    """Yields a function `keep(owner, name, value)` that stores a secret in a new file.

    The function returns the reference for automator.yaml. If the block fails, the files are
    deleted.
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
    """Writes a changed automator.yaml if it has no errors.

    `labels` and `labels_of_lines` become those of a `SettingsRefusedError`.

    Raises:
        SettingsRefusedError: the text has errors; nothing was changed.
        ConflictError: somebody else has changed the file meanwhile.
    """
    errors = [item for item in file.check(after) if item.severity is Severity.ERROR]
    if errors:
        raise SettingsRefusedError(errors, labels or {}, labels_of_lines or {})
    file.write(after, instead_of=before)


def _kept(data: Path, connection: str, option: str, value: str) -> Path:
    """Writes a secret to a new file, and returns the file; the file of the old secret stays."""
    folder = (data / FOLDER).resolve()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / f"{connection}.{option}.{secrets.token_hex(4)}"
    write_durably(path, f"{value}\n")
    return path


def drop_unused(data: Path, before: str, after: str) -> None:
    """Deletes the secret files to which the text refers `before` the change and not `after` it."""
    folder = re.escape(f"file:{(data / FOLDER).resolve()}/")
    names = re.findall(rf"{folder}([\w.-]+)", before)
    for name in set(names) - set(re.findall(rf"{folder}([\w.-]+)", after)):
        with contextlib.suppress(OSError):
            (data / FOLDER / name).unlink()


# --- The public address of the server ---

_ADDRESS = re.compile(r"https?://[A-Za-z0-9.\-\[\]:]{1,250}(/[\w./-]{0,200})?")


def set_public_url(file: SettingsFile, address: str) -> None:
    """Sets the address at which the outside reaches this server; "" removes it.

    Raises:
        UsageError: the text is no address.
        SettingsRefusedError: the file would have errors.
    """
    address = address.strip().rstrip("/")
    if address and "://" not in address:
        address = f"https://{address}"
    if address and not _ADDRESS.fullmatch(address):
        raise UsageError(N_("this is no address"), fix=N_("Write it as https://hooks.example.com."))
    before = file.read()
    text = put(before, ("public_url",), address) if address else remove(before, ("public_url",))
    write_good(file, before, text)
