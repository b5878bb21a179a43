"""Requests of strangers, broken senders and proxies: cases that every provider must withstand."""

import re
from collections.abc import Mapping

from automator.http.json_body import MAX_DEPTH

#: The prefix of a digest, as in `sha256=`, `v1,` or `t=1795478400,v1=`.
_BEFORE_DIGEST = re.compile(r"(t=[0-9]+,)?(sha1|sha256|mac|v[01])[=,]")
_OTHER = {"sha256": "sha1", "sha1": "sha256", "mac": "hmac", "v1": "v0", "v0": "v1"}


def _other(prefix: str) -> str:
    before, comma, version = prefix.rpartition(",")
    return f"{before}{comma}{_OTHER.get(version, 'sha9')}"


def bad_signatures(good: str) -> dict[str, str]:
    """A right proof, made wrong in each way; what cannot be made so is left out."""
    found = _BEFORE_DIGEST.match(good)
    beginning = found[0] if found else ""
    prefix, mark, digest = beginning[:-1], beginning[-1:], good[len(beginning) :]
    cases = {
        "empty": "",
        "blank": "   ",
        "prefix alone": f"{prefix}{mark}",
        "one short": good[:-1],
        "one long": f"{good}0",
        "upper case": f"{prefix}{mark}{digest.upper()}",
        "bare": digest if beginning else f" {digest[:-1]}",
        "other algorithm": f"{_other(prefix)}{mark}{digest}" if prefix else f"sha256={digest}",
        "not ASCII": f"{prefix}{mark}\xc3\xa9",
        "NUL": f"{prefix}{mark}\x00",
        "10 kB": f"{prefix}{mark}{'a' * 10_000}",
        "lone surrogate": f"{prefix}{mark}\ud83d",
        "zeros": f"{prefix}{mark}{'0' * len(digest)}",
    }
    return {case: text for case, text in cases.items() if text != good}


#: Texts that are not a current time, for the place of a signed time.
STRANGE_TIMES = [
    "nan",
    "inf",
    "1e999",
    "１７９５４７８４００",
    "1_795_478_400",
    "-1",
    "+1795478400",
    "1" * 5000,
    "1795478400.0",
    "0",
]

#: Bodies that no provider can read, however well they are signed.
UNREADABLE: Mapping[str, bytes] = {
    "empty": b"",
    "deep": b"[" * (MAX_DEPTH + 2) + b"]" * (MAX_DEPTH + 2),
    "very deep": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "not UTF-8": b'{"a":"\xe9"}',
    "NaN": b"NaN",
    "many items": b"[" + b"0," * 60_000 + b"0]",
    "NUL bytes": b"\x00" * 1_000_000,
}
