"""Bodies of senders that are not known in advance: JSON, forms, and XML as plain data."""

from typing import Any
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from automator.model import UnparsableDelivery
from automator.payloads import MAX_DEPTH, MAX_ELEMENTS, parse_json
from automator.providers.shared.forms import form_pairs

MAX_FORM_FIELDS = 1000
MAX_XML_BYTES = 262_144


def read_body(body: bytes, content_type: str) -> Any:
    """The body as JSON values, by its content type; without one it is JSON.

    Raises:
        UnparsableDelivery: it is not what it says, or larger than is read.
    """
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "application/x-www-form-urlencoded":
        return read_form(body)
    if kind in ("application/xml", "text/xml") or kind.endswith("+xml"):
        return read_xml(body)
    return parse_json(body)


def read_form(body: bytes) -> dict[str, Any]:
    """The fields of a form; a repeated one is a list.

    Raises:
        UnparsableDelivery: not UTF-8, or too many fields.
    """
    try:
        pairs = form_pairs(body, MAX_FORM_FIELDS)
    except ValueError as error:
        raise UnparsableDelivery(f"the form cannot be read: {error}", code="not_a_form") from error
    fields: dict[str, Any] = {}
    for name, value in pairs:
        _add(fields, name, value)
    return fields


def read_xml(body: bytes) -> dict[str, Any]:
    """The document as `{"name": {"@attribute": …, "child": …, "#text": …}}`.

    An element with nothing but text is that text; repeated elements are a list; namespaces are
    left out. It is read as UTF-8 whatever it declares.

    Raises:
        UnparsableDelivery: not well-formed, with a DTD, too large, or too deep.
    """
    if len(body) > MAX_XML_BYTES:
        raise UnparsableDelivery(
            f"the XML is larger than {MAX_XML_BYTES // 1024} KiB", code="too_large"
        )
    builder = _Builder()
    parser = DefusedXMLParser(target=builder, encoding="utf-8", forbid_dtd=True)
    try:
        # A byte order mark would win over the encoding given above: only UTF-8 comes this far.
        parser.feed(body.decode())
        parser.close()
    except (ParseError, DefusedXmlException, ValueError) as error:
        reason = type(error).__name__ if isinstance(error, DefusedXmlException) else str(error)
        raise UnparsableDelivery(f"the XML cannot be read: {reason}", code="not_xml") from error
    return builder.root


class _Builder:
    """Takes the parser's events and keeps no more than the data."""

    def __init__(self) -> None:
        self.root: dict[str, Any] = {}
        self._open: list[tuple[dict[str, Any], list[str]]] = []
        self._elements = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:  # noqa: ARG002 - `end` has it.
        """An element begins."""
        opened = self._open
        self._elements += 1 + len(attributes)
        if len(opened) >= MAX_DEPTH or self._elements > MAX_ELEMENTS:
            raise UnparsableDelivery("the XML is too deep or too long", code="too_deep")
        fields: dict[str, Any] = {}
        for name, value in attributes.items():
            fields[f"@{name[name.rfind('}') + 1 :]}"] = value
        opened.append((fields, []))

    def data(self, text: str) -> None:
        """Text inside the innermost element."""
        if self._open:
            self._open[-1][1].append(text)

    def end(self, tag: str) -> None:
        """The innermost element is complete; its name is that without the namespace."""
        opened = self._open
        fields, texts = opened.pop()
        text = "".join(texts).strip() if texts else ""
        if text and fields:
            fields["#text"] = text
        holder = opened[-1][0] if opened else self.root
        name = tag[tag.rfind("}") + 1 :]
        if name in holder:
            _add(holder, name, fields or text)
        else:
            holder[name] = fields or text

    def close(self) -> None:
        """The document is complete."""


def _add(fields: dict[str, Any], name: str, value: Any) -> None:
    """Sets a field; a name that occurs again collects its values in a list."""
    if name not in fields:
        fields[name] = value
    elif isinstance(fields[name], list):
        fields[name].append(value)
    else:
        fields[name] = [fields[name], value]
