"""Reads bodies in JSON, form or XML as plain data."""

import re
from typing import Any, Literal
from xml.sax import SAXException
from xml.sax.handler import ContentHandler
from xml.sax.xmlreader import AttributesImpl

from defusedxml.common import DefusedXmlException
from defusedxml.expatreader import DefusedExpatParser

from automator.http.json_body import MAX_DEPTH, MAX_ELEMENTS
from automator.http.types import InboundRequest, charset_of, decoded
from automator.model import UnparsableDelivery
from automator.providers.shared.forms import form_pairs
from automator.reasons.bodies import not_a_form, not_xml, xml_too_deep, xml_too_large

MAX_FORM_FIELDS = 1000
#: How large a body may be that is read before its sender is known, as values in it are signed.
MAX_UNPROVED_BYTES = 131_072
MAX_XML_BYTES = 262_144
_CHARSET_OF_XML = re.compile(
    rb"<\?xml[^>]{1,100}?\sencoding\s*=\s*[\"']([A-Za-z0-9._-]{1,40})[\"']"
)


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
        return read_xml(request.body, request.headers.get("content-type", ""))
    return request.json()


def body_kind(request: InboundRequest) -> Literal["form", "xml", "json"]:
    """Returns the kind of body that the content type names; JSON for any other type."""
    named = request.headers.get("content-type", "").partition(";")[0].strip().lower()
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
        _add(fields, name, value)
    return fields


def read_xml(body: bytes, content_type: str = "") -> dict[str, Any]:
    """Reads an XML document as `{"name": {"@attribute": …, "child": …, "#text": …}}`.

    An element that contains only text becomes the text; repeated elements become a list; namespace
    prefixes are removed. `charset_of` finds the character set.

    Raises:
        UnparsableDelivery: not well-formed, with a DTD, too large, or too deep.
    """
    if len(body) > MAX_XML_BYTES:
        raise UnparsableDelivery(xml_too_large(limit=MAX_XML_BYTES // 1024))
    builder = _Builder()
    # Namespaces are not resolved: expat would copy the address of a namespace, which may be as long
    # as half of the document, to every name.
    parser = DefusedExpatParser(namespaceHandling=0, forbid_dtd=True)
    parser.setContentHandler(builder)
    declared = _CHARSET_OF_XML.match(body)
    charset = charset_of(body, content_type, declared[1].decode() if declared else "")
    try:
        parser.feed(decoded(body, charset))
        parser.close()
    except (SAXException, DefusedXmlException, ValueError) as error:
        reason = type(error).__name__ if isinstance(error, DefusedXmlException) else str(error)
        raise UnparsableDelivery(not_xml(error=reason)) from error
    return builder.root


class _Builder(ContentHandler):
    """Builds the data from the events of the parser."""

    def __init__(self) -> None:
        super().__init__()
        self.root: dict[str, Any] = {}
        self._open: list[tuple[dict[str, Any], list[str]]] = []
        self._elements = 0

    def startElement(self, name: str, attrs: AttributesImpl) -> None:  # noqa: N802, ARG002 - SAX names it; `endElement` has the name again.
        """Begins an element."""
        opened = self._open
        self._elements += 1 + len(attrs)
        if len(opened) >= MAX_DEPTH or self._elements > MAX_ELEMENTS:
            raise UnparsableDelivery(xml_too_deep())
        fields: dict[str, Any] = {}
        for key, value in attrs.items():
            if key != "xmlns" and not key.startswith("xmlns:"):
                fields[f"@{key[key.rfind(':') + 1 :]}"] = value
        opened.append((fields, []))

    def characters(self, content: str) -> None:
        """Adds text to the innermost element."""
        if self._open:
            self._open[-1][1].append(content)

    def endElement(self, name: str) -> None:  # noqa: N802 - SAX names it.
        """Ends the innermost element and removes its prefix."""
        opened = self._open
        fields, texts = opened.pop()
        text = "".join(texts).strip() if texts else ""
        if text and fields:
            fields["#text"] = text
        holder = opened[-1][0] if opened else self.root
        _add(holder, name[name.rfind(":") + 1 :], fields or text)


def _add(fields: dict[str, Any], name: str, value: Any) -> None:
    """Sets a field; the values of a repeated name are collected in a list."""
    if name not in fields:
        fields[name] = value
    elif isinstance(fields[name], list):
        fields[name].append(value)
    else:
        fields[name] = [fields[name], value]
