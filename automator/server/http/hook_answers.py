"""Makes the answers of the hook route (status, body, headers); `hook_endpoint.py` sends them."""

import logging
import math
from collections.abc import Mapping
from typing import Any

import orjson

from automator.engine.intake.intake import Accepted
from automator.http.json_body import dump_json
from automator.http.redaction import redacted_or_empty
from automator.http.types import Answer, InboundRequest
from automator.language import ENGLISH, Translator
from automator.model import (
    RejectedDelivery,
    StoreUnavailableError,
    UnparsableDelivery,
    format_id,
)
from automator.plugins import OwnAnswer, Provider
from automator.providers.shared.bodies import read_body
from automator.providers.shared.envelope import Envelope
from automator.reasons.attempts.templates import template_text_too_long
from automator.rules.templates.inputs import compile_text
from automator.rules.templates.template import RenderError
from automator.rules.templates.template_budget import TemplateBudget

#: Headers with the ids of the stored delivery and events, if the provider prescribes the body.
DELIVERY, EVENTS = "x-automator-delivery", "x-automator-events"
RETRY_AFTER_S = 30
#: The methods of requests that are passed on to the provider; others are refused.
METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT")
JSON = (b"content-type", b"application/json")
#: The headers of an acknowledgement if the provider adds none. An answer with this very list
#: (`is PLAIN`) can be written to the connection without ASGI messages.
PLAIN = [JSON]
#: Status, body and headers.
HookAnswer = tuple[int, bytes, list[tuple[bytes, bytes]]]

#: Characters of an answer that is made by a template, and units of work for making it, at most.
_LONGEST, _MOST_UNITS = 16_384, 32_768
#: The content types of texts that begin so.
_KINDS = dict.fromkeys("{[", "application/json") | {"<": "application/xml; charset=utf-8"}
_log = logging.getLogger(__name__)
#: Senders are answered in English.
_ENGLISH = Translator(ENGLISH)
_NO_SNIFF = (b"x-content-type-options", b"nosniff")


def accepted_answer(provider: Provider, request: InboundRequest, accepted: Accepted) -> HookAnswer:
    """The answer to a stored delivery: its ids as JSON, or the provider's own acknowledgement."""
    delivery = format_id(accepted.delivery_id)
    events = [format_id(receipt.event_id) for receipt in accepted.receipts]
    acknowledgement = provider.acknowledge(request)
    if acknowledgement is None:
        usual = 200, orjson.dumps({"delivery": delivery, "events": events}), PLAIN
        if provider.options.answer is None:
            return usual
        repeated = bool(events) and all(receipt.duplicate for receipt in accepted.receipts)
        ids = {"delivery": delivery, "ids": events, "repeated": repeated}
        acknowledgement = _declared_answer(provider, provider.options.answer, request, ids)
        if acknowledgement is None:
            return usual
    status, body, headers = own_answer(acknowledgement)
    stored = [
        (DELIVERY.encode(), delivery.encode()),
        (EVENTS.encode(), " ".join(events).encode()),
    ]
    return status, body, headers + stored


def _declared_answer(
    provider: Provider, declared: OwnAnswer, request: InboundRequest, ids: Mapping[str, Any]
) -> Answer | None:
    """The answer that the settings declare; None if its text cannot be made for this delivery."""
    # What goes wrong here is logged, perhaps with the value that it is about.
    request = redacted_or_empty(request, provider.options.redact)
    try:
        data = read_body(request) if request.body else None
    except UnparsableDelivery:
        data = None
    event = {"data": data, "request": {}, **Envelope.of(provider, request).shared, **ids}
    budget = TemplateBudget()
    # The template is rendered while other requests wait.
    budget.left = _MOST_UNITS
    try:
        template = compile_text(declared.body, is_url=False)[0]
        made = template.render({"event": event}, budget) if template is not None else ""
        text = made if isinstance(made, str) else dump_json(made).decode()
        if len(text) > _LONGEST:
            raise RenderError(template_text_too_long(most=_LONGEST))
    except RenderError as error:
        about = provider.connection, ids["delivery"], _ENGLISH.say(error.reason)
        _log.warning("hook.answer connection=%s delivery=%s: %s", *about)
        return None
    kind = _KINDS.get(text.lstrip()[:1], "text/plain; charset=utf-8")
    headers = {**declared.headers}
    content_type = headers.pop("content-type", kind)
    # A browser that opens the answer shows it on its own: it may repeat what a stranger has sent.
    headers["content-security-policy"] = "default-src 'none'; sandbox"
    return Answer(declared.status, text, content_type, tuple(headers.items()))


def own_answer(answer: Answer) -> HookAnswer:
    """The answer that a provider prescribes, as bytes."""
    headers = [(name.encode(), value.encode()) for name, value in answer.headers]
    content_type = (b"content-type", answer.content_type.encode())
    return answer.status, answer.body.encode(), [content_type, *headers]


def refused_answer(error: RejectedDelivery) -> HookAnswer:
    """The answer to a refused request.

    It says why the request was refused, but not how to mend it, because the sender is not trusted.
    """
    headers = [JSON]
    if error.retry_after_s is not None:
        headers.append(_retry_after(error.retry_after_s))
    if error.status == 405:
        headers.append((b"allow", ", ".join(METHODS).encode()))
    return error.status, _error_body(error.code, _ENGLISH.say(error.reason)), headers


def unavailable_answer(error: StoreUnavailableError) -> HookAnswer:
    """The answer to a delivery that could not be stored."""
    body = _error_body(error.code, _ENGLISH.error(error)[0])
    return 503, body, [JSON, _retry_after(RETRY_AFTER_S)]


def all_headers(answer: HookAnswer) -> list[tuple[bytes, bytes]]:
    """The headers of an answer, with the headers that every answer of a hook has."""
    status, body, headers = answer
    # RFC 9110: an answer without content has no length.
    length = [(b"content-length", str(len(body)).encode())] if status != 204 else []
    return [*headers, _NO_SNIFF, *length]


def _retry_after(seconds: float) -> tuple[bytes, bytes]:
    return b"retry-after", str(max(1, math.ceil(seconds))).encode()


def _error_body(code: str, message: str) -> bytes:
    return orjson.dumps({"error": code, "message": message})
