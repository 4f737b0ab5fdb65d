"""The GitHub REST API, as far as the action needs it."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from http.client import HTTPException
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import Message

# https://docs.github.com/en/rest/about-the-rest-api/api-versions
_VERSION = "2022-11-28"
_SECONDS = 60
_TRIES = 3
_MOST_BYTES = 256 * 1024 * 1024
_MOST_PAGES = 300
_SERVER_ERROR = 500


class ApiError(Exception):
    """A call failed; `status` is that of HTTP, 0 if there was no answer."""

    def __init__(self, what: str, status: int = 0) -> None:
        super().__init__(what)
        self.status = status


class _SameOrigin(urllib.request.HTTPRedirectHandler):
    """Follow a redirect only on the API's own server: urllib would hand the token to any other."""

    def redirect_request(self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str) -> Any:  # noqa: ANN401 - urllib's signature
        if _origin(newurl) != _origin(req.full_url):
            return None
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc


class Api:
    """Calls with a token; a server error or a broken connection is tried again before it is an `ApiError`."""

    def __init__(self, base: str, token: str, pause: float = 2.0) -> None:
        self._base = base.rstrip("/")
        self._token = token
        self._pause = pause
        self._opener = urllib.request.build_opener(_SameOrigin)

    def get(self, path: str) -> tuple[bytes, Message]:
        """Return the body and the headers of what stands at a path such as ``/repos/o/r``; raises `ApiError`."""
        return self._call("GET", self._base + path, None)

    def pages(self, path: str) -> Iterator[tuple[Any, Message]]:
        """Yield the decoded body and the headers of each page of a list; raises `ApiError`."""
        url: str | None = self._base + path
        for _ in range(_MOST_PAGES):
            if url is None:
                return
            body, headers = self._call("GET", url, None)
            yield _decoded(body), headers
            url = _next(headers.get("Link", ""))
            if url and not url.startswith(self._base + "/"):
                raise ApiError("the next page is on another server")
        raise ApiError(f"more than {_MOST_PAGES} pages")

    def send(self, method: str, path: str, body: dict[str, str]) -> None:
        """Send a JSON body; raises `ApiError`."""
        self._call(method, self._base + path, json.dumps(body).encode())

    def _call(self, method: str, url: str, body: bytes | None) -> tuple[bytes, Message]:
        headers = {
            "Accept": "application/vnd.github+json",
            "X-GitHub-Api-Version": _VERSION,
            "User-Agent": "debar-action",
            **({"Authorization": f"Bearer {self._token}"} if self._token else {}),
        }
        if urlsplit(url).scheme not in {"http", "https"}:
            raise ApiError("GITHUB_API_URL is no web address")
        request = urllib.request.Request(url, data=body, headers=headers, method=method)  # noqa: S310 - checked above
        # What writes is not sent twice: a comment may have arrived although its answer did not.
        tries = _TRIES if method == "GET" else 1
        for left in reversed(range(tries)):
            try:
                with self._opener.open(request, timeout=_SECONDS) as answer:
                    data = answer.read(_MOST_BYTES + 1)
                    if len(data) > _MOST_BYTES:
                        raise ApiError(f"the answer is larger than {_MOST_BYTES:,} bytes")
                    return data, answer.headers
            except urllib.error.HTTPError as error:
                error.close()
                if error.code < _SERVER_ERROR or not left:
                    raise ApiError(f"HTTP {error.code}", error.code) from error
            except (OSError, HTTPException) as error:
                if not left:
                    raise ApiError(type(error).__name__) from error
            time.sleep(self._pause)
        raise AssertionError("the last try returns or raises")  # pragma: no cover


def _decoded(body: bytes) -> Any:  # noqa: ANN401 - any JSON
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise ApiError("the answer is no JSON") from error


def _next(link: str) -> str | None:
    """Return the address of the next page from a ``Link`` header (RFC 8288)."""
    for part in link.split(","):
        url, _, relation = part.partition(";")
        if 'rel="next"' in relation:
            return url.strip().strip("<>")
    return None
