"""Notes every call, and makes the next ones fail in the ways networks do (steered by tests)."""

import socket
import time
from collections.abc import Callable, Iterator

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse

from .memory import STORE, after

View = Callable[[HttpRequest], HttpResponseBase]

FIREWALL = (
    "<html><head><title>Request unsuccessful</title></head><body>Request unsuccessful. "
    "Incapsula incident ID: 0-0</body></html>"
)
BODIES = {
    "truncated": (200, b'{"data": {"id": "1'),
    "latin1": (200, '{"data": "não"}'.encode("latin-1")),
    "error": (500, b"Internal Server Error"),
    "busy": (429, b'{"error":{"type":"TOO_MANY"}}'),
}
PAST_TENSE = ("swallow", "stall", "html_after")


def _note(request: HttpRequest, status: int) -> None:
    """Note the call, once: before the caller can know how it ended."""
    generation = request.META.pop("sandbox.generation", None)
    if generation is not None:
        STORE.note_call(request.method or "", request.path, status, generation)


def cut_line(request: HttpRequest) -> HttpResponse:
    """Close the connection under the caller's feet; what is returned goes nowhere."""
    _note(request, 500)
    line: socket.socket = request.META["sandbox.connection"]
    try:
        line.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass  # The caller has hung up first.
    return HttpResponse(status=500)


def firewall(status: int) -> HttpResponse:
    return HttpResponse(FIREWALL, status=status)


def _drip() -> Iterator[bytes]:
    for _ in range(600):
        yield b" "
        time.sleep(0.1)


def _drip_headers(request: HttpRequest) -> HttpResponse:
    """Header after header, and never a body."""
    line: socket.socket = request.META["sandbox.connection"]
    try:
        line.sendall(b"HTTP/1.1 200 OK\r\n")
        for number in range(600):
            line.sendall(f"X-{number}: x\r\n".encode())
            time.sleep(0.1)
    except OSError:
        pass  # The caller has had enough.
    return cut_line(request)


def _instead(request: HttpRequest, kind: str) -> HttpResponseBase:
    match kind:
        case "drop":
            return cut_line(request)
        case "html":
            return firewall(502)
        case "huge":
            return StreamingHttpResponse((b"x" * 65536 for _ in range(160)), content_type="application/json")
        case "redirect":
            return HttpResponse(status=302, headers={"Location": "/control/trap"})
        case "drip":
            return StreamingHttpResponse(_drip(), content_type="application/json")
        case "drip_headers":
            return _drip_headers(request)
    status, body = BODIES[kind]
    return HttpResponse(body, status=status, content_type="application/json")


def _next_fault(request: HttpRequest) -> dict | None:
    call = f"{request.method} {request.path}"
    with STORE.together():
        for fault in reversed(STORE.find("fault")):
            if call.startswith(fault["on"]):
                fault["times"] -= 1
                if fault["times"] > 0:
                    STORE.put("fault", fault["id"], fault)
                else:
                    STORE.remove("fault", fault["id"])
                return fault
    return None


def faults_middleware(get_response: View) -> View:
    def middleware(request: HttpRequest) -> HttpResponseBase:
        if request.path.startswith(("/control/", "/sandbox.css")):
            return get_response(request)
        request.META["sandbox.generation"] = STORE.generation
        fault = _next_fault(request)
        if fault and fault["kind"] not in PAST_TENSE:
            response = _instead(request, fault["kind"])
        else:
            response = get_response(request)
        if fault and fault["kind"] == "swallow":
            response = cut_line(request)
        elif fault and fault["kind"] == "stall":
            time.sleep(max(0, after(fault["seconds"]) - time.time()))
        elif fault and fault["kind"] == "html_after":
            response = firewall(504)
        _note(request, response.status_code)
        return response

    return middleware
