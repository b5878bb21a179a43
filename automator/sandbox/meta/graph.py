"""The part of the Graph API that answers comments and messages and keeps profiles; its errors."""

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from automator.model import record
from automator.sandbox.context import (
    Answer,
    SandboxContext,
    as_mapping,
    bearer_token,
    name_of,
    read_fields,
    retry_header,
)
from automator.sandbox.faults import Fault
from automator.sandbox.meta import messenger, whatsapp
from automator.sandbox.meta.echoes import APP_ID
from automator.sandbox.recorder import Kind

_PROOF = re.compile(r"[0-9a-f]{64}")
_ID_DIGITS = 15
#: The providers that answer through the Graph API.
GRAPH_PROVIDERS = ("facebook", "instagram", "whatsapp")
#: The type and the permissions of the tokens of each provider.
TOKENS = {
    "facebook": (
        "PAGE",
        [
            *("pages_show_list", "pages_manage_metadata", "pages_read_engagement"),
            *("pages_read_user_content", "pages_manage_engagement", "pages_messaging"),
            "leads_retrieval",
        ],
    ),
    "instagram": (
        "USER",
        [
            *("instagram_business_basic", "instagram_business_manage_comments"),
            "instagram_business_manage_messages",
        ],
    ),
    "whatsapp": (
        "SYSTEM_USER",
        ["whatsapp_business_management", "whatsapp_business_messaging"],
    ),
}
#: The text of every post of the sandbox.
POST_TEXT = "Áo len mới về, giảm 20 % cuối tuần này #sale"
# The parts of a Messenger profile, and their limits.
_PARTS = ("get_started", "greeting", "persistent_menu", "ice_breakers")
_MOST = {"persistent_menu": 20, "ice_breakers": 4}
_TITLE, _GREETING = 30, 160


@record(kw_only=False)
class GraphError:
    """An error of the Graph API."""

    status: int
    code: int
    message: str
    subcode: int | None = None
    is_transient: bool = False
    headers: Mapping[str, str] | None = None


_NO_TOKEN = GraphError(401, 190, "Invalid OAuth access token - Cannot parse access token", None)
_OF_ANOTHER = GraphError(403, 200, "(#200) The access token is not that of this Page")
_EMPTY = GraphError(400, 100, "(#100) Param message must not be empty")
_NO_PROOF = GraphError(400, 100, "Invalid appsecret_proof provided in the API argument")
_NO_RECIPIENT = GraphError(400, 100, "(#100) The parameter recipient is required")
_NOTHING_TO_CHANGE = GraphError(400, 100, "(#100) The parameter is_hidden or hide is required")
_NO_PERSON = GraphError(400, 100, "(#100) The parameter uid is required")
_NO_COMMENT = GraphError(400, 100, "(#100) Invalid comment_id for a private reply", 2018292)
_NO_TEMPLATE = GraphError(400, 100, "(#100) There is no approved template with this name")
_ALREADY = GraphError(400, 10900, "(#10900) Activity already replied to")


def _usage_header(percent: int) -> dict[str, str]:
    """Returns the header that tells which percentage of its calls an app has used."""
    return {"x-app-usage": f'{{"call_count":{percent},"total_time":25,"total_cputime":25}}'}


_ALL_USED = _usage_header(100)
_OF_ALL: Mapping[str, GraphError] = {
    "rate_limit": GraphError(400, 4, "(#4) Application request limit reached", headers=_ALL_USED),
    "token_expired": GraphError(401, 190, "Error validating access token: it has expired", 463),
    "transient": GraphError(503, 2, "Service temporarily unavailable", is_transient=True),
    "in_doubt": GraphError(500, 1, "An unknown error has occurred"),
    "window": GraphError(400, 10, "(#10) Outside the allowed window", 2018278),
    "permission": GraphError(403, 200, "(#200) Requires pages_messaging permission"),
    "gone": GraphError(400, 100, "Unsupported post request. Object does not exist", 33),
    "already_replied": _ALREADY,
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


class Graph:
    """The endpoints of one sandbox."""

    def __init__(self, context: SandboxContext) -> None:
        self._context = context
        #: The webhook fields that every Page has subscribed to.
        self._subscribed = ["feed", "messages"]

    async def reply(self, request: Request) -> Response:
        """POST /{comment}/comments, or /replies on Instagram: a public reply."""
        comment = request.path_params["object"]
        fields = await read_fields(request)
        text = _text(fields.get("message"))
        error = None if text or fields.get("attachment_url") else _EMPTY
        if len(text) > messenger.MAX_COMMENT:
            error = _refused(f"Length of message must be at most {messenger.MAX_COMMENT}")
        error = self._deleted(comment) or error
        post, number = comment.partition("_")[0], self._context.recorder.last_id
        created = {"id": f"{post}_{_digits('reply', comment, number)}"}
        return await self._answer(request, "public_reply", comment, text, fields, created, error)

    async def message(self, request: Request) -> Response:
        """POST /{page}/messages: a message, or the private reply to a comment."""
        fields = await read_fields(request)
        if whatsapp.is_whatsapp(fields):
            return await self._whatsapp(request, fields)
        recipient = as_mapping(fields.get("recipient"))
        message = as_mapping(fields.get("message"))
        template = as_mapping(message.get("template"))
        text, name = _text(message.get("text")), _text(template.get("name"))
        comment = _text(recipient.get("comment_id"))
        person = _digits("person", comment) if comment else _text(recipient.get("id"))
        error = None
        if not person:
            error = _NO_RECIPIENT
        elif not text and not message.get("attachment") and not message.get("template"):
            error = _EMPTY
        elif refused := messenger.refusal(fields, product := _product(request)):
            error = _refused(refused)
        elif comment and self._context.recorder.has_private_reply(comment):
            error = _ALREADY
        elif comment and self._context.recorder.is_deleted(comment):
            error = _NO_COMMENT
        elif not person.isdecimal() or not (comment or self._context.has(product, person)):
            error = ERRORS["unknown_person"]
        elif name and not self._context.has(product, name):
            error = _NO_TEMPLATE
        if not self._may_write_as(request):
            error = _OF_ANOTHER
        number = self._context.recorder.last_id
        created = {"recipient_id": person, "message_id": f"m_{_digits('message', person, number)}"}
        kind: Kind = "private_reply" if comment else "message"
        to, text = comment or person, text or name
        return await self._answer(request, kind, to, text, fields, created, error)

    async def owner(self, request: Request) -> Response:
        """GET /me: the Page to which the token belongs; empty if the sandbox has no Pages."""
        token, accounts = bearer_token(request), self._context.accounts
        account = accounts.get(token)
        if (accounts and account is None) or not self._context.knows(token):
            return _error_answer(_NO_TOKEN, Fault()).response()
        return JSONResponse({"id": account} if account else {})

    async def token(self, request: Request) -> Response:
        """GET /debug_token: the permissions of a token; only the app or the token may ask."""
        asked, caller = request.query_params.get("input_token", ""), bearer_token(request)
        app, _, secret = caller.partition("|")
        is_app = app == APP_ID and secret in (self._context.app_secrets or {secret})
        if not (is_app or caller == asked) or not self._context.knows(asked):
            return _error_answer(_NO_TOKEN, Fault()).response()
        kind, scopes = TOKENS[_product(request)]
        data = {
            "app_id": APP_ID,
            "type": kind,
            "is_valid": True,
            "expires_at": 0,
            "scopes": scopes,
            "granular_scopes": [{"scope": scope} for scope in scopes],
        }
        return JSONResponse({"data": data})

    def _may_write_as(self, request: Request) -> bool:
        page, own = request.path_params["page"], self._context.accounts.get(bearer_token(request))
        return own is None or page in ("me", own)

    async def subscriptions(self, request: Request) -> Response:
        """GET /{page}/subscribed_apps: the only installed app, with its webhook fields.

        POST changes the fields.
        """
        if request.method == "POST":
            fields = await read_fields(request)
            self._subscribed = _text(fields.get("subscribed_fields")).split(",")
            return JSONResponse({"success": True})
        return JSONResponse({"data": [{"id": APP_ID, "subscribed_fields": self._subscribed}]})

    async def profile(self, request: Request) -> Response:
        """GET /{id}?fields=…: the profile of a person, a post, or a lead.

        The requested `fields` show which of the three the caller wants.
        """
        if refused := _caller_error(self._context, request):
            return _error_answer(refused, Fault()).response()
        person = request.path_params["object"]
        known = {
            "name": name_of(person),
            "first_name": name_of(person).rpartition(" ")[2],
            "message": POST_TEXT,
            "caption": POST_TEXT,
            **_lead_of(person),
        }
        wanted = request.query_params.get("fields", "").split(",")
        if "field_data" in wanted:
            planned = _fault_answer(self._context.faults.take(request.url.path), ERRORS)
            if planned is not None:
                return planned.response()
        found = {field: known[field] for field in wanted if field in known}
        return JSONResponse({**found, "id": person})

    async def _whatsapp(self, request: Request, fields: Mapping[str, Any]) -> Response:
        message = whatsapp.read_message(fields)
        has, template = partial(self._context.has, "whatsapp"), message.template
        error = None
        if message.refused:
            error = GraphError(400, 100, message.refused)
        elif not has(message.to):
            error = WHATSAPP_ERRORS["gone"]
        elif template and not has(template):
            error = WHATSAPP_ERRORS["template"]
        sent = f"wamid.{_digits('message', message.to, self._context.recorder.last_id)}"
        created = {
            "messaging_product": "whatsapp",
            "contacts": [{"input": message.to, "wa_id": message.to}],
            "messages": [{"id": sent}],
        }
        to, text = message.to, message.text
        return await self._answer(
            request, "message", to, text, fields, created, error, WHATSAPP_ERRORS
        )

    async def like(self, request: Request) -> Response:
        """POST or DELETE /{comment}/likes."""
        verb = "like" if request.method == "POST" else "unlike"
        return await self._moderate(request, verb, {})

    async def blocked(self, request: Request) -> Response:
        """POST or DELETE /{page}/blocked: bans a person from the Page, or ends the ban."""
        verb = "ban" if request.method == "POST" else "unban"
        fields = await read_fields(request) if verb == "ban" else dict(request.query_params)
        person = _text(fields.get("uid") or fields.get("user"))
        error = None if person else _NO_PERSON
        return await self._answer(
            request, "moderation", person, verb, fields, {person: True}, error
        )

    async def edit(self, request: Request) -> Response:
        """POST /{comment} with is_hidden (Instagram: hide), or DELETE /{comment}."""
        if request.method == "DELETE":
            return await self._moderate(request, "delete", {})
        fields = await read_fields(request)
        hidden = fields.get("is_hidden", fields.get("hide"))
        error = None if isinstance(hidden, bool) else _NOTHING_TO_CHANGE
        return await self._moderate(request, "hide" if hidden else "unhide", fields, error)

    def _deleted(self, comment: str) -> GraphError | None:
        return ERRORS["gone"] if self._context.recorder.is_deleted(comment) else None

    async def _moderate(
        self,
        request: Request,
        verb: str,
        fields: Mapping[str, Any],
        error: GraphError | None = None,
    ) -> Response:
        comment = request.path_params["object"]
        error = self._deleted(comment) or error
        done = {"success": True}
        return await self._answer(request, "moderation", comment, verb, fields, done, error)

    async def _answer(
        self,
        request: Request,
        kind: Kind,
        to: str,
        text: str,
        fields: Mapping[str, Any],
        created: Mapping[str, Any],
        error: GraphError | None,
        errors: Mapping[str, GraphError] = ERRORS,
    ) -> Response:
        fault = self._context.faults.take(request.url.path)
        error = _caller_error(self._context, request) or error
        answer = _fault_answer(fault, errors) or (
            _error_answer(error, fault) if error else Answer(fault.status or 200, created)
        )
        if fault.usage is not None:
            answer = replace(answer, headers={**answer.headers, **_usage_header(fault.usage)})
        metadata = _text(as_mapping(fields.get("message")).get("metadata"))
        key = request.headers.get("idempotency-key") or metadata.partition(":")[2]
        return await self._context.recorded(
            request, answer, fault, kind, to, text, fields, idempotency_key=key
        )


class MessengerProfile:
    """The endpoint /{account}/messenger_profile of a Page or an Instagram account, with the checks
    that Meta makes. Each token has its own profile.
    """

    def __init__(self, context: SandboxContext) -> None:
        self._context = context
        self._kept: dict[str, dict[str, Any]] = {}

    async def answer(self, request: Request) -> Response:
        """GET ?fields=…, POST with parts, or DELETE with `fields`."""
        fault, token = self._context.faults.take(request.url.path), bearer_token(request)
        kept = self._kept.setdefault(token, {})
        if refused := _caller_error(self._context, request):
            given = _error_answer(refused, fault)
        elif (planned := _fault_answer(fault, ERRORS)) is not None:
            given = planned
        elif request.method == "GET":
            names = request.query_params.get("fields", "").split(",")
            found = {name: kept[name] for name in names if name in kept}
            given = Answer(200, {"data": [found] if found else []})
        else:
            fields = await read_fields(request)
            wrong = _change(kept, request.method, fields)
            done = Answer(fault.status or 200, {"result": "success"})
            given = _error_answer(_refused(wrong), fault) if wrong else done
        return await self._context.answered(given, fault)


def _caller_error(context: SandboxContext, request: Request) -> GraphError | None:
    """Returns the error for an unknown token, or for a proof that fits no app secret; else None."""
    token, proof = bearer_token(request), request.query_params.get("appsecret_proof")
    if not context.knows(token):
        return _NO_TOKEN
    if proof is None:
        return None
    right = {
        hmac.new(secret.encode(), token.encode(), "sha256").hexdigest()
        for secret in context.app_secrets
    }
    is_right = proof in right if right else _PROOF.fullmatch(proof) is not None
    return None if is_right else _NO_PROOF


def _fault_answer(fault: Fault, errors: Mapping[str, GraphError]) -> Answer | None:
    """Returns the answer of a planned fault; None if the fault names no error."""
    error = errors.get(fault.error)
    if error is None and fault.error:
        error = GraphError(fault.status or 500, 1, f"An unknown error occurred: {fault.error}")
    return _error_answer(error, fault) if error else None


def _error_answer(error: GraphError, fault: Fault) -> Answer:
    """Returns the answer with an error in the Graph API's form."""
    body: dict[str, Any] = {
        "message": error.message,
        "type": "OAuthException",
        "code": error.code,
        "fbtrace_id": f"A{_digits('trace', error.message)}",
    }
    if error.subcode is not None:
        body["error_subcode"] = error.subcode
    if error.is_transient:
        body["is_transient"] = True
    headers = {**(error.headers or {}), **retry_header(fault)}
    return Answer(fault.status or error.status, {"error": body}, headers)


def _digits(*parts: Any) -> str:
    """Makes an id of _digits from `parts`: the same parts always give the same id."""
    digest = hashlib.sha256(":".join(map(str, parts)).encode()).digest()
    number = int.from_bytes(digest[:8], "big") % 10 ** (_ID_DIGITS - 1)
    return str(10 ** (_ID_DIGITS - 1) + number)


def _refused(why: str) -> GraphError:
    return GraphError(400, 100, f"(#100) {why}")


def _product(request: Request) -> str:
    return next(name for name in GRAPH_PROVIDERS if f"/{name}/" in request.url.path)


def _lead_of(lead: str) -> dict[str, Any]:
    """Returns the answers of a lead: the same id always has the same answers."""
    answers = {
        "full_name": name_of(lead),
        "phone_number": f"+849{_digits('phone', lead)[:8]}",
        "email": f"khach{lead[-4:]}@example.com",
        "bạn_cần_size_nào?": "M",
    }
    fields = [{"name": name, "values": [value]} for name, value in answers.items()]
    return {"field_data": fields, "is_organic": False, "platform": "fb"}


def _text(value: Any) -> str:
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""


def _change(kept: dict[str, Any], method: str, fields: Mapping[str, Any]) -> str:
    """Changes the stored profile; returns the reason if the change is refused, else ""."""
    if method == "DELETE":
        removed = fields.get("fields") or ()
        after = {name: value for name, value in kept.items() if name not in removed}
    else:
        parts = {name: fields[name] for name in _PARTS if name in fields}
        if not parts:
            return "No profile property is named"
        if wrong := next(filter(None, (_refusal(*part) for part in parts.items())), ""):
            return wrong
        after = {**kept, **parts}
    is_page = fields.get("platform") != "instagram"
    if is_page and "persistent_menu" in after and "get_started" not in after:
        return "You must set a Get Started button if you also wish to use persistent menu"
    kept.clear()
    kept.update(after)
    return ""


def _refusal(name: str, value: Any) -> str:
    in_languages = [as_mapping(one) for one in value] if isinstance(value, list) else []
    if in_languages and not any(one.get("locale") == "default" for one in in_languages):
        return f"{name} needs the locale default"
    for localized in in_languages:
        items = localized.get("call_to_actions") or ()
        if len(items) > _MOST.get(name, len(items)):
            return f"{name} has too many items"
        if any(len(as_mapping(item).get("title") or "") > _TITLE for item in items):
            return f"{name}: a title has more than {_TITLE} characters"
        if len(localized.get("text") or "") > _GREETING:
            return f"greeting has more than {_GREETING} characters"
    return ""
