"""Style sheets, scripts and icons, served from memory under addresses that name their version."""

import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from functools import cache

from starlette.exceptions import HTTPException
from starlette.responses import Response

from automator.resources import static_folder
from automator.server.web.request_context import RequestContext

_FOR_EVER = "public, max-age=31536000, immutable"
_TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}


@dataclass(frozen=True, slots=True)
class StaticFile:
    """A file as it is sent."""

    content: bytes
    compressed: bytes
    content_type: str
    version: str


@cache
def static_files() -> dict[str, StaticFile]:
    """All static files by name."""
    found = {}
    for path in sorted(static_folder().iterdir()):
        if not path.is_file() or path.name.startswith("."):
            continue
        content = path.read_bytes()
        kind = _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0]
        found[path.name] = StaticFile(
            content=content,
            compressed=gzip.compress(content, 9, mtime=0),
            content_type=kind or "application/octet-stream",
            version=hashlib.sha256(content).hexdigest()[:12],
        )
    return found


def asset(name: str) -> str:
    """The address of a static file; it changes with the content, so it may be kept for ever."""
    return f"/static/{name}?v={static_files()[name].version}"


async def send_static(context: RequestContext) -> Response:
    """One static file, whole: ranges are not answered, so they cost nothing."""
    file = static_files().get(context.path("name"))
    if file is None:
        raise HTTPException(404)
    headers = {"vary": "accept-encoding", "cache-control": "no-cache"}
    if context.request.query_params.get("v") == file.version:
        headers["cache-control"] = _FOR_EVER
    content = file.content
    if "gzip" in context.request.headers.get("accept-encoding", ""):
        headers["content-encoding"] = "gzip"
        content = file.compressed
    return Response(content, media_type=file.content_type, headers=headers)
