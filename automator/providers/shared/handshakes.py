"""Handshakes: requests by which a sender checks an address before it sends deliveries there."""

import re
from typing import Any
from urllib.parse import parse_qsl

from automator.http.types import Answer, InboundRequest
from automator.model import Reason, RejectedDelivery, UnparsableDelivery
from automator.providers.shared.reading import as_dict
from automator.reasons.deliveries import BAD_CHALLENGE, REPEATED_PARAMETER, UNREADABLE_QUERY

_MOST_OF_A_CHALLENGE = 256
_CHALLENGE = re.compile(rf"[A-Za-z0-9_.~-]{{1,{_MOST_OF_A_CHALLENGE}}}")
_MAX_QUERY_FIELDS = 50
#: A handshake's body holds little more than a challenge; a longer one is a delivery.
MAX_QUESTION_BYTES = 4096


def read_question(request: InboundRequest, word: bytes = b"") -> dict[str, Any]:
    """The JSON object of a body that may be a question; empty for other bodies."""
    if not may_be_question(request, word):
        return {}
    try:
        return as_dict(request.json())
    except UnparsableDelivery:
        return {}


def may_be_question(request: InboundRequest, word: bytes = b"") -> bool:
    """Whether the body may be read before it is verified, to see whether it is a question.

    Only a short body that contains `word` may: anybody can have a delivery read that way.
    """
    return len(request.body) <= MAX_QUESTION_BYTES and word in request.body


def query_once(request: InboundRequest) -> dict[str, str]:
    """The parameters of a query, of which none may occur twice.

    Raises:
        RejectedDelivery: one does, or the query cannot be read.
    """
    try:
        pairs = parse_qsl(request.query, keep_blank_values=True, max_num_fields=_MAX_QUERY_FIELDS)
    except ValueError as error:
        raise bad_handshake(UNREADABLE_QUERY()) from error
    values = dict(pairs)
    if len(values) != len(pairs):
        raise bad_handshake(REPEATED_PARAMETER())
    return values


def echo(challenge: object) -> Answer:
    """The answer that repeats a challenge.

    Raises:
        RejectedDelivery: it is not plain letters, digits and `-_.~`, so a stranger could have us
            say something else.
    """
    if not isinstance(challenge, str) or not _CHALLENGE.fullmatch(challenge):
        raise bad_handshake(BAD_CHALLENGE(name="challenge", most=_MOST_OF_A_CHALLENGE))
    return Answer(200, challenge)


def bad_handshake(reason: Reason, *, status: int = 400) -> RejectedDelivery:
    """The refusal of a handshake."""
    return RejectedDelivery(reason, status=status)
