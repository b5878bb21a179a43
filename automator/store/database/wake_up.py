"""Wake-ups between nodes: a busy node tells the others that there is work.

A wake-up may get lost. Nothing depends on it, because every node looks for work each second. So
nodes also work behind a connection pooler, where no wake-up ever arrives.
"""

import contextlib
import logging
import os
import socket
import threading
from collections.abc import Callable
from typing import Any

logger = logging.getLogger(__name__)

#: The channel on which the nodes of one database listen.
CHANNEL = "automator_work"
#: Seconds between two wake-ups of a node, at least.
WAKE_UP_EVERY_S = 0.1
#: Seconds before a lost connection is opened again.
_AGAIN_S = 3.0


class WakeUpListener:
    """Listens in a thread with a connection of its own, from `start` until `stop`."""

    def __init__(
        self, connect: Callable[[], Any], own: str, on_wake_up: Callable[[], None]
    ) -> None:
        """`connect` opens a driver's connection in autocommit.

        `on_wake_up` is called in the thread. Wake-ups of the node `own` are left out.
        """
        self._connect = connect
        self._own = own
        self._on_wake_up = on_wake_up
        self._ending = threading.Event()
        self._connection: Any = None
        #: Whether others can wake this node, or it has not been tried yet: a loss is logged once.
        self._is_heard = True
        self._thread = threading.Thread(target=self._run, name="store-wake-ups", daemon=True)

    def start(self) -> None:
        """Begins to listen."""
        self._thread.start()

    def stop(self) -> None:
        """Ends the thread."""
        self._ending.set()
        connection = self._connection
        if connection is not None:
            # Closing it alone would not wake the thread, which waits for its socket.
            with contextlib.suppress(Exception), _socket_of(connection) as end:
                end.shutdown(socket.SHUT_RDWR)
        self._thread.join()

    def _run(self) -> None:
        while not self._ending.is_set():
            try:
                self._listen()
            except Exception as error:  # noqa: BLE001 - whatever it was, polling goes on.
                if not self._ending.is_set() and self._is_heard:
                    logger.warning("store.wake_ups_lost: %s", error)
                self._is_heard = False
            self._ending.wait(_AGAIN_S)

    def _listen(self) -> None:
        with contextlib.closing(self._connect()) as connection:
            self._connection = connection
            connection.execute(f"LISTEN {CHANNEL}")
            self._is_heard = True
            # Work may have come in while nobody was listening.
            self._on_wake_up()
            if self._ending.is_set():
                return
            for notice in connection.notifies():
                if notice.payload != self._own:
                    self._on_wake_up()


def _socket_of(connection: Any) -> socket.socket:
    return socket.socket(fileno=os.dup(connection.fileno()))
