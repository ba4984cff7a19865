"""Listening, and ending in order."""

import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from search_api.server import ListenError, listen

SLOW_APP = """
import sys, time
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from search_api.server import serve

def slow(request):
    print("begun", flush=True)
    time.sleep(0.5)
    return PlainTextResponse("whole")

serve(Starlette(routes=[Route("/", slow)]), "127.0.0.1", int(sys.argv[1]))
"""


def patient_client():
    """A client that tries to connect until the server has started."""
    return httpx.Client(transport=httpx.HTTPTransport(retries=8), trust_env=False)


def test_address_in_use_is_named():
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ListenError, match=f"127.0.0.1:{port} .*OAIHUB_LISTEN"):
            listen("127.0.0.1", port)


def test_request_under_way_ends_before_the_server_does():
    with listen("127.0.0.1", 0) as free:
        port = free.getsockname()[1]
    process = subprocess.Popen([sys.executable, "-c", SLOW_APP, str(port)], stdout=subprocess.PIPE, text=True)
    try:
        with ThreadPoolExecutor(1) as pool, patient_client() as client:
            request = pool.submit(client.get, f"http://127.0.0.1:{port}/")
            assert process.stdout.readline() == "begun\n"
            process.send_signal(signal.SIGTERM)
            assert request.result(10).text == "whole"
        assert process.wait(10) in {0, -signal.SIGTERM}
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
