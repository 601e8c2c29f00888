"""The sandbox's HTTP server: a thread for each call, because M-Pesa holds a line for a minute.

It is Django's own threaded development server, chosen over a production server for two
things a pretend company needs: as many patient callers as there are, and a hand on the
socket, so that it can hang up without an answer. Needs DJANGO_SETTINGS_MODULE to name
payments.sandbox.settings.
"""

import os
import threading
import time
from typing import Any

from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
from django.core.wsgi import get_wsgi_application

from . import clock


class Handler(WSGIRequestHandler):
    timeout = 300

    def get_environ(self) -> dict[str, Any]:
        return super().get_environ() | {"sandbox.connection": self.connection}

    def log_message(self, format: str, *args: object) -> None:
        """Silent: the console page lists the calls."""


class Server(ThreadedWSGIServer):
    request_queue_size = 128

    def handle_error(self, request: object, client_address: object) -> None:
        """Callers hang up all the time; that is no news."""


def stop_with(parent: int) -> None:
    """End when the process that started us has gone, even by kill -9 (tests)."""
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(0)


def serve(host: str, port: int) -> None:
    """Run until killed."""
    server = Server((host, port), Handler)
    server.set_app(get_wsgi_application())
    for work in (clock.decide, clock.post):
        threading.Thread(target=clock.forever, args=(work,), daemon=True, name=work.__name__).start()
    parent = os.environ.get("SANDBOX_STOPS_WITH")
    if parent:
        threading.Thread(target=stop_with, args=(int(parent),), daemon=True).start()
    print(f"Sandbox companies (pretend money) on http://localhost:{server.server_port}/", flush=True)
    server.serve_forever()
