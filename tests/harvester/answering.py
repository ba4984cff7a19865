"""A server on loopback whose paths each answer in a way of their own, mostly a wrong one."""

import gzip
import http.server
import threading
import time
import zlib
from contextlib import contextmanager


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.server.seen.append((self.path, dict(self.headers)))
        name = self.path.partition("?")[0].strip("/").partition("/")[0]
        getattr(self, f"answer_{name}")()

    def do_POST(self):
        self.form = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.do_GET()

    def send(self, body, status=200, **headers):
        self.send_response(status)
        for key, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(key.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def answer_plain(self):
        self.send(b"plain")

    def answer_gzip(self):
        self.send(gzip.compress(b"squeezed" * 100), Content_Encoding="gzip")

    def answer_deflate(self):
        self.send(zlib.compress(b"squeezed"), Content_Encoding="deflate")

    def answer_bomb(self):
        self.send(gzip.compress(bytes(64 << 20)), Content_Encoding="gzip")

    def answer_cutgzip(self):
        self.send(gzip.compress(b"squeezed" * 100)[:-9], Content_Encoding="gzip")

    def answer_liar(self):
        self.send(b"no gzip at all", Content_Encoding="gzip")

    def answer_xmlliar(self):
        self.send(b"<xml/>", Content_Encoding="br")

    def answer_brotli(self):
        self.send(b"\x8b\x02\x80", Content_Encoding="br")

    def answer_unsaid(self):
        self.send(gzip.compress(b"squeezed"))

    def answer_wrongname(self):
        self.send(gzip.compress(b"squeezed"), Content_Encoding="deflate")

    def answer_rawdeflate(self):
        self.send(zlib.compress(b"squeezed" * 100)[2:-4], Content_Encoding="deflate")

    def answer_members(self):
        self.send(gzip.compress(b"squee") + gzip.compress(b"zed") + bytes(20), Content_Encoding="gzip")

    def answer_onebyte(self):
        self.send(b"x", Content_Encoding="gzip")

    def answer_nothing(self):
        self.send(b"", Content_Encoding="gzip")

    def answer_damaged(self):
        packed = bytearray(gzip.compress(bytes(range(256)) * 4))
        packed[15] ^= 255
        self.send(bytes(packed), Content_Encoding="gzip")

    def answer_pieces(self):
        packed = gzip.compress(b"squee") + gzip.compress(b"zed")
        self.send_response(200)
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(packed)))
        self.end_headers()
        for place in range(len(packed)):
            self.wfile.write(packed[place : place + 1])
            self.wfile.flush()
            time.sleep(0.002)

    def answer_unsaidbomb(self):
        self.send(gzip.compress(bytes(64 << 20)))

    def answer_bombs(self):
        self.send(gzip.compress(bytes(1 << 19)) * 64, Content_Encoding="gzip")

    def answer_to(self):
        """/to/STATUS/keep|drop/NEXT: a redirect that keeps the arguments or drops them."""
        path, _, query = self.path.partition("?")
        status, keep, rest = path.removeprefix("/to/").split("/", 2)
        self.send(b"", int(status), Location=f"/{rest}" + (f"?{query}" if keep == "keep" and query else ""))

    def answer_echo(self):
        self.send(f"{self.command} {self.path} {getattr(self, 'form', '')}".encode())

    def answer_loop(self):
        self.send(b"", 302, Location="/loop")

    def answer_file(self):
        self.send(b"", 302, Location="file:///etc/hostname")

    def answer_away(self):
        self.send(b"", 302, Location=f"http://{self.headers['X-Away']}/plain")

    def answer_headerdrip(self):
        self.wfile.write(b"HTTP/1.1 200 OK\r\n")
        for number in range(100):
            try:
                self.wfile.write(b"X-%d: y\r\n" % number)
            except OSError:
                return
            time.sleep(0.05)

    def answer_short(self):
        self.send(b"short", Content_Length="500")
        self.close_connection = True

    def answer_redirect(self):
        self.send(b"", 302, Location="/plain?moved=1")

    def answer_error(self):
        self.send(b"<OAI-PMH/>", 503, Retry_After="7")

    def answer_drip(self):
        self.send_response(200)
        self.send_header("Content-Length", "100")
        self.end_headers()
        for _ in range(100):
            try:
                self.wfile.write(b"x")
            except OSError:
                return
            time.sleep(0.05)

    def log_message(self, *args):
        pass


@contextmanager
def running(context=None):
    """Serve until the end of the block, over TLS where an SSL context is given; `seen` has the requests."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        if context is not None:
            server.socket = context.wrap_socket(server.socket, server_side=True)
            server.handle_error = lambda *_: None  # a client that does not trust it hangs up
        server.seen = []
        server.url = f"http{'s' if context else ''}://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
