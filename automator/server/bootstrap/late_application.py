"""An ASGI application that is imported when it is needed."""

import asyncio
from collections.abc import Callable

import orjson
from starlette.types import ASGIApp, Receive, Scope, Send

from automator.language import ENGLISH, LANGUAGES, Translator
from automator.model import InstallationChangedError
from automator.server.http.text_answer import send_text
from automator.server.web.security import error_json, is_for_programs


class LateApplication:
    """An ASGI application that is imported and made once, for the first request.

    A server that only takes deliveries in starts sooner without it, and is smaller. It answers 503
    where the program on the disk is not the one that runs any more.
    """

    def __init__(self, make: Callable[[], ASGIApp]) -> None:
        self._make = make
        self._made: ASGIApp | None = None
        self._making = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            application = self._made or await self._made_once()
        except InstallationChangedError as error:
            await _refuse(error, scope, send)
        else:
            await application(scope, receive, send)

    async def _made_once(self) -> ASGIApp:
        async with self._making:
            if self._made is None:
                # In a thread, so that deliveries are taken in meanwhile.
                self._made = await asyncio.to_thread(self._make)
            return self._made


async def _refuse(error: InstallationChangedError, scope: Scope, send: Send) -> None:
    retry = (b"retry-after", b"30")
    if is_for_programs(scope["path"]):
        body = orjson.dumps(error_json(error, Translator(ENGLISH))).decode()
        await send_text(send, 503, body, retry, content_type=b"application/json")
        return
    # The languages of the reader are read by a part that is not loaded.
    told = [Translator(language).error(error) for language in LANGUAGES]
    text = "\n\n".join(f"{message}\n{fix}" for message, fix in told)
    await send_text(send, 503, f"{text}\n", retry)
