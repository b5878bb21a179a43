"""Encrypts stored tokens with AES-GCM, so that a copy of the database does not give access.

A sealed text is bound to its subject: it cannot be opened as the text of another connection.
"""

import base64
import binascii
import os
import secrets
from pathlib import Path

from automator.model import N_, AutomatorError, SettingsError

KEY_FILE = "sealing.key"
#: The environment variable that can hold the key instead of the file.
KEY_VARIABLE = "AUTOMATOR_SEALING_KEY"
_KEY_BYTES = 32
_NONCE_BYTES = 12


class SealedError(AutomatorError):
    """A sealed text cannot be opened with this key."""

    code = "sealed"


class Sealer:
    """Seals and opens texts with one key."""

    def __init__(self, key: bytes) -> None:
        """Takes a key of 32 bytes.

        Raises:
            SettingsError: the package for encryption is not installed.
        """
        try:
            from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415 - 7 MB, for few secrets.
        except ImportError as error:
            raise SettingsError(
                N_("tokens that rotate are stored encrypted, and the package for that is missing"),
                fix=N_("Install the package `cryptography`."),
                code="no-cryptography",
            ) from error
        self._cipher = AESGCM(key)

    def seal(self, text: str, about: str) -> bytes:
        """Encrypts a text for its subject `about`; the result differs each time."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        sealed: bytes = self._cipher.encrypt(nonce, text.encode(), about.encode())
        return nonce + sealed

    def open(self, sealed: bytes, about: str) -> str:
        """Decrypts a text that was sealed for the same `about`.

        Raises:
            SealedError: the text was changed, or sealed with another key or another `about`.
        """
        from cryptography.exceptions import InvalidTag  # noqa: PLC0415 - As above.

        try:
            opened: bytes = self._cipher.decrypt(
                sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], about.encode()
            )
        except (InvalidTag, ValueError) as error:
            raise SealedError(
                N_("the stored {about} was sealed with another key"),
                fix=N_(
                    "Put {file} back into the data folder, or set {variable} as it was;"
                    " all nodes need the same one."
                ),
                about=about,
                file=KEY_FILE,
                variable=KEY_VARIABLE,
            ) from error
        return opened.decode()


def sealing_key(folder: Path, given: str) -> bytes:
    """The given base64 key, or else the key in the data folder, which the first call creates.

    Raises:
        SettingsError: the key is not 32 bytes, or its file cannot be read.
    """
    if given:
        return _decoded(given, KEY_VARIABLE)
    path = folder / KEY_FILE
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _decoded(path.read_text(encoding="ascii", errors="replace"), str(path))
    key = secrets.token_bytes(_KEY_BYTES)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(base64.b64encode(key).decode())
        file.flush()
        os.fsync(file.fileno())
    return key


def _decoded(text: str, place: str) -> bytes:
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != _KEY_BYTES:
        raise SettingsError(
            N_("{place} holds no key of {count} bytes in base64"),
            fix=N_("Put the key back as it was, or make one: openssl rand -base64 32"),
            code="sealing-key",
            place=place,
            count=_KEY_BYTES,
        )
    return key
