"""Reads forms that contain files, as browsers send them: multipart/form-data (RFC 7578).

The form is in memory already. The number of its parts and the length of their headers are limited.
"""

import re
from typing import Any
from urllib.parse import unquote

from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import MultipartParser, parse_options_header

from automator.model import record

#: At most this many bytes of the headers of one field or file.
_MOST_OF_A_HEAD = 8_192


@record(kw_only=False)
class Upload:
    """A file that a person has chosen in a form."""

    name: str
    content: bytes


def read_multipart(
    content_type: str, body: bytes, most: int
) -> tuple[dict[str, str], dict[str, Upload]]:
    """The fields and chosen files of a form by name; the last one of several with the same name.

    Raises:
        ValueError: the body is not such a form, is cut off, or has more than `most` parts.
    """
    form = _Form(most)
    boundary = parse_options_header(content_type)[1].get(b"boundary", b"")
    try:
        parser = MultipartParser(boundary, form.callbacks())
        parser.write(body)
        parser.finalize()
    except MultipartParseError as error:
        raise ValueError(str(error)) from error
    if not form.is_whole:
        raise ValueError("the form is cut off")
    return form.fields, form.files


class _Form:
    """Collects the parts of a form while the parser finds them."""

    def __init__(self, most: int) -> None:
        self.fields: dict[str, str] = {}
        self.files: dict[str, Upload] = {}
        self.is_whole = False
        self._left = most
        self._head: dict[bytes, bytes] = {}
        self._name = self._value = b""
        self._content: list[bytes] = []

    def callbacks(self) -> Any:
        """The functions that the parser calls."""
        return {
            "on_part_begin": self._begin,
            "on_header_field": lambda data, start, end: self._more_of_head(data[start:end], b""),
            "on_header_value": lambda data, start, end: self._more_of_head(b"", data[start:end]),
            "on_header_end": self._end_header,
            "on_part_data": lambda data, start, end: self._content.append(data[start:end]),
            "on_part_end": self._end,
            "on_end": self._end_form,
        }

    def _begin(self) -> None:
        if not self._left:
            raise ValueError("the form has too many fields and files")
        self._left -= 1
        self._head = {}
        self._content = []

    def _more_of_head(self, name: bytes, value: bytes) -> None:
        self._name += name
        self._value += value
        if len(self._name) + len(self._value) > _MOST_OF_A_HEAD:
            raise ValueError("a header of the form is too long")

    def _end_header(self) -> None:
        self._head[self._name.lower()] = self._value
        self._name = self._value = b""

    def _end(self) -> None:
        options = parse_options_header(self._head.get(b"content-disposition"))[1]
        name, file = options.get(b"name"), options.get(b"filename")
        if name is None:
            raise ValueError("a field of the form has no name")
        content = b"".join(self._content)
        if file is None:
            self.fields[_named(name)] = content.decode()
        elif file:
            self.files[_named(name)] = Upload(_named(file), content)

    def _end_form(self) -> None:
        self.is_whole = True


def _named(name: bytes) -> str:
    """Decodes a name, in which a browser writes quotes and line ends as `%22`, `%0D`, `%0A`."""
    return re.sub("%(?:22|0D|0A)", lambda code: unquote(code[0]), name.decode())
