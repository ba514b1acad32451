"""Requests to map services and catalogues: few connections, patience, one line for each fault."""

from __future__ import annotations

import functools
import json
import re
import time
import urllib.parse
import urllib.request
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from railmap._version import __version__

if TYPE_CHECKING:
    import urllib3

__all__ = ["CONNECTIONS", "USER_AGENT", "WebClient", "WebFault", "hide_secrets"]

CONNECTIONS = 4
"""Simultaneous connections to a server."""
USER_AGENT = f"railmap/{__version__}"

_CONNECT_S, _READ_S = 10.0, 20.0
# Also for what the server asks for by Retry-After.
_LONGEST_WAIT_S = 30.0
# A body that comes more slowly, after the time for its first bytes, is given up.
_SLOWEST_BYTES_S = 2000.0
_PART = 2**16
_AGAIN = (429, 500, 502, 503, 504)
# Also in an address within an address, where QGIS escapes it.
_SECRET = re.compile(
    r"((?:^|[?&;,\s]|%3F|%26)(?:(?!%3D)[^=&?;,\s])*"
    r"(?:key|token|secret|sign|sig|auth|pass|pwd|appid|credential)(?:(?!%3D)[^=&?;,\s])*"
    r"(?:=|%3D))(?:(?!%26)[^&;,\s])+",
    re.IGNORECASE,
)
_USER = re.compile(r"(//)[^/@\s?#]+@")


class WebFault(Exception):
    """An answer that cannot be used.

    Parameters
    ----------
    reason
        The fault in a few words.
    status
        HTTP status; None if there was no answer.
    """

    def __init__(self, reason: str, status: int | None = None) -> None:
        super().__init__(reason)
        self.status = status

    @property
    def is_absence(self) -> bool:
        """Whether the server said that there is nothing at this address."""
        return self.status in (204, 404, 410)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server answered.

    Parameters
    ----------
    body, kind
        Content, and its media type in lower case without parameters.
    keep
        Whether the server allows it to be stored.
    """

    body: bytes
    kind: str
    keep: bool


class WebClient:
    """A client of a few servers; several threads may use it.

    Parameters
    ----------
    retries
        How often a request is made again that got no answer, or the answer "later".
    referer
        ``Referer`` header, for services that ask for one.
    """

    def __init__(self, retries: int = 3, referer: str = "") -> None:
        import urllib3

        self._headers = {"User-Agent": USER_AGENT, **({"Referer": referer} if referer else {})}
        self._patience = _patience(retries)
        self._connecting = _patience(retries, answers=False)
        timeout = urllib3.Timeout(connect=_CONNECT_S, read=_READ_S)
        self._make = functools.partial(_pool, timeout=timeout)
        self._pools: dict[str, Any] = {}

    def get(self, url: str, most_bytes: int) -> Answer:
        """Get what is at an address.

        Raises
        ------
        WebFault
            If there is no answer, it is an error, or it is larger than `most_bytes`.
        """
        return self._ask("GET", url, None, most_bytes)

    def post(self, url: str, body: Any, most_bytes: int) -> Answer:
        """Send JSON and get the answer; as `get`."""
        return self._ask("POST", url, json.dumps(body).encode(), most_bytes)

    def close(self) -> None:
        """Close the connections."""
        for pool in self._pools.values():
            pool.clear()

    def _ask(self, method: str, url: str, body: bytes | None, most_bytes: int) -> Answer:
        import urllib3

        headers = dict(self._headers)
        if body is not None:
            headers["Content-Type"] = "application/json"
        try:
            answer = self._answer(method, url, headers, body)
            try:
                found = _read(answer, most_bytes)
            except BaseException:
                _leave(answer)
                raise
            answer.release_conn()
            return found
        except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            raise WebFault(_fault(error)) from error

    def _answer(self, method: str, url: str, headers: dict[str, str], body: bytes | None) -> Any:
        """Return the answer after redirects, and after "later" for as long as patience lasts.

        The bodies of those are not read, as urllib3 would: they may have no end.
        """
        import urllib3

        patience, login = self._patience, _login(url)
        while True:
            place = _without_login(url)
            answer = self._pool_of(place).request(
                method, place, headers={**headers, **login}, body=body,
                preload_content=False, redirect=False, retries=self._connecting,
            )  # fmt: skip
            location = answer.get_redirect_location()
            later = patience.is_retry(method, answer.status, "Retry-After" in answer.headers)
            if not location and not later:
                return answer
            _leave(answer)
            try:
                patience = patience.increment(method, place, response=answer)
            except urllib3.exceptions.MaxRetryError:
                if location:
                    raise
                raise WebFault(_meaning(answer.status), answer.status) from None
            if not location:
                patience.sleep(answer)
                continue
            target = urllib.parse.urljoin(place, location)
            if not target.lower().startswith(("https://", "http://")):
                raise WebFault(f"redirected to {target[:60]!r}, which is no web server")
            if _server(target) != _server(place):
                login = {}
            if answer.status == 303:
                method, body = "GET", None
                headers.pop("Content-Type", None)
            url = target

    def _pool_of(self, url: str) -> Any:
        scheme = url.partition(":")[0].lower()
        host = urllib.parse.urlsplit(url).hostname or ""
        proxies = {} if urllib.request.proxy_bypass(host) else urllib.request.getproxies()
        proxy = proxies.get(scheme, "")
        if proxy not in self._pools:
            self._pools[proxy] = self._make(proxy)
        return self._pools[proxy]


def _pool(proxy: str, timeout: Any) -> Any:
    import urllib3

    options: dict[str, Any] = {"maxsize": CONNECTIONS, "block": True, "timeout": timeout}
    if proxy:
        return urllib3.ProxyManager(proxy if "://" in proxy else f"http://{proxy}", **options)
    return urllib3.PoolManager(**options)


def _leave(answer: Any) -> None:
    """Close the connection of an answer whose body is not read, and give it back."""
    answer.close()
    answer.release_conn()


def _login(url: str) -> dict[str, str]:
    """Return the header for the user and password that an address holds."""
    import urllib3

    address = urllib.parse.urlsplit(url)
    if address.username is None:
        return {}
    user, password = (urllib.parse.unquote(v or "") for v in (address.username, address.password))
    return dict(urllib3.make_headers(basic_auth=f"{user}:{password}"))


def _without_login(url: str) -> str:
    address = urllib.parse.urlsplit(url)
    return address._replace(netloc=address.netloc.rpartition("@")[2]).geturl()


def _server(url: str) -> tuple[str, str | None, int | None]:
    address = urllib.parse.urlsplit(url)
    return address.scheme, address.hostname, address.port


def _patience(retries: int, answers: bool = True) -> urllib3.Retry:
    """Return how often a request is made again; without `answers` only where none came."""
    import urllib3

    class Patience(urllib3.Retry):
        """Waits as long as the server asks, but not for ever."""

        def get_retry_after(self, response: Any) -> float | None:
            """Return the seconds that the server asks for, up to half a minute."""
            try:
                asked = super().get_retry_after(response)
            except urllib3.exceptions.HTTPError:  # unreadable
                return None
            return None if asked is None else min(asked, _LONGEST_WAIT_S)

    return Patience(
        total=retries + 5,
        connect=retries,
        read=min(retries, 1),  # a server that stalls once stalls again
        status=retries,
        redirect=5,
        status_forcelist=_AGAIN if answers else (),
        respect_retry_after_header=answers,
        allowed_methods=None,  # a search by POST changes nothing
        backoff_factor=0.5,
        raise_on_status=False,
    )


def _read(answer: Any, most_bytes: int) -> Answer:
    kind = answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    coding = answer.headers.get("Content-Encoding", "").strip().lower()
    if answer.status != 200:
        text = "" if coding else _excerpt(answer.read1(2000, decode_content=False), kind)
        raise WebFault(f"{_meaning(answer.status)}{text}", answer.status)
    expand = _expander(coding)
    parts, received, size, start = [], 0, 0, time.monotonic()
    while part := answer.read1(_PART, decode_content=False):
        received += len(part)
        if time.monotonic() - start > _READ_S + received / _SLOWEST_BYTES_S:
            raise WebFault("the answer comes too slowly")
        parts.append(expand(part, most_bytes - size + 1))
        size += len(parts[-1])
        if size > most_bytes:
            raise WebFault(f"the answer is larger than {most_bytes // 2**20} MB")
    control = answer.headers.get("Cache-Control", "").lower()
    return Answer(b"".join(parts), kind, "no-store" not in control)


def _expander(coding: str) -> Callable[[bytes, int], bytes]:
    """Return what undoes a coding of a body, for parts of it and the most bytes to return."""
    if coding in ("", "identity"):
        return lambda part, _: part
    if coding not in ("gzip", "x-gzip", "deflate"):
        raise WebFault(f"the answer is coded as {coding[:40]!r}, which was not asked for")
    decompressor = zlib.decompressobj(32 + zlib.MAX_WBITS)

    def expand(part: bytes, most: int) -> bytes:
        try:
            return decompressor.decompress(part, most)
        except zlib.error as error:
            raise WebFault("the compression of the answer is damaged") from error

    return expand


def _meaning(status: int) -> str:
    known = {
        204: "nothing there",
        401: "a login or key is needed",
        403: "access is denied",
        404: "nothing there",
        410: "nothing there any more",
        429: "too many requests",
    }
    if (text := known.get(status)) is None:
        text = "the server fails" if status >= 500 else "refused"
    return f"{text} (HTTP {status})"


def _excerpt(body: bytes, kind: str) -> str:
    """Return the first words of a text that a server sent with an error; "" if it is none."""
    if not kind.startswith("text/plain"):
        return ""
    words = " ".join(body.decode("utf-8", "replace").split())
    return f": {words[:80]}" if words.isprintable() and words else ""


def _fault(error: BaseException) -> str:
    """Return what went wrong in a few words."""
    from urllib3 import exceptions

    cause: BaseException | None = error
    while isinstance(cause, exceptions.MaxRetryError) and cause.reason is not None:
        cause = cause.reason
    if isinstance(cause, exceptions.NameResolutionError):
        return "its name cannot be resolved; check the address and the network"
    if isinstance(cause, exceptions.SSLError):
        return "its certificate is not valid"
    if isinstance(cause, exceptions.ResponseError):
        return "too many redirects or failures"
    if isinstance(cause, exceptions.ConnectTimeoutError | exceptions.ReadTimeoutError):
        return f"no answer within {_READ_S:.0f} s"
    if isinstance(cause, exceptions.NewConnectionError):
        return "cannot be connected to"
    if isinstance(cause, exceptions.ProtocolError):
        return "the connection broke"
    return f"cannot be fetched ({' '.join(str(cause).split())[:80]})"


def hide_secrets(text: str) -> str:
    """Return a text in which keys, passwords and signatures of addresses are an ellipsis.

    Parameters
    ----------
    text
        Any text, such as an address or a command line.

    Examples
    --------
    >>> hide_secrets("https://anna:pw@tiles.example/{z}/{x}/{y}.png?apikey=12ab&v=3")
    'https://…@tiles.example/{z}/{x}/{y}.png?apikey=…&v=3'
    >>> hide_secrets("railmap vectorize ortho.tif --licence 'CC BY 4.0'")
    "railmap vectorize ortho.tif --licence 'CC BY 4.0'"
    """
    return _USER.sub(r"\1…@", _SECRET.sub(r"\1…", text))
