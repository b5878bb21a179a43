"""WeChat's encryption: AES-256 in CBC mode, with the length and the account inside.

https://developers.weixin.qq.com/doc/offiaccount/Message_Management/Message_encryption_and_decryption_instructions.html
"""

import base64
import binascii
import hashlib
import hmac
import re

from automator.model import Reason
from automator.reasons.bodies import (
    ENCRYPTED_FOR_OTHER_ACCOUNT,
    ENCRYPTED_WITH_OTHER_KEY,
    NOT_WHOLE_BLOCKS,
)

#: The form of an EncodingAESKey: base64 of 32 bytes, without the last sign.
KEY = re.compile(r"[A-Za-z0-9+/]{43}")
RANDOM_BYTES = 16
_LENGTH_BYTES = 4
#: WeChat pads to blocks of 32 bytes, twice those of AES.
_BLOCK = 32
_ENCRYPT = re.compile(rb"<Encrypt>\s*(?:<!\[CDATA\[)?([A-Za-z0-9+/=]+)(?:\]\]>)?\s*</Encrypt>")
_MAX_FOUND = 8


class UndecipherableError(Exception):
    """Not encrypted with this key for this account; its reason says which."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(str(reason))
        self.reason = reason


class WeChatCipher:
    """Encrypts and decrypts with one EncodingAESKey for one account."""

    def __init__(self, encoding_aes_key: str, app_id: str) -> None:
        """Takes the key as WeChat shows it.

        Raises:
            ValueError: it is no EncodingAESKey.
        """
        if not KEY.fullmatch(encoding_aes_key):
            raise ValueError("an EncodingAESKey has 43 letters and digits")
        # Imported where it is used: few connections encrypt, and every command starts here.
        from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

        key = base64.b64decode(f"{encoding_aes_key}=")
        self._cipher = Cipher(algorithms.AES256(key), modes.CBC(key[:16]))
        self._app_id = app_id.encode()

    def decrypt(self, text: bytes) -> bytes:
        """The content that base64 `text` holds.

        Raises:
            UndecipherableError: another key, another account, or no such text at all.
        """
        try:
            sealed = base64.b64decode(text, validate=True)
            decryptor = self._cipher.decryptor()
            plain: bytes = decryptor.update(sealed) + decryptor.finalize()
        except (binascii.Error, ValueError) as error:
            raise UndecipherableError(NOT_WHOLE_BLOCKS()) from error
        plain = _unpadded(plain)
        start = RANDOM_BYTES + _LENGTH_BYTES
        end = start + int.from_bytes(plain[RANDOM_BYTES:start], "big")
        if len(plain) < start or end > len(plain):
            raise UndecipherableError(ENCRYPTED_WITH_OTHER_KEY())
        if not hmac.compare_digest(plain[end:], self._app_id):
            raise UndecipherableError(ENCRYPTED_FOR_OTHER_ACCOUNT())
        return plain[start:end]

    def encrypt(self, content: bytes, random: bytes) -> bytes:
        """`content` as base64; `random` are 16 bytes that make equal contents differ."""
        length = len(content).to_bytes(_LENGTH_BYTES, "big")
        plain = random + length + content + self._app_id
        count = _BLOCK - len(plain) % _BLOCK
        encryptor = self._cipher.encryptor()
        sealed = encryptor.update(plain + bytes([count]) * count) + encryptor.finalize()
        return base64.b64encode(sealed)


def _unpadded(plain: bytes) -> bytes:
    count = plain[-1] if plain else 0
    if not 0 < count <= _BLOCK or plain[-count:] != bytes([count]) * count:
        raise UndecipherableError(ENCRYPTED_WITH_OTHER_KEY())
    return plain[:-count]


def encrypted_texts(body: bytes) -> list[bytes]:
    """The texts of the elements `Encrypt` of a body.

    A message in compatible mode may quote such an element: the signature decides which is meant.
    """
    return _ENCRYPT.findall(body)[:_MAX_FOUND]


def signature_of(*parts: str) -> bytes:
    """The SHA-1 over the sorted parts, as hex: token, time, nonce, and what is encrypted."""
    text = "".join(sorted(parts)).encode("utf-8", "surrogatepass")
    return hashlib.sha1(text, usedforsecurity=False).hexdigest().encode()
