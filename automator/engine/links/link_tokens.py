"""Tokens of tracked links: which step sent which link to whom, signed by this server.

A token contains all that its link needs, so no row is stored for a link: a byte of flags, the id of
the run, the step, the receiver if the step names one, the target, and a MAC. Without the key nobody
can make a token, change its target, or turn it into another person's token.
"""

import base64
import binascii
import hmac
from collections.abc import Sequence
from hashlib import blake2b

from automator.model import record
from automator.store import Store, TinyDB

#: How many characters a token may have to be read.
_MOST_TOKEN = 4_000
_VERSION = 0x10
_IS_HTTPS = 0x01
_HAS_RECEIVER = 0x02
_RUN_BYTES = 8
_MAC_BYTES = 9
_SCHEMES = {True: "https://", False: "http://"}


@record(kw_only=False)
class Link:
    """A tracked link that one step of one run sent to one person."""

    run_id: int
    step: str
    #: The address to which the link leads, in ASCII.
    target: str
    #: The key of the contact, if the step names its receiver; "" for the event's person.
    receiver: str = ""


class LinkKeys:
    """Makes tokens with the first of its keys, and reads tokens made with any of them."""

    def __init__(self, secrets: Sequence[bytes]) -> None:
        self._keys = [blake2b(one, person=b"tracked-links").digest() for one in secrets]

    @property
    def fingerprints(self) -> list[str]:
        """Short texts that distinguish the keys without revealing them, in the keys' order."""
        return [blake2b(key, digest_size=8, person=b"link-key").hexdigest() for key in self._keys]

    def token(self, link: Link) -> str:
        """The token of a link. The same link and key always give the same token."""
        packed = _packed(link)
        return base64.urlsafe_b64encode(packed + _mac(self._keys[0], packed)).rstrip(b"=").decode()

    def read(self, token: str) -> Link | None:
        """The link of a token; None if none of the keys has made the token."""
        if len(token) > _MOST_TOKEN:
            return None
        try:
            given = base64.b64decode(token + "=" * (-len(token) % 4), b"-_", validate=True)
        except (binascii.Error, ValueError):
            return None
        packed, mac = given[:-_MAC_BYTES], given[-_MAC_BYTES:]
        if not any(hmac.compare_digest(_mac(key, packed), mac) for key in self._keys):
            return None
        return _unpacked(packed)


def _mac(key: bytes, packed: bytes) -> bytes:
    return blake2b(packed, key=key, digest_size=_MAC_BYTES).digest()


def _packed(link: Link) -> bytes:
    scheme, _, rest = link.target.partition("://")
    flags = _VERSION
    flags |= _IS_HTTPS if scheme == "https" else 0
    flags |= _HAS_RECEIVER if link.receiver else 0
    parts = [link.step, link.receiver] if link.receiver else [link.step]
    texts = [part.encode(errors="surrogatepass") for part in parts]
    lengths = [len(text).to_bytes(2) for text in texts]
    pairs = b"".join(length + text for length, text in zip(lengths, texts, strict=True))
    return bytes([flags]) + link.run_id.to_bytes(_RUN_BYTES) + pairs + rest.encode("ascii")


def _unpacked(packed: bytes) -> Link | None:
    """Reads a packed link; None if a later version of this program has packed it."""
    flags = packed[0]
    if flags & ~(_IS_HTTPS | _HAS_RECEIVER) != _VERSION:
        return None
    run_id, rest = int.from_bytes(packed[1 : 1 + _RUN_BYTES]), packed[1 + _RUN_BYTES :]
    step, rest = _text_before(rest)
    receiver = ""
    if flags & _HAS_RECEIVER:
        receiver, rest = _text_before(rest)
    target = _SCHEMES[bool(flags & _IS_HTTPS)] + rest.decode("ascii")
    return Link(run_id, step, target, receiver)


def _text_before(packed: bytes) -> tuple[str, bytes]:
    """Splits the bytes into the text at their beginning, and the rest."""
    end = 2 + int.from_bytes(packed[:2])
    return packed[2:end].decode(errors="surrogatepass"), packed[end:]


# --- Notices that tracked links were made with a key that this server does not have ---
#
# The database has the fingerprint of the key with which the latest started server makes links. A
# server that lacks this key answers these links with 404.


_SET = "link-key"


async def replaces_unknown_key(keys: LinkKeys, store: Store) -> bool:
    """Stores this server's key as the latest one. Returns whether the previous key is unknown here,
    so that this server cannot read its links.

    Raises:
        StoreUnavailableError: nothing can be stored now.
    """
    ours = keys.fingerprints

    def note(documents: TinyDB) -> bool:
        known = [document["fingerprint"] for document in documents.all()]
        if known != [ours[0]]:
            documents.truncate()
            documents.insert({"fingerprint": ours[0]})
        return any(one not in ours for one in known)

    return await store.documents.edit(_SET, note)
