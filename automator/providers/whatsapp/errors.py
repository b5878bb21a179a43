"""The errors that only WhatsApp has; all others are those of the Graph API."""

from collections.abc import Mapping

from automator.http.types import HttpReply
from automator.model import PermanentError, SkippedStep, StepError
from automator.providers.meta.account import GraphAccount
from automator.providers.meta.errors import error_of
from automator.providers.shared.outcomes import rate_limited
from automator.providers.shared.reading import as_dict, as_text

_OUTSIDE_WINDOW = 131047
_ECOSYSTEM_LIMIT = 131049
#: Seconds after which it may be tried again.
_WAITS: Mapping[int, float] = {131056: 6.0, 130429: 30.0}
_TEMPLATE = range(132000, 132070)
#: Code of the error, sentence, and what to do about it.
_LASTING: Mapping[int, tuple[str, str, str]] = {
    131026: (
        "undeliverable",
        "the message cannot be delivered to this number",
        "Check the number; the person may have no WhatsApp, or an old version of it.",
    ),
    131030: (
        "undeliverable",
        "the number is not among those that a test number may write to",
        "Add it to the test number's list of recipients, or use a real number.",
    ),
    131031: (
        "page_blocked",
        "WhatsApp has locked the business account",
        "Look at the account's quality and policy notices in WhatsApp Manager.",
    ),
    131048: (
        "page_blocked",
        "WhatsApp limits this number: too many people have blocked or reported its messages",
        "Pause the rules and look at the number's quality rating in WhatsApp Manager.",
    ),
    131051: (
        "not_possible",
        "WhatsApp takes no message of this kind",
        "Send a text, an attachment or a template.",
    ),
    131062: (
        "not_possible",
        "this message cannot go to a person whose number is not known",
        "Ask the person for the number, or send another kind of message.",
    ),
}


def whatsapp_error(reply: HttpReply, account: GraphAccount) -> StepError | None:
    """The step error for an answer that is not a success; None when it was done before."""
    error = as_dict(as_dict(reply.json()).get("error"))
    code = error.get("code")
    if code.__class__ is not int:
        return error_of(reply, account)
    details = as_text(as_dict(error.get("error_data")).get("details"))
    said = details or as_text(error.get("message")) or ""
    told = f"WhatsApp says: {said[:300]} (code {code})"
    return _skipped(code, told) or _other(code, told, reply.status) or error_of(reply, account)


def _skipped(code: int, told: str) -> SkippedStep | None:
    if code == _OUTSIDE_WINDOW:
        return SkippedStep(
            "the person wrote more than 24 hours ago, and WhatsApp takes only a template then",
            code="outside_window",
        )
    if code == _ECOSYSTEM_LIMIT:
        return SkippedStep(
            f"WhatsApp keeps this person from getting more marketing messages for now. {told}",
            code="ecosystem_limit",
        )
    return None


def _other(code: int, told: str, status: int) -> StepError | None:
    if code in _WAITS:
        return rate_limited("WhatsApp", told, wait_s=_WAITS[code], status=status)
    if code in _TEMPLATE:
        return PermanentError(
            f"WhatsApp does not take the template. {told}",
            fix="Compare its name, language and components with the approved one in WhatsApp "
            "Manager.",
            code="bad_template",
            status=status,
        )
    if code in _LASTING:
        kind, sentence, fix = _LASTING[code]
        return PermanentError(f"{sentence}. {told}", fix=fix, code=kind, status=status)
    return None
