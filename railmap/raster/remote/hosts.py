"""What an item of a catalogue may lead to: images on web servers, or beside a local file."""

from __future__ import annotations

import ipaddress
import os
import socket
import urllib.parse
from functools import lru_cache
from pathlib import Path

from railmap.errors import RasterError
from railmap.files.vrt import FOLDERS_VARIABLE, is_beside

__all__ = ["HOSTS_VARIABLE", "image_of_href", "is_web", "joined", "same_server"]

HOSTS_VARIABLE = "RAILMAP_CATALOGUE_HOSTS"
"""Environment variable with hosts of your own network that catalogues may lead to."""

_NAT64 = ipaddress.ip_network("64:ff9b::/96")


def is_web(text: str) -> bool:
    """Return whether a text is an address of a web server."""
    return text.lower().startswith(("https://", "http://"))


def joined(base: str, href: object) -> str:
    """Return the address that a reference of a document leads to; "" if it is none.

    Examples
    --------
    >>> joined("https://example.org/a/item.json", "ortho.tif")
    'https://example.org/a/ortho.tif'
    >>> joined("https://example.org/a/item.json", "http://[")
    ''
    """
    if not isinstance(href, str) or not href.isprintable():
        return ""
    try:
        address = urllib.parse.urljoin(base, href)
        parts = urllib.parse.urlsplit(address)
        return address if parts.port is None or parts.hostname else ""
    except ValueError:
        return ""


def same_server(first: str, second: str) -> bool:
    """Return whether two addresses are of one server; https in place of http is the same.

    The second may be any text.
    """
    if not is_web(second):
        return False
    one, other = urllib.parse.urlsplit(first), urllib.parse.urlsplit(second)
    if one.hostname != other.hostname:
        return False
    upgraded = (one.scheme, other.scheme) == ("http", "https") and other.port in (None, 443)
    return upgraded or (one.scheme, one.port) == (other.scheme, other.port)


def image_of_href(href: str, base: str) -> str:
    """Return the path or URL of an image that an item names.

    Parameters
    ----------
    href
        As the item has it; relative to `base`.
    base
        Address or file of the item.

    Raises
    ------
    RasterError
        If it leads to a local file from a catalogue on a server, to a file that is not beside a
        local one, to another kind of address than http and https, or into the own network.
    """
    if is_web(base) or is_web(href):
        url = joined(base if is_web(base) else "", href)
        if not is_web(url):
            raise RasterError(
                f"{base}: leads to {_shown(href)}; of a catalogue on a server only images by http"
                " and https are read"
            )
        _check_host(url, base)
        return url
    path = urllib.parse.unquote(href[7:]) if href.lower().startswith("file://") else href
    if not path.isprintable() or "://" in path or path.lower().startswith("/vsi") or not path:
        raise RasterError(f"{base}: leads to {_shown(href)}; only files, http and https are read")
    file = Path(base).absolute().parent / path
    if not is_beside(file, Path(base)):
        raise RasterError(
            f"{base}: leads to {_shown(href)}, which is neither beside it nor below its folder; if"
            f" you trust the file, name the folder in the variable {FOLDERS_VARIABLE}"
        )
    return str(file)


def _shown(href: str) -> str:
    return href[:100] if href.isprintable() else ascii(href[:100])


def _check_host(url: str, base: str) -> None:
    host = (urllib.parse.urlsplit(url).hostname or "").lower()
    if not host:
        raise RasterError(f"{base}: leads to {url[:100]}, which names no host")
    if is_web(base) and host == (urllib.parse.urlsplit(base).hostname or "").lower():
        return
    if host in os.environ.get(HOSTS_VARIABLE, "").lower().replace(",", " ").split():
        return
    if not _is_public(host):
        raise RasterError(
            f"{base}: leads to {host}, which is in your own network; if you trust the catalogue,"
            f" name the host in the variable {HOSTS_VARIABLE}"
        )


@lru_cache(maxsize=1024)
def _is_public(host: str) -> bool:
    """Return whether all addresses of a host are public; True if it has none."""
    try:
        found = {str(entry[4][0]).partition("%")[0] for entry in socket.getaddrinfo(host, None)}
    except (OSError, UnicodeError):
        return True
    return all(_is_global(ipaddress.ip_address(address)) for address in found)


def _is_global(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    if isinstance(address, ipaddress.IPv6Address) and address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF).is_global
    return address.is_global
