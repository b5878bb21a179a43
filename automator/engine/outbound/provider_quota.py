"""How much of its allowance an account has used at a provider: slower before the limit hits.

Some providers say it with every answer. Each node goes by what it was told itself.
"""

from collections.abc import Mapping

from automator.clock import Clock, iso_time
from automator.http.types import QuotaReport, ReadQuota
from automator.model import PutOff

#: From so many percent on requests are spread, and from so many nothing is sent for a while.
SLOW_PERCENT = 80
FULL_PERCENT = 95
#: Seconds for which nothing is sent where the provider does not say for how long.
HOLD_S = 60.0
#: Seconds after which what was said is no longer true.
KNOWN_S = 300.0
#: Seconds between two requests when the spreading begins, and as much more for each percent.
_FIRST_INTERVAL_S = 1.0
_MORE_INTERVAL_S = 0.6


class AccountQuota:
    """Of one account at one destination. Times are seconds of a monotonic clock."""

    def __init__(self) -> None:
        self._percent = 0
        self._seen_at = 0.0
        self._free_at = 0.0
        #: When the next request may go that has no turn yet.
        self._next_at = 0.0

    def note(self, report: QuotaReport, now_s: float) -> None:
        """What an answer said."""
        self._percent, self._seen_at = report.percent, now_s
        if report.percent >= FULL_PERCENT:
            self._free_at = now_s + (report.regain_s or HOLD_S)
        else:
            self._free_at = now_s
        if report.percent < SLOW_PERCENT:
            self._next_at = 0.0

    def take(self, now_s: float) -> float:
        """Seconds until one more request has its turn, which is kept for it; 0 = now."""
        if not self.percent(now_s) >= SLOW_PERCENT:
            return 0.0
        turn_at = max(self._next_at, self._free_at, now_s)
        over = min(self._percent, FULL_PERCENT) - SLOW_PERCENT
        self._next_at = turn_at + _FIRST_INTERVAL_S + over * _MORE_INTERVAL_S
        return turn_at - now_s

    def percent(self, now_s: float) -> int:
        """What is used, as far as that is still known."""
        return self._percent if now_s <= max(self._free_at, self._seen_at + KNOWN_S) else 0


class ProviderQuotas:
    """The quotas of all accounts on this node."""

    def __init__(self, read: ReadQuota | None, clock: Clock) -> None:
        self._read = read
        self._clock = clock
        self._accounts: dict[tuple[str, int], AccountQuota] = {}

    def __bool__(self) -> bool:
        """Some provider says how much is used."""
        return bool(self._accounts)

    def require(self, destination: str, headers: Mapping[str, str] | None) -> None:
        """Returns when a request of this account may be sent.

        Raises:
            PutOff: it would use up what is left.
        """
        account = self._accounts.get((destination, _account(headers)))
        if account is None:
            return
        now_s = self._clock.monotonic()
        percent, wait_s = account.percent(now_s), account.take(now_s)
        if wait_s > 0:
            until_ms = self._clock.now_ms() + round(wait_s * 1000)
            raise PutOff(
                f"put off until {iso_time(until_ms)}: {destination} says that {percent} % of what"
                " it allows are used",
                until_ms=until_ms,
                code="provider_quota",
            )

    def note(
        self, destination: str, headers: Mapping[str, str] | None, answer: Mapping[str, str]
    ) -> None:
        """The headers of an answer to a request with these headers."""
        report = self._read(answer) if self._read is not None else None
        if report is None:
            return
        account = self._accounts.setdefault((destination, _account(headers)), AccountQuota())
        account.note(report, self._clock.monotonic())

    def percent(self, destination: str) -> int:
        """The most that any account has used there; 0 when nobody says."""
        now_s = self._clock.monotonic()
        found = (account.percent(now_s) for (name, _), account in self._accounts.items()
                 if name == destination)  # fmt: skip
        return max(found, default=0)


def _account(headers: Mapping[str, str] | None) -> int:
    """Whose request it is: allowances are those of an access."""
    return hash((headers or {}).get("authorization", ""))
