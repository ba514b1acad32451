"""Web servers on loopback: files with ranges, and answers that a test chooses."""

from __future__ import annotations

import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Reply:
    """An answer."""

    body: bytes
    kind: str = "application/octet-stream"
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    after_s: float = 0.0


@dataclass
class WebServer:
    """A running server and what it was asked."""

    url: str
    asked: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0

    @property
    def paths(self) -> Counter[str]:
        """How often each path was asked for."""
        return Counter(path for _, path, _, _ in self.asked)


@contextmanager
def web_server(answer: Callable[[str, bytes], Reply]) -> Iterator[WebServer]:
    """Yield a server that answers each path (with its query) as `answer` says."""
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *words: Any) -> None:
            pass

        def do_HEAD(self) -> None:
            self._reply()

        def do_GET(self) -> None:
            self._reply()

        def do_POST(self) -> None:
            self._reply()

        def _reply(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            with lock:
                found.asked.append((self.command, self.path, dict(self.headers), body))
                found.at_once += 1
                found.most_at_once = max(found.most_at_once, found.at_once)
            try:
                reply = answer(self.path, body)
                time.sleep(reply.after_s)
                self._send(reply)
            except (BrokenPipeError, ConnectionResetError):
                pass
            finally:
                with lock:
                    found.at_once -= 1

        def _send(self, reply: Reply) -> None:
            content, status, headers = reply.body, reply.status, dict(reply.headers)
            part = re.match(r"bytes=(\d+)-(\d*)$", self.headers.get("Range") or "")
            if part and status == 200:
                first, last = int(part[1]), int(part[2] or len(content) - 1)
                headers["Content-Range"] = (
                    f"bytes {first}-{min(last, len(content) - 1)}/{len(content)}"
                )
                content, status = content[first : last + 1], 206
            self.send_response(status)
            self.send_header("Content-Type", reply.kind)
            self.send_header("Content-Length", str(len(content)))
            self.send_header("Accept-Ranges", "bytes")
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(content)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found = WebServer(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)


NOT_FOUND = Reply(b"not here", "text/plain", 404)
