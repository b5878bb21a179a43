"""People at a browser: they sign in, open pages, and note everything that goes wrong in these."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from weakref import WeakKeyDictionary

from tests.support.process import ServerProgram

#: How a browser's context is made where a test asks for nothing else.
DESK = {"locale": "en-US", "viewport": {"width": 1100, "height": 800}}
#: The session of the visitors of each server: a server lets somebody try to sign in 20 times a
#: minute, and the tests of a file are quicker.
_SESSIONS: WeakKeyDictionary[ServerProgram, list[Any]] = WeakKeyDictionary()


def sign_in(page: Any, server: ServerProgram) -> None:
    """Signs somebody in with a link, which leads to the first page."""
    page.goto(server.api("POST", "/api/sign-in-links")["url"])
    page.locator("main form button").first.click()
    page.wait_for_url(lambda address: "/sign-in" not in address)


class Visitor:
    """Somebody who opens pages of one server, signed in, in as many windows as they like."""

    def __init__(
        self, browser: Any, server: ServerProgram, *, expects_dialogs: bool = False
    ) -> None:
        self._browser = browser
        self._server = server
        self._expects_dialogs = expects_dialogs
        self._cookies = _SESSIONS.setdefault(server, [])
        self._windows: list[Any] = []
        #: Faults of pages: messages of the console, errors, unexpected dialogs, requests to other
        #: hosts.
        self.complaints: list[str] = []

    @contextmanager
    def page(self, **options: Any) -> Iterator[Any]:
        """A page in a window of its own, which is closed at the end."""
        page = self.open(**options)
        yield page
        page.context.close()
        self._windows.remove(page.context)

    def open(self, path: str = "", **options: Any) -> Any:
        """A page in a window of its own, at this path or else the first page."""
        context = self._browser.new_context(base_url=self._server.url, **{**DESK, **options})
        self._windows.append(context)
        context.add_cookies(self._cookies)
        page = context.new_page()
        self._watch(page)
        if not self._cookies:
            sign_in(page, self._server)
            self._cookies.extend(context.cookies())
        if path:
            page.goto(path)
        return page

    def leave(self) -> None:
        """Closes all windows."""
        while self._windows:
            self._windows.pop().close()

    def _watch(self, page: Any) -> None:
        said = self.complaints.append
        # Chromium shows its hints, which are "verbose", only to who asks for them.
        page.on(
            "console",
            lambda message: message.type == "verbose" or said(f"{page.url}: {message.text}"),
        )
        page.on("pageerror", lambda error: said(f"{page.url}: {error}"))
        page.on("dialog", self._answer)
        page.on(
            "request",
            lambda request: (
                request.url.startswith((self._server.url, "data:"))
                or said(f"{page.url}: asks {request.url}")
            ),
        )

    def _answer(self, dialog: Any) -> None:
        # A page with something unsaved asks before it is left, which every test wants to do.
        if not self._expects_dialogs and dialog.type != "beforeunload":
            self.complaints.append(f"{dialog.page.url}: {dialog.message}")
        dialog.accept()
