"""The errors that only WhatsApp has; all others are those of the Graph API."""

from collections.abc import Mapping

from automator.http.types import HttpReply
from automator.model import PermanentError, Reason, SkippedStep, StepError
from automator.providers.shared.outcomes import rate_limited
from automator.providers.shared.reading import as_dict, as_text
from automator.reasons import ReasonKind
from automator.reasons.attempts.platform import (
    ECOSYSTEM_LIMIT,
    PLATFORM_SAYS,
    TAKES_NO_SUCH_MESSAGES,
    TEMPLATE_REFUSED,
    WA_LIMITED,
    WA_LOCKED,
    WA_NO_SUCH_KIND,
    WA_NUMBER_UNKNOWN,
    WA_TEST_NUMBER,
    WA_UNDELIVERABLE,
    WROTE_A_DAY_AGO_TEMPLATE,
)

_OUTSIDE_WINDOW = 131047
#: Meta holds the message back, or the person takes no marketing.
_LEFT_OUT: Mapping[int, tuple[str, ReasonKind]] = {
    130472: ("ecosystem_limit", ECOSYSTEM_LIMIT),
    131049: ("ecosystem_limit", ECOSYSTEM_LIMIT),
    131050: ("gone", TAKES_NO_SUCH_MESSAGES),
}
#: Seconds after which it may be tried again.
_WAITS: Mapping[int, float] = {131056: 6.0, 130429: 30.0}
_TEMPLATE = range(132000, 132070)
#: Code of the error, and the reason.
_LASTING: Mapping[int, tuple[str, ReasonKind]] = {
    131026: ("undeliverable", WA_UNDELIVERABLE),
    131030: ("undeliverable", WA_TEST_NUMBER),
    131031: ("page_blocked", WA_LOCKED),
    131048: ("page_blocked", WA_LIMITED),
    131051: ("not_possible", WA_NO_SUCH_KIND),
    131062: ("not_possible", WA_NUMBER_UNKNOWN),
}


def whatsapp_error(reply: HttpReply) -> StepError | None:
    """The step error for an answer that only WhatsApp gives; None for all others."""
    error = as_dict(as_dict(reply.json()).get("error"))
    code = error.get("code")
    if code.__class__ is not int:
        return None
    details = as_text(as_dict(error.get("error_data")).get("details"))
    said = details or as_text(error.get("message")) or ""
    told = PLATFORM_SAYS(platform="WhatsApp", said=said[:300], number=str(code))
    return _skipped(code, told) or _other(code, told, reply.status)


def _skipped(code: int, told: Reason) -> SkippedStep | None:
    if code == _OUTSIDE_WINDOW:
        return SkippedStep(WROTE_A_DAY_AGO_TEMPLATE(), code="outside_window")
    if code in _LEFT_OUT:
        kind, reason = _LEFT_OUT[code]
        return SkippedStep(reason(told=told), code=kind)
    return None


def _other(code: int, told: Reason, status: int) -> StepError | None:
    if code in _WAITS:
        return rate_limited("WhatsApp", told, wait_s=_WAITS[code], status=status)
    if code in _TEMPLATE:
        return PermanentError(
            TEMPLATE_REFUSED(told=told),
            code="bad_template",
            status=status,
        )
    if code in _LASTING:
        kind, reason = _LASTING[code]
        return PermanentError(reason(told=told), code=kind, status=status)
    return None
