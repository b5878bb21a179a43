"""Serves style sheets, scripts and icons from memory, at addresses that contain a version."""

import gzip
import hashlib
import mimetypes
from functools import cache

from starlette.exceptions import HTTPException
from starlette.responses import Response

from automator.model import record
from automator.resources import static_folder
from automator.server.web.request_context import RequestContext

_FOR_EVER = "public, max-age=31536000, immutable"
_TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}


@record(kw_only=False)
class StaticFile:
    """A static file: its content plain and compressed with gzip, and its content type."""

    content: bytes
    compressed: bytes
    content_type: str


@cache
def static_files() -> dict[str, StaticFile]:
    """All static files by their path below the folder."""
    found = {}
    folder = static_folder()
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or path.name.startswith("."):
            continue
        content = path.read_bytes()
        kind = _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0]
        found[path.relative_to(folder).as_posix()] = StaticFile(
            content=content,
            compressed=gzip.compress(content, 9, mtime=0),
            content_type=kind or "application/octet-stream",
        )
    return found


@cache
def static_version() -> str:
    """A hash of all static files together, which changes with their content."""
    digest = hashlib.sha256()
    for name, file in static_files().items():
        digest.update(f"{name} {len(file.content)}\n".encode() + file.content)
    return digest.hexdigest()[:12]


def asset(name: str) -> str:
    """The address of a static file; it changes with the files, so browsers may cache it for ever.

    The version is a folder in the address, so that a script imports others of the same version.

    Raises:
        KeyError: there is no such file.
    """
    if name not in static_files():
        raise KeyError(name)
    return f"/static/{static_version()}/{name}"


def asset_if_there(name: str) -> str:
    """The address of a static file; "" if this installation does not have the file."""
    return asset(name) if name in static_files() else ""


async def send_static(context: RequestContext) -> Response:
    """Sends a static file, always whole: ranges would cost work.

    An address with another version, or without one, gets the present file, which is not cached.
    """
    path, files = context.path("name"), static_files()
    version, _, name = path.partition("/")
    file = files.get(name) or files.get(path)
    if file is None:
        raise HTTPException(404)
    headers = {"vary": "accept-encoding", "cache-control": "no-cache"}
    if version == static_version():
        headers["cache-control"] = _FOR_EVER
    content = file.content
    if context.takes_gzip:
        headers["content-encoding"] = "gzip"
        content = file.compressed
    return Response(content, media_type=file.content_type, headers=headers)
