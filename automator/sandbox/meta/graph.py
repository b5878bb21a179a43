"""The part of the Graph API that answers comments and messages."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from automator.sandbox.context import (
    Answer,
    SandboxContext,
    as_mapping,
    bearer_token,
    name_of,
    read_fields,
)
from automator.sandbox.faults import Fault
from automator.sandbox.meta import messenger, whatsapp
from automator.sandbox.meta.echoes import APP_ID
from automator.sandbox.meta.graph_errors import (
    ALREADY,
    EMPTY,
    ERRORS,
    NO_COMMENT,
    NO_PERSON,
    NO_RECIPIENT,
    NO_TEMPLATE,
    NO_TOKEN,
    NOTHING_TO_CHANGE,
    OF_ANOTHER,
    WHATSAPP_ERRORS,
    GraphError,
    caller_error,
    digits,
    error_answer,
    fault_answer,
    usage_header,
)
from automator.sandbox.recorder import Kind

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
        error = None if text or fields.get("attachment_url") else EMPTY
        if len(text) > messenger.MAX_COMMENT:
            error = _refused(f"Length of message must be at most {messenger.MAX_COMMENT}")
        error = self._deleted(comment) or error
        post, number = comment.partition("_")[0], self._context.recorder.last_id
        created = {"id": f"{post}_{digits('reply', comment, number)}"}
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
        person = digits("person", comment) if comment else _text(recipient.get("id"))
        error = None
        if not person:
            error = NO_RECIPIENT
        elif not text and not message.get("attachment") and not message.get("template"):
            error = EMPTY
        elif refused := messenger.refusal(fields, product := _product(request)):
            error = _refused(refused)
        elif comment and self._context.recorder.has_private_reply(comment):
            error = ALREADY
        elif comment and self._context.recorder.is_deleted(comment):
            error = NO_COMMENT
        elif not person.isdecimal() or not (comment or self._context.has(product, person)):
            error = ERRORS["unknown_person"]
        elif name and not self._context.has(product, name):
            error = NO_TEMPLATE
        if not self._may_write_as(request):
            error = OF_ANOTHER
        number = self._context.recorder.last_id
        created = {"recipient_id": person, "message_id": f"m_{digits('message', person, number)}"}
        kind: Kind = "private_reply" if comment else "message"
        to, text = comment or person, text or name
        return await self._answer(request, kind, to, text, fields, created, error)

    async def owner(self, request: Request) -> Response:
        """GET /me: the Page to which the token belongs; empty if the sandbox has no Pages."""
        token, accounts = bearer_token(request), self._context.accounts
        account = accounts.get(token)
        if (accounts and account is None) or not self._context.knows(token):
            return error_answer(NO_TOKEN, Fault()).response()
        return JSONResponse({"id": account} if account else {})

    async def token(self, request: Request) -> Response:
        """GET /debug_token: the permissions of a token; only the app or the token may ask."""
        asked, caller = request.query_params.get("input_token", ""), bearer_token(request)
        app, _, secret = caller.partition("|")
        is_app = app == APP_ID and secret in (self._context.app_secrets or {secret})
        if not (is_app or caller == asked) or not self._context.knows(asked):
            return error_answer(NO_TOKEN, Fault()).response()
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
        if refused := caller_error(self._context, request):
            return error_answer(refused, Fault()).response()
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
            planned = fault_answer(self._context.faults.take(request.url.path), ERRORS)
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
        sent = f"wamid.{digits('message', message.to, self._context.recorder.last_id)}"
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
        error = None if person else NO_PERSON
        return await self._answer(
            request, "moderation", person, verb, fields, {person: True}, error
        )

    async def edit(self, request: Request) -> Response:
        """POST /{comment} with is_hidden (Instagram: hide), or DELETE /{comment}."""
        if request.method == "DELETE":
            return await self._moderate(request, "delete", {})
        fields = await read_fields(request)
        hidden = fields.get("is_hidden", fields.get("hide"))
        error = None if isinstance(hidden, bool) else NOTHING_TO_CHANGE
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
        error = caller_error(self._context, request) or error
        answer = fault_answer(fault, errors) or (
            error_answer(error, fault) if error else Answer(fault.status or 200, created)
        )
        if fault.usage is not None:
            answer = replace(answer, headers={**answer.headers, **usage_header(fault.usage)})
        metadata = _text(as_mapping(fields.get("message")).get("metadata"))
        key = request.headers.get("idempotency-key") or metadata.partition(":")[2]
        return await self._context.recorded(
            request, answer, fault, kind, to, text, fields, idempotency_key=key
        )


def _refused(why: str) -> GraphError:
    return GraphError(400, 100, f"(#100) {why}")


def _product(request: Request) -> str:
    return next(name for name in GRAPH_PROVIDERS if f"/{name}/" in request.url.path)


def _lead_of(lead: str) -> dict[str, Any]:
    """Returns the answers of a lead: the same id always has the same answers."""
    answers = {
        "full_name": name_of(lead),
        "phone_number": f"+849{digits('phone', lead)[:8]}",
        "email": f"khach{lead[-4:]}@example.com",
        "bạn_cần_size_nào?": "M",
    }
    fields = [{"name": name, "values": [value]} for name, value in answers.items()]
    return {"field_data": fields, "is_organic": False, "platform": "fb"}


def _text(value: Any) -> str:
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
