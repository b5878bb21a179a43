"""The route of tracked links: stores the click, and redirects to the target."""

from starlette.types import Receive, Scope, Send

from automator.engine.links.clicks import Clicks
from automator.engine.links.tracked_links import LINKS, TrackedLinks
from automator.engine.links.visitors import is_person
from automator.model import record
from automator.server.http.hook_answers import RETRY_AFTER_S
from automator.server.http.text_answer import Header, send_text
from automator.store import cannot_read

_METHODS = ("GET", "HEAD")
#: Headers that keep the answer out of caches and search engines, and the token out of the referrer.
_PRIVATE: tuple[Header, ...] = (
    (b"cache-control", b"no-store"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-robots-tag", b"noindex, nofollow"),
)
# In both languages, because readers come from a chat and have no account with a language.
_UNKNOWN = "Liên kết này không dùng được.\nThis link does not work.\n"
_LATER = "Xin mở lại liên kết sau ít phút.\nPlease open the link again in a moment.\n"


@record(kw_only=False)
class LinkEndpoint:
    """Answers `/l/{token}`: commits the click first, then redirects."""

    links: TrackedLinks
    clicks: Clicks

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        """Redirects to the link's target; 404 for a link that this server has not made."""
        method = scope["method"]
        if method not in _METHODS:
            allow = (b"allow", ", ".join(_METHODS).encode())
            await send_text(send, 405, _UNKNOWN, allow, *_PRIVATE)
            return
        link = self.links.link_of(scope["path"].removeprefix(LINKS))
        if link is None:
            await send_text(send, 404, _UNKNOWN, *_PRIVATE)
            return
        if is_person(method, _headers_of(scope)):
            try:
                await self.clicks.take(link)
            except Exception as error:
                if not cannot_read(error):
                    raise
                retry = (b"retry-after", str(RETRY_AFTER_S).encode())
                await send_text(send, 503, _LATER, retry, *_PRIVATE)
                return
        await send_text(send, 302, "", (b"location", link.target.encode("ascii")), *_PRIVATE)


def _headers_of(scope: Scope) -> dict[str, str]:
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
