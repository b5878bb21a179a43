"""uvicorn's settings with what every connection of the server needs."""

from collections.abc import Callable
from typing import Any

import uvicorn
from starlette.types import ASGIApp, Scope

from automator.server.http.listener import Listener

#: Takes in a request whose body came at once: scope and body; None or an application to answer it.
Take = Callable[[Scope, bytes], ASGIApp | None]


class ListenerConfig(uvicorn.Config):
    """uvicorn's settings with the bounds that all connections share; `http` is HttpProtocol."""

    def __init__(self, listener: Listener, *, take: Take | None = None, **rest: Any) -> None:
        super().__init__(**rest, ws="none")
        self.listener = listener
        self.take = take
