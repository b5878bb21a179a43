"""Secrets are named by reference (`env:NAME`, `file:PATH`) and never show themselves."""

import os
from collections.abc import Mapping
from pathlib import Path

from automator.model import SettingsError

MIN_SECRET_LENGTH = 8


class Secret:
    """A secret text. `repr`, `str` and formatting show only where it came from."""

    __slots__ = ("_text", "source")

    def __init__(self, text: str, source: str = "literal") -> None:
        self._text = text
        self.source = source

    def reveal(self) -> str:
        """The text itself: call this only where it is used."""
        return self._text

    def __repr__(self) -> str:
        return f"<secret {self.source}>"

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._text == self._text

    def __hash__(self) -> int:
        return hash(self._text)


def resolve_secret(reference: str, environ: Mapping[str, str] | None = None) -> Secret:
    """Reads the secret that `env:NAME` or `file:PATH` names.

    A text without either prefix is the secret itself; `automator check` warns of those.

    Raises:
        SettingsError: the variable or the file is missing or empty.
    """
    environ = os.environ if environ is None else environ
    kind, _, name = reference.partition(":")
    if kind == "env" and name:
        text = environ.get(name, "")
        if not text:
            raise SettingsError(
                f"the environment variable {name} is not set",
                fix=f"Set it before the start: export {name}=…",
                code="secret-missing",
            )
        return Secret(text, reference)
    if kind == "file" and name:
        try:
            text = Path(name).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise SettingsError(
                f"the secret file {name} cannot be read: {error.strerror}",
                fix="Check the path and that this user may read it.",
                code="secret-missing",
            ) from error
        if not text:
            raise SettingsError(
                f"the secret file {name} is empty",
                fix="Write the secret into it.",
                code="secret-missing",
            )
        return Secret(text, reference)
    return Secret(reference, "written in the file")


def redact(text: str, secrets: tuple[Secret, ...]) -> str:
    """`text` with every known secret replaced by where it comes from."""
    for secret in secrets:
        value = secret.reveal()
        if len(value) >= MIN_SECRET_LENGTH and value in text:
            text = text.replace(value, repr(secret))
    return text
