"""Finds the headers and parameters in which a sender signs, and other spellings of a signature.

Most senders sign in a header, a few in a parameter of the query. To find out, `scheme_of` signs
with different bodies, times and secrets, and looks which values change.
"""

import base64
import binascii
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from urllib.parse import parse_qsl, urlencode

from automator.engine.doctor.connection_secrets import PROBE, signing_places, with_secret
from automator.http.types import InboundRequest
from automator.model import record
from automator.plugins import Provider
from automator.reasons import ReasonKind, alterations

_BODIES = (b'{"a":1}', b'{"a":2}')
_NOW_MS = 1_700_000_000_000
_LATER_MS = 1_700_000_100_000
_PLAIN = frozenset({"content-type", "user-agent", "accept"})
_SPELLED = re.compile(r"(.*?)([0-9a-f]{40,128}|[A-Za-z0-9+/]{27,86}={0,2})", re.DOTALL)
_ANY_PREFIX = re.compile(r"^(?:sha-?(?:1|256|512)|hmac|mac|v[0-9])\s*[=:,]\s*", re.IGNORECASE)
_LONG_NUMBER = re.compile(r"[0-9]{8,}")
_CAPITALS = re.compile(r"[0-9A-F]{40,128}")
_HEX = re.compile(r"[0-9a-fA-F]{40,128}")
_MAX_PARAMETERS = 50
#: The names of hash functions, by the number of hex digits.
_HASHES = {40: "SHA-1", 64: "SHA-256", 128: "SHA-512"}


@record(kw_only=False)
class Scheme:
    """The headers of a sender, grouped by what changes their values."""

    #: Signatures, which depend on the body.
    signatures: tuple[str, ...]
    #: Times, which depend only on the time.
    times: tuple[str, ...]
    #: Tokens, which depend only on the secret.
    tokens: tuple[str, ...]
    #: Ids and names, which depend on none of them.
    constants: tuple[str, ...]
    #: A right signature, as an example.
    example: str
    #: Parameters of the query that depend on the secret; below, a right value as an example.
    query_signatures: tuple[str, ...] = ()
    query_example: str = ""
    #: All parameters that the sender adds.
    parameters: tuple[str, ...] = ()

    @property
    def headers(self) -> tuple[str, ...]:
        """All headers."""
        return (*self.signatures, *self.tokens, *self.times, *self.constants)

    @property
    def proofs(self) -> tuple[str, ...]:
        """The headers that prove who the sender is."""
        return self.signatures or self.tokens


def scheme_of(provider: Provider) -> Scheme:
    """Finds the scheme of a connection by signing with different bodies, times and secrets."""
    first = _signed(provider, _BODIES[0], _NOW_MS)
    other_body = _signed(provider, _BODIES[1], _NOW_MS)
    later = _signed(provider, _BODIES[0], _LATER_MS)
    probes = [with_secret(provider, place, PROBE) for place in signing_places(provider)]
    others = [other for other in probes if other is not None]
    other_headers = [_signed(other, _BODIES[0], _NOW_MS) for other in others]
    query, other_queries = _signed_query(provider), [_signed_query(other) for other in others]
    signatures = tuple(name for name in first if first[name] != other_body.get(name))
    times = tuple(
        name for name in first if name not in signatures and first[name] != later.get(name)
    )
    rest = tuple(name for name in first if name not in (*signatures, *times))
    tokens = tuple(name for name in rest if _differs(name, first, other_headers))
    proofs = tuple(name for name in query if _differs(name, query, other_queries))
    return Scheme(
        signatures,
        times,
        tokens,
        constants=tuple(name for name in rest if name not in tokens),
        example=first[signatures[0]] if signatures else "",
        query_signatures=proofs,
        query_example=query[proofs[0]] if proofs else "",
        parameters=tuple(query),
    )


def _differs(name: str, signed: Mapping[str, str], others: Sequence[Mapping[str, str]]) -> bool:
    return any(other.get(name) != signed[name] for other in others)


def _signed_query(provider: Provider) -> Mapping[str, str]:
    query = provider.sign_query(_BODIES[0], now_ms=_NOW_MS, delivery_key="0")
    return dict(parse_qsl(query, keep_blank_values=True))


def _signed(provider: Provider, body: bytes, now_ms: int) -> Mapping[str, str]:
    signed = provider.sign(body, now_ms=now_ms, delivery_key="0")
    return {name: value for name, value in signed.items() if name not in _PLAIN}


def with_header(request: InboundRequest, name: str, value: str) -> InboundRequest:
    """The request with exactly one header `name`, which has this value."""
    rest = tuple(pair for pair in request.raw_headers if pair[0] != name)
    return replace(request, raw_headers=(*rest, (name, value)))


def with_parameter(request: InboundRequest, name: str, value: str) -> InboundRequest:
    """The request with exactly one query parameter `name`, which has this value."""
    rest = [pair for pair in parameters_of(request) if pair[0] != name]
    return replace(request, query=urlencode([*rest, (name, value)]))


def parameters_of(request: InboundRequest) -> list[tuple[str, str]]:
    """The parameters of the query, in order; empty if the query cannot be read."""
    try:
        return parse_qsl(request.query, keep_blank_values=True, max_num_fields=_MAX_PARAMETERS)
    except ValueError:
        return []


def spellings(given: str, example: str) -> Iterator[tuple[ReasonKind[...], str]]:
    """Yields other spellings of a signature, each with the mistake that would explain it."""
    yield alterations.signature_quoted, given.strip("\"' ")
    yield alterations.hex_capitals, _CAPITALS.sub(lambda found: found[0].lower(), given)
    right = _SPELLED.fullmatch(example)
    if right is None or _LONG_NUMBER.search(right[1]):
        return
    prefix, is_hex = right[1], _HEX.fullmatch(right[2]) is not None
    bare = given.removeprefix(prefix) if prefix else _ANY_PREFIX.sub("", given)
    if prefix:
        yield alterations.prefix_missing, prefix + given
        yield alterations.prefix_wrong, prefix + _ANY_PREFIX.sub("", given)
    elif bare != given:
        yield alterations.prefix_added, bare
    yield alterations.hex_capitals, prefix + _ANY_PREFIX.sub("", bare).lower()
    digest = _digest_of(_ANY_PREFIX.sub("", bare), is_base64=is_hex)
    if digest is not None:
        kind = alterations.base64_for_hex if is_hex else alterations.hex_for_base64
        written = digest.hex() if is_hex else base64.b64encode(digest).decode()
        yield kind, prefix + written


def _digest_of(text: str, *, is_base64: bool) -> bytes | None:
    try:
        if not is_base64:
            return bytes.fromhex(text)
        padded = text.replace("-", "+").replace("_", "/")
        return base64.b64decode(padded + "=" * (-len(padded) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None


def hash_names(given: str, example: str) -> tuple[str, str] | None:
    """The hash functions of the given and of the right signature, if their lengths differ."""
    right = _SPELLED.fullmatch(example)
    digits = _ANY_PREFIX.sub("", given.strip())
    if right is None or not _HEX.fullmatch(digits) or not _HEX.fullmatch(right[2]):
        return None
    came, wanted = _HASHES.get(len(digits)), _HASHES.get(len(right[2]))
    return (came, wanted) if came and wanted and came != wanted else None
