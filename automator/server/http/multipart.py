"""Reads forms that carry files, as browsers send them: multipart/form-data (RFC 7578)."""

import re
from dataclasses import dataclass
from urllib.parse import unquote

_BOUNDARY = re.compile(r'(?:^|;)\s*boundary=(?:"([^"]{1,70})"|([^\s;"]{1,70}))', re.IGNORECASE)
_NAME = re.compile(rb'(?:^|;)\s*name="([^"]*)"', re.IGNORECASE)
_FILE = re.compile(rb'(?:^|;)\s*filename="([^"]*)"', re.IGNORECASE)
_DISPOSITION = b"content-disposition:"


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that somebody has chosen in a form."""

    name: str
    content: bytes


def read_multipart(
    content_type: str, body: bytes, most: int
) -> tuple[dict[str, str], dict[str, Upload]]:
    """The fields and the chosen files of a form by their names; of doubled ones the last.

    Raises:
        ValueError: it is no such form, is cut off, or has more than `most` parts.
    """
    found = _BOUNDARY.search(content_type)
    if found is None:
        raise ValueError
    mark = b"\r\n--" + (found[1] or found[2]).encode()
    # Before the first part there may be no line end.
    before, *parts = (b"\r\n" + body).split(mark, most + 2)
    if before or not parts or len(parts) > most + 1 or not parts[-1].startswith(b"--"):
        raise ValueError
    fields: dict[str, str] = {}
    files: dict[str, Upload] = {}
    for part in parts[:-1]:
        name, file, content = _part(part)
        if file is None:
            fields[name] = content.decode("utf-8")
        elif file:
            files[name] = Upload(file, content)
    return fields, files


def _part(part: bytes) -> tuple[str, str | None, bytes]:
    """The name of a part, that of its file ("" where none was chosen), and its content."""
    head, end, content = part.partition(b"\r\n\r\n")
    lines = [line for line in head.split(b"\r\n") if line.lower().startswith(_DISPOSITION)]
    name = _NAME.search(lines[0], len(_DISPOSITION)) if lines else None
    if not end or name is None:
        raise ValueError
    file = _FILE.search(lines[0], len(_DISPOSITION))
    return _named(name[1]), None if file is None else _named(file[1]), content


def _named(name: bytes) -> str:
    """A name as it was before the browser wrote quotes and line ends as `%22`, `%0D`, `%0A`."""
    return re.sub("%(?:22|0D|0A)", lambda code: unquote(code[0]), name.decode("utf-8"))
