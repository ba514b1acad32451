"""What the page may load and where its links may lead."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

__all__ = ["content_policy", "safe_link"]

_SCHEMES = ("http", "https", "mailto")


def content_policy(origins: Iterable[str] = ()) -> str:
    """Return the Content-Security-Policy of the page.

    Scripts, styles and data come from the page's folder only. Nothing in the data can run.

    Parameters
    ----------
    origins
        Servers of basemaps, from which pictures may come too.
    """
    more = "".join(f" {origin}" for origin in dict.fromkeys(origins))
    rules = {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": f"'self' data: blob:{more}",
        "connect-src": f"'self'{more}",
        "worker-src": "blob:",
        "child-src": "blob:",
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    return "; ".join(f"{name} {places}" for name, places in rules.items())


def safe_link(address: str) -> str | None:
    """Return an address that a link may lead to; None for scripts, files and anything else.

    Examples
    --------
    >>> safe_link("https://www.openstreetmap.org/copyright")
    'https://www.openstreetmap.org/copyright'
    >>> safe_link("javascript:alert(1)") is None
    True
    """
    text = str(address)
    if not text.isprintable() or text != text.strip():
        return None
    try:
        parts = urlsplit(text)
    except ValueError:
        return None
    if parts.scheme.lower() not in _SCHEMES:
        return None
    named = parts.path if parts.scheme.lower() == "mailto" else parts.netloc
    return text if named else None
