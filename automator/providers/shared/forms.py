"""Bodies of senders that post forms, some of them with JSON in a field `payload`."""

from urllib.parse import parse_qsl

from automator.model import UnparsableDelivery
from automator.wire import InboundRequest

MAX_FIELDS = 100
_FORM = "application/x-www-form-urlencoded"


def is_form(request: InboundRequest) -> bool:
    """Whether the sender says that the body is a form."""
    return request.headers.get("content-type", "").lower().startswith(_FORM)


def form_fields(body: bytes) -> dict[str, str]:
    """The fields of a form; of a repeated one the first.

    Raises:
        UnparsableDelivery: not UTF-8, or more than MAX_FIELDS fields.
    """
    try:
        pairs = parse_qsl(
            body.decode(), keep_blank_values=True, max_num_fields=MAX_FIELDS, errors="strict"
        )
    except ValueError as error:
        raise UnparsableDelivery("the form cannot be read", code="not_a_form") from error
    return dict(reversed(pairs))
