"""The parts of Zalo's API that send messages as an Official Account, and renew its tokens.

Zalo reports errors with status 200 and a code in the body. Tokens rotate: a refresh token works
once, and gives the next pair. Tokens that the sandbox did not issue are accepted as well, so that
a connection can start with the tokens in its settings.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from automator.http.json_body import parse_json
from automator.model import UnparsableDelivery
from automator.sandbox.context import (
    Answer,
    SandboxContext,
    as_list,
    as_mapping,
    as_text,
    name_of,
    read_fields,
    retry_header,
)
from automator.sandbox.faults import Fault
from automator.sandbox.recorder import Kind, Remembered

MAX_TEXT = 2000
#: How many seconds an access token lives, as a text: 25 hours.
EXPIRES_IN = "90000"
_TOKEN_REFUSED = (-216, "Access token is invalid")
_PARAMETER = (-201, "Parameter is invalid")
_NO_PHONE = (-108, "Phone number is invalid")
_NO_TEMPLATE = (-109, "Template ID is invalid")
#: A Vietnamese number with its country code, or a number of another country.
_PHONE = re.compile(r"84[0-9]{9}|(?!84|0)[0-9]{8,15}")
#: The sandbox invented this code.
_REFRESH_REFUSED = (-14014, "Invalid refresh token")

#: Zalo's code and message for each fault.
ERRORS: Mapping[str, tuple[int, str]] = {
    "token_expired": _TOKEN_REFUSED,
    "rate_limit": (-32, "Your application reached limit call api"),
    "quota": (-211, "Out of quota"),
    "night": (-234, "This message can not be sent at night"),
    "transient": (-200, "Send message failed"),
    "window": (-230, "User has not interacted with the OA in the past 7 days"),
    "gone": (-213, "User has not followed official account"),
    "blocked": (-217, "User has blocked invitation from OA"),
    "permission": (-223, "OA has not been authorized"),
}


#: For each `grant_type` of a token request, the field with the credential that works only once.
_SPENT_BY = {"refresh_token": "refresh_token", "authorization_code": "code"}


@dataclass(slots=True)
class Tokens:
    """Knows which tokens are still valid: it remembers the ended and the used ones."""

    #: Access tokens that are no longer accepted.
    ended: Remembered[bool] = field(default_factory=Remembered)
    #: Refresh tokens and codes that were used.
    used: Remembered[bool] = field(default_factory=Remembered)
    issued: int = 0

    def renew(self, refresh: str) -> dict[str, str] | None:
        """Returns a new pair of tokens; None if `refresh` was used before, or is no token."""
        if not refresh or refresh in self.used:
            return None
        self.used.put(refresh, True)
        self.issued += 1
        return {
            "access_token": f"sandbox-access-{self.issued}",
            "refresh_token": f"sandbox-refresh-{self.issued}",
            "expires_in": EXPIRES_IN,
        }


class Zalo:
    """The endpoints of one sandbox."""

    def __init__(self, context: SandboxContext) -> None:
        self._context = context
        self._tokens = Tokens()

    async def message(self, request: Request) -> Response:
        """POST /v3.0/oa/message/cs, /v3.0/oa/group/message and /v2.0/oa/message."""
        fields = await read_fields(request)
        recipient, message = as_mapping(fields.get("recipient")), as_mapping(fields.get("message"))
        to = next(
            (
                str(recipient[name])
                for name in ("user_id", "group_id", "conversation_id")
                if recipient.get(name)
            ),
            "",
        )
        text = as_text(message.get("text"))
        error = None
        if (
            not to
            or (not text and not message.get("attachment"))
            or len(text) > MAX_TEXT
            or any(map(_is_wrong_button, _buttons(message)))
        ):
            error = _PARAMETER
        elif not self._context.has("zalo", to):
            error = ERRORS["gone"]
        data = {"message_id": self._number("m"), "user_id": to}
        return await self._answer(request, "message", to, text, fields, data, error)

    async def template(self, request: Request) -> Response:
        """POST /v3.0/oa/message/template, and /message/template with a phone number."""
        fields = await read_fields(request)
        to = str(fields.get("user_id") or fields.get("phone") or "")
        number = str(fields.get("template_id") or "")
        error = None
        if not to or not number:
            error = _PARAMETER
        elif fields.get("phone") and not _PHONE.fullmatch(to):
            error = _NO_PHONE
        elif not number.isdecimal() or not self._context.has("zalo", number):
            error = _NO_TEMPLATE
        elif not self._context.has("zalo", to):
            error = ERRORS["gone"]
        data = {"msg_id": self._number("t"), "message_id": self._number("t")}
        return await self._answer(request, "template", to, number, fields, data, error)

    async def profile(self, request: Request) -> Response:
        """GET /v3.0/oa/user/detail?data={"user_id": …}: the profile of a user."""
        if not self._knows(request.headers.get("access_token", "")):
            return Answer(200, _body(_TOKEN_REFUSED, {})).response()
        try:
            asked = parse_json(request.query_params.get("data", "").encode())
        except UnparsableDelivery:
            asked = None
        person = as_text(as_mapping(asked).get("user_id"))
        if not person:
            return Answer(200, _body(_PARAMETER, {})).response()
        data = {"user_id": person, "display_name": name_of(person)}
        return Answer(200, _body(None, data)).response()

    async def token(self, request: Request) -> Response:
        """POST /v4/oa/access_token: makes a new pair from a refresh token or a code.

        Each refresh token and each code works only once.
        """
        fields = await read_fields(request)
        fault = self._context.faults.take(request.url.path)
        answer = self._renewed(fields, fault, request.headers.get("secret_key", ""))
        return await self._context.answered(answer, fault)

    def _renewed(self, fields: Mapping[str, Any], fault: Fault, secret: str) -> Answer:
        if fault.error:
            code, message = ERRORS.get(fault.error, (-200, fault.error))
            return Answer(fault.status or 200, {"error": code, "error_description": message})
        pair = None
        kind = _SPENT_BY.get(str(fields.get("grant_type")))
        if secret and kind is not None:
            pair = self._tokens.renew(str(fields.get(kind) or ""))
        if fault.status:
            # The request has used up the token, but its answer is lost on the way.
            return Answer(fault.status, {})
        if pair is None:
            code, message = _REFRESH_REFUSED
            return Answer(200, {"error": code, "error_name": message})
        return Answer(200, pair)

    async def _answer(
        self,
        request: Request,
        kind: Kind,
        to: str,
        text: str,
        fields: Mapping[str, Any],
        data: Mapping[str, Any],
        error: tuple[int, str] | None,
    ) -> Response:
        fault = self._context.faults.take(request.url.path)
        token = request.headers.get("access_token", "")
        if fault.error == "token_expired":
            # The token is refused from now on: only a renewed token is accepted.
            self._tokens.ended.put(token, True)
        if not self._knows(token):
            error = _TOKEN_REFUSED
        answer = _fault_answer(fault) or Answer(fault.status or 200, _body(error, data))
        return await self._context.recorded(request, answer, fault, kind, to, text, fields)

    def _knows(self, token: str) -> bool:
        issued = token.startswith("sandbox-access-")
        return token not in self._tokens.ended and (issued or self._context.knows(token))

    def _number(self, prefix: str) -> str:
        return f"{prefix}{self._context.recorder.last_id + 1:020d}"


def _buttons(message: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    payload = as_mapping(as_mapping(message.get("attachment")).get("payload"))
    return list(map(as_mapping, as_list(payload.get("buttons"))))


def _is_wrong_button(button: Mapping[str, Any]) -> bool:
    """Whether a button has no title, or lacks a part that its type needs."""
    payload = button.get("payload")
    given = {
        "oa.open.url": bool(as_mapping(payload).get("url")),
        "oa.query.show": bool(as_text(payload)),
        "oa.query.hide": bool(as_text(payload)),
    }
    return not as_text(button.get("title")) or not given.get(str(button.get("type")), True)


def _body(error: tuple[int, str] | None, data: Mapping[str, Any]) -> dict[str, Any]:
    if error is None:
        return {"data": data, "error": 0, "message": "Success"}
    return {"error": error[0], "message": error[1]}


def _fault_answer(fault: Fault) -> Answer | None:
    if not fault.error:
        return None
    error = ERRORS.get(fault.error, (-200, f"Unknown error: {fault.error}"))
    return Answer(fault.status or 200, _body(error, {}), retry_header(fault))
