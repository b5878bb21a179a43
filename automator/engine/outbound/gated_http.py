"""The HTTP of one attempt: asks the gate before each request, and tells it the result."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from automator.engine.outbound.target_gate import TargetGate
from automator.http.types import Http, HttpReply
from automator.model import PermanentError, StepError
from automator.reasons.targets import answered

_FAILING = frozenset({408, 425, 429})
_GONE = 410
#: "Loop Detected": the request is at fault, not the target.
_LOOP = 508


@dataclass(slots=True, eq=False)
class GatedHttp:
    """An Http for one attempt behind the gate, which learns from every answer."""

    gate: TargetGate
    http: Http
    is_retry: bool = False
    #: Whether a moment was reserved for the attempt, which was put off until now.
    has_reservation: bool = False
    #: Whether the requests renew our own access, and are sent even while all sending is
    #: paused. Otherwise the access would expire during a pause of days.
    is_upkeep: bool = False
    _has_begun: bool = field(init=False, default=False)

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        timeout_s: float = 15.0,
        target: str = "",
    ) -> HttpReply:
        """Makes a request as `Http.request` does, if the gate lets it through.

        Raises:
            TargetUnavailable: nothing was sent, because the destination accepts nothing now.
            RescheduledStep: nothing was sent, because the retry budget or the provider's quota is
                used up for now.
        """
        gate = self.gate
        destination = gate.destinations.of_url(url)
        if self._has_begun:
            # An attempt that has sent one request may send all, so that nothing is half done.
            destination.capacity.begin()
        elif not destination.admit(
            headers,
            is_retry=self.is_retry,
            has_reservation=self.has_reservation,
            is_upkeep=self.is_upkeep,
        ):
            await destination.wait(gate.on_waiting, is_retry=self.is_retry)
        self._has_begun = True
        try:
            reply = await self.http.request(
                method, url, headers=headers, body=body, timeout_s=timeout_s, target=target
            )
            status = reply.status
            destination.note_answer(headers, reply.headers)
            failed = (status >= 500 or status in _FAILING) and status != _LOOP
            is_gone = status == _GONE and gate.destinations.is_target(destination)
            destination.note_result(answered(status=status) if failed else None, is_gone=is_gone)
            return reply
        except PermanentError:
            # The request itself was wrong. That says nothing about the destination.
            raise
        except StepError as error:
            destination.note_result(error.reason)
            raise
        finally:
            gate.ended(destination)
