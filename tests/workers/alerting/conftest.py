"""A store, a mail server and a web server that take what is sent, or refuse it."""

import http.server
import threading
from contextlib import contextmanager
from email import message_from_bytes
from email.policy import default

import pytest
from aiosmtpd.controller import Controller
from msgspec import Struct, field

from harvester.store import open_store
from tests.services.processes import free_port
from workers.alerting.ways import Ways


class Mailbox(Struct):
    """What a mail server has taken, whether by TLS, and by whom; it `refuses` all, or mail to somebody `unknown`."""

    url: str = ""
    mails: list = field(default_factory=list)
    seen: list = field(default_factory=list)
    refuses: bool = False
    unknown: str = ""
    tried: int = 0

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802
        if address == self.unknown:
            return "550 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802  the name that aiosmtpd calls
        self.tried += 1
        if self.refuses:
            return "451 try again later"
        by_tls = server.transport.get_extra_info("ssl_object") is not None
        self.seen.append((by_tls, session.auth_data and session.auth_data.password))
        self.mails.append((envelope.rcpt_tos, message_from_bytes(envelope.content, policy=default)))
        return "250 OK"


class Hook(Struct):
    """What a web server was sent: headers and body; it answers with `status`."""

    url: str = ""
    calls: list = field(default_factory=list)
    status: int = 204


@pytest.fixture
def mailbox():
    with taking_mail("smtp") as box:
        yield box


@contextmanager
def taking_mail(scheme, **options):
    """Run a mail server with options of aiosmtpd."""
    box = Mailbox()
    controller = Controller(box, hostname="127.0.0.1", port=free_port(), **options)
    controller.start()
    box.url = f"{scheme}://127.0.0.1:{controller.port}"
    yield box
    controller.stop()


@pytest.fixture
def hook():
    taken = Hook()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            taken.calls.append((dict(self.headers), body))
            self.send_response(taken.status)
            self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        taken.url = f"http://127.0.0.1:{server.server_port}/hook"
        yield taken
        server.shutdown()
        thread.join()


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request, tmp_path):
    if request.param == "postgresql":
        return request.getfixturevalue("fresh_postgresql_url")
    return f"sqlite:///{tmp_path / 'store.sqlite'}"


@pytest.fixture
def store(store_url):
    with open_store(store_url) as opened:
        yield opened


def ways(**given) -> Ways:
    settings = {
        "smtp_url": "",
        "sender": "hub@example.org",
        "mail_to": (),
        "webhook": "",
        "secret": "",
        "allow_private": True,
    }
    return Ways(**(settings | given))
