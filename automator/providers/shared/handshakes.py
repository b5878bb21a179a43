"""Handshakes: requests by which a sender checks an address before it sends deliveries there."""

import re
from typing import Any
from urllib.parse import parse_qsl

from automator.http.types import Answer, InboundRequest
from automator.model import Reason, RejectedDelivery, UnparsableDelivery
from automator.providers.shared.payloads import as_dict
from automator.reasons import deliveries

_MOST_OF_A_CHALLENGE = 256
_CHALLENGE = re.compile(rf"[A-Za-z0-9_.~-]{{1,{_MOST_OF_A_CHALLENGE}}}")
_MAX_QUERY_FIELDS = 50
#: A handshake's body is little longer than its challenge; a longer body is a delivery.
MAX_QUESTION_BYTES = 4096


def read_question(request: InboundRequest, word: bytes = b"") -> dict[str, Any]:
    """Reads the JSON object in a body that may be a handshake; empty for other bodies."""
    if not may_be_question(request, word):
        return {}
    try:
        return as_dict(request.json())
    except UnparsableDelivery:
        return {}


def may_be_question(request: InboundRequest, word: bytes = b"") -> bool:
    """Whether the body may be parsed before verification, because it may be a handshake.

    Anybody can send a body, so only a short one that contains `word` may be parsed.
    """
    return len(request.body) <= MAX_QUESTION_BYTES and word in request.body


def query_once(request: InboundRequest) -> dict[str, str]:
    """Reads the parameters of a query. Each may occur only once.

    Raises:
        RejectedDelivery: a parameter is repeated, or the query cannot be read.
    """
    try:
        pairs = parse_qsl(request.query, keep_blank_values=True, max_num_fields=_MAX_QUERY_FIELDS)
    except ValueError as error:
        raise bad_handshake(deliveries.unreadable_query()) from error
    values = dict(pairs)
    if len(values) != len(pairs):
        raise bad_handshake(deliveries.repeated_parameter())
    return values


def echo(challenge: object) -> Answer:
    """Returns the answer that repeats a challenge.

    Raises:
        RejectedDelivery: the challenge has other signs than plain letters, digits and `-_.~`: a
            stranger could make this server send any text.
    """
    if not isinstance(challenge, str) or not _CHALLENGE.fullmatch(challenge):
        raise bad_handshake(deliveries.bad_challenge(name="challenge", most=_MOST_OF_A_CHALLENGE))
    return Answer(200, challenge)


def bad_handshake(reason: Reason, *, status: int = 400) -> RejectedDelivery:
    """Returns the refusal of a handshake."""
    return RejectedDelivery(reason, status=status)
