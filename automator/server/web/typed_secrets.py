"""Secrets of a connection form that was refused, so that nobody types them a second time.

They are kept in memory alone, for minutes. A page gets a random key in their place, which opens
them for the same session and the same kind of sender. A form that is saved starts the server anew,
and that forgets them all.
"""

import secrets
from collections.abc import Mapping
from typing import Final

from automator.model import MINUTE_MS, record

_KEPT_MS: Final = 15 * MINUTE_MS
_MOST: Final = 32


@record(kw_only=False)
class _Typed:
    session_id: str
    provider: str
    values: Mapping[str, str]
    until_ms: int


class TypedSecrets:
    """The secrets of refused forms, by the keys in their pages; the oldest of many are dropped."""

    def __init__(self) -> None:
        self._typed: dict[str, _Typed] = {}

    def keep(self, session_id: str, provider: str, values: Mapping[str, str], now_ms: int) -> str:
        """Keeps typed secrets; returns the key for the page, "" without any."""
        self._typed = {key: one for key, one in self._typed.items() if one.until_ms > now_ms}
        if not values or not session_id:
            return ""
        while len(self._typed) >= _MOST:
            del self._typed[next(iter(self._typed))]
        key = secrets.token_urlsafe(24)
        self._typed[key] = _Typed(session_id, provider, dict(values), now_ms + _KEPT_MS)
        return key

    def kept(self, key: str, session_id: str, provider: str, now_ms: int) -> Mapping[str, str]:
        """The secrets that are kept under the key of a page, by the names of the fields."""
        found = self._typed.get(key)
        if found is None or (found.session_id, found.provider) != (session_id, provider):
            return {}
        return found.values if found.until_ms > now_ms else {}
