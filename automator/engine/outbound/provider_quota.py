"""The share of its provider's quota that an account has used; requests slow down before the limit.

Some providers say it with every answer. Each node knows only the answers that it got itself.
"""

from collections.abc import Mapping

from automator.clock import Clock
from automator.http.types import QuotaReport, ReadQuota

#: Percent from which on requests are spread, and from which on none is sent for a while.
SLOW_PERCENT = 80
FULL_PERCENT = 95
#: Seconds for which nothing is sent where the provider does not say for how long.
HOLD_S = 60.0
#: The longest time for which nothing is sent, whatever the provider says.
LONGEST_HOLD_S = 86_400.0
#: Seconds for which an answer is believed.
KNOWN_S = 300.0
#: Seconds between two requests when the spreading begins; each further percent adds as many.
_FIRST_INTERVAL_S = 1.0
_MORE_INTERVAL_S = 0.6
#: The headers of a request.
Headers = Mapping[str, str] | None


class AccountQuota:
    """The quota of one account at one destination. Times are seconds of a monotonic clock."""

    def __init__(self) -> None:
        self._percent = 0
        self._seen_at = 0.0
        self._free_at = 0.0
        #: The first moment that is not reserved yet.
        self._next_at = 0.0

    def note(self, report: QuotaReport, now_s: float) -> None:
        """Takes in the quota that an answer has reported."""
        self._percent, self._seen_at = report.percent, now_s
        if report.percent >= FULL_PERCENT:
            self._free_at = now_s + min(report.regain_s or HOLD_S, LONGEST_HOLD_S)
        else:
            self._free_at = now_s
        if report.percent < SLOW_PERCENT:
            self._next_at = 0.0

    def take(self, now_s: float) -> float:
        """Seconds until one more request may go; that moment is reserved for it. 0 = now."""
        if self.percent(now_s) < SLOW_PERCENT:
            return 0.0
        free_at = max(self._next_at, self._free_at, now_s)
        over = min(self._percent, FULL_PERCENT) - SLOW_PERCENT
        self._next_at = free_at + _FIRST_INTERVAL_S + over * _MORE_INTERVAL_S
        return free_at - now_s

    def percent(self, now_s: float) -> int:
        """The percent that are used; 0 when that is no longer known."""
        return self._percent if now_s <= max(self._free_at, self._seen_at + KNOWN_S) else 0


class ProviderQuota:
    """The quotas of all accounts at one destination, on this node."""

    def __init__(self, read: ReadQuota | None = None) -> None:
        self._read = read
        self._accounts: dict[int, AccountQuota] = {}

    @property
    def is_known(self) -> bool:
        """An answer has said how much of a quota is used."""
        return bool(self._accounts)

    def take(self, headers: Headers, now_s: float) -> tuple[float, int]:
        """Seconds until a request of this account may go, and the percent that are used.

        The moment is reserved for the request; 0 seconds = now.
        """
        account = self._accounts.get(_account(headers))
        if account is None:
            return 0.0, 0
        percent = account.percent(now_s)
        return account.take(now_s), percent

    def note(self, headers: Headers, answer: Mapping[str, str], clock: Clock) -> None:
        """Takes in the headers of an answer to a request with these headers."""
        report = self._read(answer) if self._read is not None else None
        if report is not None:
            account = self._accounts.setdefault(_account(headers), AccountQuota())
            account.note(report, clock.monotonic())

    def percent(self, now_s: float) -> int:
        """The largest share that any account has used; 0 when the provider does not say."""
        return max((account.percent(now_s) for account in self._accounts.values()), default=0)


def _account(headers: Headers) -> int:
    """The account of a request: a quota belongs to an access token."""
    return hash((headers or {}).get("authorization", ""))
