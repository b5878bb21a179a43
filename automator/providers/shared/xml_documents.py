"""Reads XML documents as plain data, without anything that a document could fetch or expand."""

import re
from typing import Any
from xml.sax import SAXException
from xml.sax.handler import ContentHandler
from xml.sax.xmlreader import AttributesImpl

from defusedxml.common import DefusedXmlException
from defusedxml.expatreader import DefusedExpatParser

from automator.http.json_body import MAX_DEPTH, MAX_ELEMENTS
from automator.http.types import charset_of, decoded
from automator.model import UnparsableDelivery
from automator.providers.shared.forms import add_field
from automator.reasons import bodies

MAX_XML_BYTES = 262_144
_CHARSET_OF_XML = re.compile(
    rb"<\?xml[^>]{1,100}?\sencoding\s*=\s*[\"']([A-Za-z0-9._-]{1,40})[\"']"
)


def read_xml(body: bytes, content_type: str = "") -> dict[str, Any]:
    """Reads an XML document as `{"name": {"@attribute": …, "child": …, "#text": …}}`.

    An element that contains only text becomes the text; repeated elements become a list; namespace
    prefixes are removed. `charset_of` finds the character set.

    Raises:
        UnparsableDelivery: not well-formed, with a DTD, too large, or too deep.
    """
    if len(body) > MAX_XML_BYTES:
        raise UnparsableDelivery(bodies.xml_too_large(limit=MAX_XML_BYTES // 1024))
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
        raise UnparsableDelivery(bodies.not_xml(error=reason)) from error
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
            raise UnparsableDelivery(bodies.xml_too_deep())
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
        add_field(holder, name[name.rfind(":") + 1 :], fields or text)
