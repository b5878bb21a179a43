"""Wake-ups between nodes: a busy node tells the others that there is work.

A wake-up may get lost, and nothing depends on it, because every node looks for work once a second.
So nodes also work behind a connection pooler, through which no wake-up arrives.
"""

import contextlib
import logging
import os
import socket
import threading
from collections.abc import Callable
from typing import Any

logger = logging.getLogger(__name__)

#: The channel of the database on which its nodes listen.
CHANNEL = "automator_work"
#: How many seconds pass at least between two wake-ups by a node.
WAKE_UP_EVERY_S = 0.1
#: After how many seconds a lost connection is opened again.
_AGAIN_S = 3.0


class WakeUpListener:
    """Listens in its own thread, with its own connection, from `start` until `stop`."""

    def __init__(
        self, connect: Callable[[], Any], own: str, on_wake_up: Callable[[], None]
    ) -> None:
        """`connect` opens a connection of the driver with autocommit.

        `on_wake_up` is called in the thread. Wake-ups by the node `own` are ignored.
        """
        self._connect = connect
        self._own = own
        self._on_wake_up = on_wake_up
        self._ending = threading.Event()
        self._connection: Any = None
        #: Whether listening works, or was not tried yet. A loss is logged only once.
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
            # Closing alone would not wake the thread, which waits for the socket.
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
            # Work may have come in before anybody listened.
            self._on_wake_up()
            if self._ending.is_set():
                return
            for notice in connection.notifies():
                if notice.payload != self._own:
                    self._on_wake_up()


def _socket_of(connection: Any) -> socket.socket:
    return socket.socket(fileno=os.dup(connection.fileno()))
