"""Reads forms that carry files, as browsers send them: multipart/form-data (RFC 7578)."""

import re
from collections.abc import AsyncGenerator
from urllib.parse import unquote

from starlette.datastructures import Headers, UploadFile

from automator.model import record


@record(kw_only=False)
class Upload:
    """A file that somebody has chosen in a form."""

    name: str
    content: bytes


async def read_multipart(
    content_type: str, body: bytes, most: int
) -> tuple[dict[str, str], dict[str, Upload]]:
    """The fields and the chosen files of a form by their names; of doubled ones the last.

    Raises:
        ValueError: it is no such form, is cut off, or has more than `most` fields or files.
    """
    # Only the page that takes files needs the parser.
    from python_multipart.multipart import parse_options_header
    from starlette.formparsers import MultiPartException, MultiPartParser

    async def all_at_once() -> AsyncGenerator[bytes, None]:
        yield body

    boundary = parse_options_header(content_type)[1].get(b"boundary", b"")
    if not body.rstrip(b"\r\n").endswith(b"--" + boundary + b"--"):
        raise ValueError("the form is cut off")
    parser = MultiPartParser(
        Headers({"content-type": content_type}),
        all_at_once(),
        max_files=most,
        max_fields=most,
        max_part_size=len(body),
    )
    try:
        form = await parser.parse()
    except MultiPartException as error:
        raise ValueError(error.message) from error
    fields: dict[str, str] = {}
    files: dict[str, Upload] = {}
    try:
        for name, value in form.multi_items():
            if not isinstance(value, UploadFile):
                fields[name] = value
            elif value.filename:
                files[name] = Upload(_named(value.filename), await value.read())
    finally:
        await form.close()
    return fields, files


def _named(name: str) -> str:
    """A name as it was before the browser wrote quotes and line ends as `%22`, `%0D`, `%0A`."""
    return re.sub("%(?:22|0D|0A)", lambda code: unquote(code[0]), name)
