"""Reads forms that carry files, as browsers send them: multipart/form-data (RFC 7578).

A form is in memory already, so its parts are found by a search for the lines between them. That
takes no longer and no more memory for one form than for another of its size.
"""

import re
from urllib.parse import unquote

from automator.model import record

_BOUNDARY = re.compile(r';\s*boundary=(?:"([^"]{1,70})"|([^\s";,]{1,70}))', re.IGNORECASE)
_NAME = re.compile(r';\s*name="([^"]*)"', re.IGNORECASE)
_FILE_NAME = re.compile(r';\s*filename="([^"]*)"', re.IGNORECASE)
#: Bytes of the headers of one field or file.
_MOST_OF_A_HEAD = 8_192


@record(kw_only=False)
class Upload:
    """A file that somebody has chosen in a form."""

    name: str
    content: bytes


def read_multipart(
    content_type: str, body: bytes, most: int
) -> tuple[dict[str, str], dict[str, Upload]]:
    """The fields and the chosen files of a form by their names; of doubled ones the last.

    Raises:
        ValueError: it is no such form, is cut off, or has more than `most` fields and files.
    """
    boundary = _BOUNDARY.search(content_type)
    if boundary is None:
        raise ValueError("the form has no boundary")
    between = f"\r\n--{boundary[1] or boundary[2]}".encode("ascii")
    fields: dict[str, str] = {}
    files: dict[str, Upload] = {}
    at = len(between) - 2
    if body[:at] != between[2:]:
        raise ValueError("the form does not begin with its boundary, or is cut off")
    for _ in range(most + 1):
        if body[at : at + 2] == b"--":
            return fields, files
        head_end = body.find(b"\r\n\r\n", at, at + _MOST_OF_A_HEAD)
        end = body.find(between, head_end + 4)
        if head_end < 0 or end < 0:
            raise ValueError("the form is cut off")
        _read_part(body[at:head_end].decode(), body[head_end + 4 : end], fields, files)
        at = end + len(between)
    raise ValueError(f"the form has more than {most} fields and files")


def _read_part(head: str, content: bytes, fields: dict[str, str], files: dict[str, Upload]) -> None:
    name, file = _NAME.search(head), _FILE_NAME.search(head)
    if name is None:
        raise ValueError("a field of the form has no name")
    if file is None:
        fields[_named(name[1])] = content.decode()
    elif file[1]:
        files[_named(name[1])] = Upload(_named(file[1]), content)


def _named(name: str) -> str:
    """A name as it was before the browser wrote quotes and line ends as `%22`, `%0D`, `%0A`."""
    return re.sub("%(?:22|0D|0A)", lambda code: unquote(code[0]), name)
