"""One deadline for a whole exchange: whoever drips, in the handshake, the headers or the body, is cut off."""

import socket
from contextlib import suppress
from threading import Lock, Timer
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection


class Deadline:
    """Begins with the block it is used in; when it is over, watched connections are shut down.

    The time-outs of sockets do not do: each single byte begins them anew.
    """

    def __init__(self, seconds: float) -> None:
        self.is_over = False
        self._lock, self._ends = Lock(), list[socket.socket]()
        self._timer = Timer(seconds, self._cut)
        self._timer.daemon = True

    def __enter__(self) -> "Deadline":
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        with self._lock:
            while self._ends:
                self._ends.pop().close()

    def watch(self, connection: socket.socket) -> None:
        """Keep an end of our own, which stays good when TLS takes the other over."""
        with self._lock:
            self._ends.append(connection.dup())
        if self.is_over:
            self._cut()

    def _cut(self) -> None:
        self.is_over = True
        with self._lock:
            for end in self._ends:
                with suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)


class DeadlineAdapter(HTTPAdapter):
    """Puts every connection of a session under one deadline. It never retries."""

    def __init__(self, deadline: Deadline) -> None:
        super().__init__(max_retries=0)
        self._deadline = deadline

    def get_connection_with_tls_context(self, *args: Any, **named: Any) -> Any:
        pool: Any = super().get_connection_with_tls_context(*args, **named)
        pool.ConnectionCls = _watched(pool.ConnectionCls, self._deadline)
        return pool


def _watched(kind: Any, deadline: Deadline) -> type[HTTPConnection]:
    class Watched(kind):  # type: ignore[no-any-return]
        def _new_conn(self) -> socket.socket:
            connection: socket.socket = super()._new_conn()
            deadline.watch(connection)
            return connection

    return Watched
