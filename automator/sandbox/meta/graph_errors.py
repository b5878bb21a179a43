"""The errors of the Graph API, in the form of its answers."""

import hashlib
import hmac
import re
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request

from automator.model import record
from automator.sandbox.context import Answer, SandboxContext, bearer_token, retry_header
from automator.sandbox.faults import Fault
from automator.sandbox.meta import whatsapp

_PROOF = re.compile(r"[0-9a-f]{64}")
_ID_DIGITS = 15


@record(kw_only=False)
class GraphError:
    """An error of the Graph API."""

    status: int
    code: int
    message: str
    subcode: int | None = None
    is_transient: bool = False
    headers: Mapping[str, str] | None = None


NO_TOKEN = GraphError(401, 190, "Invalid OAuth access token - Cannot parse access token", None)
OF_ANOTHER = GraphError(403, 200, "(#200) The access token is not that of this Page")
EMPTY = GraphError(400, 100, "(#100) Param message must not be empty")
NO_PROOF = GraphError(400, 100, "Invalid appsecret_proof provided in the API argument")
NO_RECIPIENT = GraphError(400, 100, "(#100) The parameter recipient is required")
NOTHING_TO_CHANGE = GraphError(400, 100, "(#100) The parameter is_hidden or hide is required")
NO_PERSON = GraphError(400, 100, "(#100) The parameter uid is required")
NO_COMMENT = GraphError(400, 100, "(#100) Invalid comment_id for a private reply", 2018292)
NO_TEMPLATE = GraphError(400, 100, "(#100) There is no approved template with this name")
ALREADY = GraphError(400, 10900, "(#10900) Activity already replied to")


def usage_header(percent: int) -> dict[str, str]:
    """Returns the header that tells which percentage of its calls an app has used."""
    return {"x-app-usage": f'{{"call_count":{percent},"total_time":25,"total_cputime":25}}'}


_ALL_USED = usage_header(100)
_OF_ALL: Mapping[str, GraphError] = {
    "rate_limit": GraphError(400, 4, "(#4) Application request limit reached", headers=_ALL_USED),
    "token_expired": GraphError(401, 190, "Error validating access token: it has expired", 463),
    "transient": GraphError(503, 2, "Service temporarily unavailable", is_transient=True),
    "in_doubt": GraphError(500, 1, "An unknown error has occurred"),
    "window": GraphError(400, 10, "(#10) Outside the allowed window", 2018278),
    "permission": GraphError(403, 200, "(#200) Requires pages_messaging permission"),
    "gone": GraphError(400, 100, "Unsupported post request. Object does not exist", 33),
    "already_replied": ALREADY,
    "blocked": GraphError(400, 368, "The action was considered abusive"),
    "unavailable": GraphError(400, 551, "(#551) This person isn't available right now"),
}
#: The errors of Pages and of Instagram's accounts.
ERRORS: Mapping[str, GraphError] = {
    **_OF_ALL,
    "restricted": GraphError(400, 10, "(#10) The Page is temporarily restricted", 1893063),
    "not_repliable": GraphError(400, 10902, "(#10902) Activity is not repliable"),
    "unknown_person": GraphError(400, 100, "(#100) No matching user found", 2018001),
    "takes_no_messages": GraphError(400, 10, "(#10) This person takes no messages", 1893015),
    "attachment": GraphError(400, 100, "(#100) Upload attachment failure", 2018047),
    "led_by_another": GraphError(400, 2018300, "Another app controls this thread now"),
    "messages_shut": GraphError(403, 200, "(#200) Access to messages is not allowed", 2534041),
    "only_testers": GraphError(403, 200, "(#200) Only testers can be written to", 2018028),
    "said_before": GraphError(400, 506, "(#506) Duplicate status message"),
}
#: The Graph API's errors. WhatsApp replaces some of them by its own.
WHATSAPP_ERRORS: Mapping[str, GraphError] = {
    **_OF_ALL,
    **{name: GraphError(*error) for name, error in whatsapp.ERRORS.items()},
}


def caller_error(context: SandboxContext, request: Request) -> GraphError | None:
    """Returns the error for an unknown token, or for a proof that fits no app secret; else None."""
    token, proof = bearer_token(request), request.query_params.get("appsecret_proof")
    if not context.knows(token):
        return NO_TOKEN
    if proof is None:
        return None
    right = {
        hmac.new(secret.encode(), token.encode(), "sha256").hexdigest()
        for secret in context.app_secrets
    }
    is_right = proof in right if right else _PROOF.fullmatch(proof) is not None
    return None if is_right else NO_PROOF


def fault_answer(fault: Fault, errors: Mapping[str, GraphError]) -> Answer | None:
    """Returns the answer of a planned fault; None if the fault names no error."""
    error = errors.get(fault.error)
    if error is None and fault.error:
        error = GraphError(fault.status or 500, 1, f"An unknown error occurred: {fault.error}")
    return error_answer(error, fault) if error else None


def error_answer(error: GraphError, fault: Fault) -> Answer:
    """Returns the answer with an error in the Graph API's form."""
    body: dict[str, Any] = {
        "message": error.message,
        "type": "OAuthException",
        "code": error.code,
        "fbtrace_id": f"A{digits('trace', error.message)}",
    }
    if error.subcode is not None:
        body["error_subcode"] = error.subcode
    if error.is_transient:
        body["is_transient"] = True
    headers = {**(error.headers or {}), **retry_header(fault)}
    return Answer(fault.status or error.status, {"error": body}, headers)


def digits(*parts: Any) -> str:
    """Makes an id of digits from `parts`: the same parts always give the same id."""
    digest = hashlib.sha256(":".join(map(str, parts)).encode()).digest()
    number = int.from_bytes(digest[:8], "big") % 10 ** (_ID_DIGITS - 1)
    return str(10 ** (_ID_DIGITS - 1) + number)
