"""Reads bodies in JSON, form or XML as plain data; `xml_documents` has XML."""

from typing import Any, Literal

from automator.http.types import InboundRequest
from automator.model import UnparsableDelivery
from automator.providers.shared.forms import add_field, form_pairs
from automator.reasons.bodies import not_a_form

MAX_FORM_FIELDS = 1000
#: How large a body may be that is read before its sender is known, as values in it are signed.
MAX_UNPROVED_BYTES = 131_072


def read_body(request: InboundRequest) -> Any:
    """Reads the body of a request as JSON values, by its content type; the default is JSON.

    It is read in the character set that the sender declares: see `charset_of`.

    Raises:
        UnparsableDelivery: the body does not fit its content type, or is too large.
    """
    kind = body_kind(request)
    if kind == "form":
        return read_form(request.body, request.charset)
    if kind == "xml":
        from automator.providers.shared.xml_documents import read_xml  # noqa: PLC0415 - 3 MB, for few senders.

        return read_xml(request.body, request.headers.get("content-type", ""))
    return request.json()


def body_kind(request: InboundRequest) -> Literal["form", "xml", "json"]:
    """Returns the kind of body that the content type names; JSON for any other type."""
    named = request.media_type
    if named == "application/x-www-form-urlencoded":
        return "form"
    is_xml = named in ("application/xml", "text/xml") or named.endswith("+xml")
    return "xml" if is_xml else "json"


def read_form(body: bytes, charset: str = "utf-8") -> dict[str, Any]:
    """Reads the fields of a form; a repeated field becomes a list.

    Raises:
        UnparsableDelivery: not text in this character set, or too many fields.
    """
    try:
        pairs = form_pairs(body, MAX_FORM_FIELDS, charset)
    except ValueError as error:
        raise UnparsableDelivery(not_a_form(error=str(error))) from error
    fields: dict[str, Any] = {}
    for name, value in pairs:
        add_field(fields, name, value)
    return fields
