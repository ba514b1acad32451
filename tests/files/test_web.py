"""Servers that mean harm or are broken: each ends in one line, soon and in little memory."""

from __future__ import annotations

import gzip
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest

from railmap.files import web
from railmap.files.web import WebClient, WebFault
from tests.helpers.web_servers import Reply, web_server

MOST = 2**20


@contextmanager
def raw_server(answer: Callable[[socket.socket], None]) -> Iterator[str]:
    """Yield the address of a server that sends what `answer` writes to each connection."""
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listening.accept()
                threading.Thread(target=reply, args=(connection,), daemon=True).start()

    def reply(connection: socket.socket) -> None:
        with suppress(OSError), connection:
            connection.recv(65536)
            answer(connection)

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/"
    finally:
        listening.close()


def head(status: str, **headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", *(f"{k.replace('_', '-')}: {v}" for k, v in headers.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def endless(connection: socket.socket) -> None:
    while True:
        connection.sendall(b"x" * 65536)


def fault(url: str, retries: int = 0) -> str:
    client = WebClient(retries)
    try:
        with pytest.raises(WebFault) as caught:
            client.get(url, MOST)
    finally:
        client.close()
    return str(caught.value)


@pytest.mark.parametrize(
    ("first", "text"),
    [
        (head("200 OK"), "larger than 1 MB"),
        (head("404 Not Found", Content_Type="text/plain"), "nothing there"),
        (head("302 Found", Location="/"), "too many redirects"),
        (head("503 Service Unavailable"), "the server fails"),
    ],
)
def test_a_body_without_end(first: bytes, text: str) -> None:
    def answer(connection: socket.socket) -> None:
        connection.sendall(first)
        endless(connection)

    with raw_server(answer) as url:
        start = time.monotonic()
        assert text in fault(url)
    assert time.monotonic() - start < 10


def test_a_body_that_comes_in_drops(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web, "_READ_S", 0.5)

    def answer(connection: socket.socket) -> None:
        connection.sendall(head("200 OK", Content_Length="100000"))
        for _ in range(200):
            connection.sendall(b"x")
            time.sleep(0.1)

    with raw_server(answer) as url:
        start = time.monotonic()
        assert fault(url) == "the answer comes too slowly"
    assert time.monotonic() - start < 10


@pytest.mark.parametrize("coding", ["gzip", "deflate", "gzip, gzip", "br"])
def test_a_compressed_bomb(coding: str) -> None:
    bomb = gzip.compress(gzip.compress(bytes(64 * MOST)) if "," in coding else bytes(64 * MOST))
    with web_server(lambda path, body: Reply(bomb, headers={"Content-Encoding": coding})) as server:
        text = fault(server.url)
    assert text == "the answer is larger than 1 MB" or "was not asked for" in text


def test_a_compressed_answer_is_read() -> None:
    content = gzip.compress(b"<a/>" * 1000)
    reply = Reply(content, headers={"Content-Encoding": "gzip"})
    with web_server(lambda path, body: reply) as server:
        assert WebClient().get(server.url, MOST).body == b"<a/>" * 1000
    damaged = Reply(content[:9] + b"\xff" * 20, headers={"Content-Encoding": "gzip"})
    with web_server(lambda path, body: damaged) as server:
        assert "damaged" in fault(server.url)


def test_a_chunked_answer_is_read() -> None:
    def answer(connection: socket.socket) -> None:
        connection.sendall(head("200 OK", Transfer_Encoding="chunked"))
        connection.sendall(b"3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n")

    with raw_server(answer) as url:
        assert WebClient().get(url, MOST).body == b"abcdefg"


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://x/y", "http://[", "//a:b:c/"])
def test_redirects_lead_to_web_servers_only(target: str) -> None:
    reply = Reply(b"", status=302, headers={"Location": target})
    with web_server(lambda path, body: reply) as server:
        text = fault(server.url)
    assert "no web server" in text or "cannot be fetched" in text


def test_a_login_is_not_sent_to_another_server() -> None:
    with web_server(lambda path, body: Reply(b"there")) as other:
        moved = Reply(b"", status=302, headers={"Location": f"{other.url}/b"})
        with web_server(lambda path, body: moved if path == "/a" else Reply(b"here")) as server:
            url = server.url.replace("://", "://me:pw@")
            assert WebClient().get(f"{url}/a", MOST).body == b"there"
            assert WebClient().get(f"{url}/c", MOST).body == b"here"
            assert all("authorization" in headers for _, _, headers, _ in server.asked)
        assert "authorization" not in other.asked[0][2]


def test_later_is_asked_again_as_long_as_the_server_says() -> None:
    replies = [Reply(b"", status=503, headers={"Retry-After": "0"}), Reply(b"now")]
    with web_server(lambda path, body: replies.pop(0)) as server:
        assert WebClient().get(server.url, MOST).body == b"now"


@pytest.mark.parametrize("url", ["http://[", "http://a:b:c/", "http://a:99999999/", "http:///x"])
def test_an_address_that_is_none(url: str) -> None:
    assert fault(url)
