"""One careful request: what counts as not sent, what as unknown, and what is never told."""

import datetime
import socket
import ssl
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from payments.gateways.base import GatewayUnavailable, NotSent
from payments.gateways.http import Answer, Line

QUICK = Line(connect_seconds=1, read_seconds=1)


BEGINNINGS = {"http": b"HTTP/1.1 200 OK\r\nX-Long: ", "https": b"\x16\x03\x03\x40\x00"}


@pytest.fixture(params=BEGINNINGS)
def dripping(request):
    """A company that sends one byte after another, each well before the read time-out, for ten seconds."""
    listener = socket.create_server(("127.0.0.1", 0))
    cut_off = threading.Event()

    def serve():
        line, _ = listener.accept()
        try:
            line.sendall(BEGINNINGS[request.param])
            for _ in range(100):
                time.sleep(0.1)
                line.sendall(b"x")
        except OSError:
            cut_off.set()
        line.close()

    threading.Thread(target=serve, daemon=True).start()
    yield f"{request.param}://127.0.0.1:{listener.getsockname()[1]}/", cut_off
    listener.close()


@pytest.fixture
def company():
    """A company that says what it heard."""
    heard = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            heard.append(self.headers)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b'{"a": 1}')

        def do_POST(self):
            heard.append(self.headers)
            self.send_response(302)
            self.send_header("Location", server.leads_to)
            self.send_header("Content-Length", str(len(server.body)))
            self.end_headers()
            try:
                self.wfile.write(server.body)
                server.was_read = bool(server.body)
            except OSError:
                pass

        def log_message(self, *args):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    server.heard, server.leads_to, server.body, server.was_read = heard, "", b"", False
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def impostor(tmp_path, company):
    """The same behind a certificate that nobody vouches for."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    words = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path = tmp_path / "certificate.pem"
    path.write_bytes(certificate.public_bytes(Encoding.PEM) + words)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    company.socket = context.wrap_socket(company.socket, server_side=True)
    company.certificate = str(path)
    return company


def test_we_say_who_we_are_and_take_no_advice_from_the_machine(company, monkeypatch, tmp_path):
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login somebody password else\n")
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    answer = QUICK.send(
        "GET", f"http://127.0.0.1:{company.server_port}/", headers={"Authorization": "Bearer x"}
    )
    assert answer.json() == {"a": 1}
    assert company.heard[0]["Authorization"] == "Bearer x"
    assert company.heard[0]["User-Agent"]


def test_a_certificate_nobody_vouches_for_ends_it_before_anything_is_said(impostor):
    with pytest.raises(NotSent):
        QUICK.send("GET", f"https://localhost:{impostor.server_port}/")
    assert impostor.heard == []


def test_a_company_with_a_certificate_of_its_own_can_be_trusted_by_file(impostor):
    line = Line.from_credentials({"ca_bundle": impostor.certificate, "read_seconds": "2"})
    assert line.send("GET", f"https://localhost:{impostor.server_port}/").status == 200


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1/", "http://no-such-host.invalid/", "nonsense", "http://", "ftp://127.0.0.1/"]
)
def test_what_never_left_was_not_sent(url):
    with pytest.raises(NotSent):
        QUICK.send("GET", url)


@pytest.mark.parametrize("kind", ["drop", "huge", "redirect", "drip", "drip_headers"])
def test_what_may_have_been_heard_is_unknown(sandbox, kind):
    sandbox.fault("GET /phone/", kind)
    with pytest.raises(GatewayUnavailable):
        QUICK.send("GET", f"{sandbox.url}/phone/")


@pytest.mark.parametrize("place", ["http://[", "//[::1", "nonsense://x", "http://:x/", "/\xff"])
def test_a_redirect_to_nowhere_is_unknown_for_the_question_was_heard(company, place):
    company.leads_to = place
    with pytest.raises(GatewayUnavailable):
        QUICK.send("POST", f"http://127.0.0.1:{company.server_port}/", payload={"amount": 1})
    assert len(company.heard) == 1


def test_the_body_of_a_redirect_is_not_read(company):
    company.leads_to, company.body = "/elsewhere", b"x" * 20_000_000
    with pytest.raises(GatewayUnavailable, match="redirect"):
        QUICK.send("POST", f"http://127.0.0.1:{company.server_port}/", payload={"amount": 1})
    assert not company.was_read


def test_one_deadline_ends_what_no_time_out_of_a_socket_ends(dripping):
    """In the headers, and in the handshake of TLS."""
    url, cut_off = dripping
    with pytest.raises(GatewayUnavailable):
        Line(connect_seconds=0.5, read_seconds=0.5).send("GET", url)
    assert cut_off.wait(5)


def test_a_silent_company_is_given_up(sandbox):
    sandbox.fault("GET /phone/", "stall", seconds=200)
    with pytest.raises(GatewayUnavailable):
        Line(connect_seconds=1, read_seconds=0.2).send("GET", f"{sandbox.url}/phone/")


@pytest.mark.parametrize("place", ["sandbox", "nowhere"])
def test_errors_name_neither_keys_nor_people(sandbox, place):
    sandbox.fault("GET /phone/", "drop")
    url = f"{sandbox.url}/phone/" if place == "sandbox" else "http://127.0.0.1:1/phone/"
    with pytest.raises((GatewayUnavailable, NotSent)) as error:
        QUICK.send(
            "GET", url, headers={"Authorization": "Bearer prv_secret"}, params={"email": "ana@example.com"}
        )
    told = f"{error.value!r} {error.value.__cause__!r}"
    assert "prv_secret" not in told
    assert "ana" not in told
    assert error.value.__suppress_context__


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"<html>", b"[" * 100_000, b"[1]", b"null", b'"x"'])
def test_what_is_no_json_object_reads_as_an_empty_one(body):
    assert Answer(status=200, body=body).json_object() == {}
