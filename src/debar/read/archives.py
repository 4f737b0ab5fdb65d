"""Compressed data and archives, opened in memory: nothing is written, and no name in them is ever a path.

What a header says about sizes is never trusted; what comes out is counted, over all layers together.
"""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol, TypeAlias, TypeVar

import msgspec

from debar.errors import LimitExceeded, UnreadableInput, UnsupportedFormat
from debar.text import safe_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from tarfile import TarInfo
    from zipfile import ZipFile, ZipInfo

    from debar.read.envelopes import Subject
    from debar.read.limits import Limits

MEMBERS: Final = 10_000
"""How many things one input may hold, over all layers together."""

# Small inputs may expand more than the ratio: a short file of blanks is no attack.
_RATIO_FROM = 16 << 20
_OUT = 1 << 20
# Input is fed in growing pieces: what zlib hands back of a piece is a copy, and streams may be tiny and many.
_FEED_FIRST, _FEED_MOST = 512, 1 << 18
_STREAMS = 100_000
# What `zstd -d` accepts without --memory or --long=31 (zstd.1): windows of 128 MiB.
_WINDOW_LOG = 27
_BLOCK = 512
_TAR_TEXT = 1 << 16
# Extra headers: GNU long name and long link, pax for one member (as POSIX and as Solaris has it) and for all.
_TAR_NAMES = frozenset({b"L", b"K", b"x", b"X", b"g"})
_TAR_SPARSE = b"S"
_TAR_PAX = frozenset({b"x", b"X"})
_PAX_LENGTH = re.compile(rb"([0-9]{1,6}) ")
_NUMBER = r"[0-9]{1,18}"
# Stored and deflated; bzip2 and LZMA do not let the output of one step be bounded in zipfile.
_ZIP_METHODS = frozenset({0, 8})

_REFUSED: Final = (
    (
        tuple(b"BZh%d" % level + sign for level in range(1, 10) for sign in (b"1AY&SY", b"\x17rE8P\x90")),
        "bzip2-compressed data",
    ),
    (b"\xfd7zXZ\x00", "xz-compressed data"),
    (b"LZIP\x01", "lzip-compressed data"),
    (b"\x04\x22\x4d\x18", "lz4-compressed data"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"PK\x07\x08PK", "a part of a split zip archive"),
)
_GZIP = re.compile(rb"\x1f\x8b")
# RFC 8878 3.1: frames, and the skippable frames that pzstd starts with.
_ZSTD = re.compile(rb"\x28\xb5\x2f\xfd|[\x50-\x5f]\x2a\x4d\x18")
_ZIP = re.compile(rb"PK(?:\x03\x04|\x05\x06)")
_TAR = re.compile(rb".{257}ustar(?:\x00|  \x00)", re.DOTALL)
_NOT_ZERO = re.compile(rb"[^\0]")


class Budget(msgspec.Struct, kw_only=True):
    """What one input may still cost: `given` bytes came in, `produced` bytes were unpacked from them."""

    path: str
    limits: Limits
    given: int = 0
    produced: int = 0
    members: int = 0

    def give(self, size: int) -> None:
        """Count `size` bytes of one file as it was given; raises `LimitExceeded` when it is too large."""
        self.given += size
        if size > self.limits.bytes:
            raise self.too_large()

    def produce(self, size: int) -> None:
        """Count `size` unpacked bytes; raises `LimitExceeded` beyond the limits on size and ratio."""
        self.produced += size
        if self.produced > self.limits.bytes:
            raise self.too_large()
        if self.produced > _RATIO_FROM and self.produced > self.given * self.limits.ratio:
            problem = f"unpacks to more than {self.limits.ratio} times its size"
            raise LimitExceeded(self.path, problem, remedy="unpack it yourself if you trust it")

    def member(self) -> None:
        """Count one member of an archive or a folder; raises `LimitExceeded` beyond `MEMBERS`."""
        self.members += 1
        if self.members > MEMBERS:
            raise LimitExceeded(self.path, f"holds more than {MEMBERS:,} things", remedy="give the SBOMs in it alone")

    def too_large(self) -> LimitExceeded:
        """Return the error for an input beyond the limit on size."""
        problem = f"larger than {self.limits.bytes:,} bytes"
        return LimitExceeded(self.path, problem, remedy="raise the limit with --max-bytes")


class Member(NamedTuple):
    """One entry of an archive or a folder.

    `name` is as written, `data` None for what is no file, `problem` says why it is not read, `claims` whether the
    carrier says that it is an SBOM, and `subjects` what the carrier binds it to.
    """

    name: str
    data: bytes | None
    problem: str = ""
    claims: bool = False
    subjects: tuple[Subject, ...] = ()


class _Stream(Protocol):
    # zlib and zstd agree on these; zlib keeps what it did not use in `unconsumed_tail`, zstd within.
    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int, /) -> bytes: ...


_S = TypeVar("_S", bound=_Stream)
Opener: TypeAlias = "Callable[[bytes, str, Budget], Iterator[Member]]"


def opener(data: bytes, path: str) -> tuple[Opener, bool] | None:
    """Return what opens the data and whether that gives just one thing; None for what is neither of these.

    Raises `UnsupportedFormat` for other compressions and archives, by name.
    """
    if _GZIP.match(data):
        return _gzip, True
    if _ZSTD.match(data):
        return _zstd, True
    if _ZIP.match(data):
        return _zip, False
    if _TAR.match(data):
        return _tar, False
    for start, name in _REFUSED:
        if data.startswith(start):
            raise UnsupportedFormat(path, f"this is {name}, which debar does not read", remedy="unpack it first")
    return None


def unpack(data: bytes, path: str, limits: Limits) -> bytes:
    """Return gunzipped content if the data is gzip, else the data; never trusts the declared size.

    Raises `LimitExceeded` beyond the limits on size and ratio, `UnreadableInput` for a broken stream.
    """
    budget = Budget(path=path, limits=limits)
    if not _GZIP.match(data):
        budget.give(len(data))
        return data
    budget.given = len(data)
    return _gunzip(data, path, budget)


def _gzip(data: bytes, path: str, budget: Budget) -> Iterator[Member]:
    yield Member("", _gunzip(data, path, budget))


def _gunzip(data: bytes, path: str, budget: Budget) -> bytes:
    import zlib

    def start() -> zlib._Decompress:
        return zlib.decompressobj(wbits=31)

    def rest(stream: zlib._Decompress) -> bytes | None:
        return stream.unconsumed_tail or None

    try:
        return _inflate(_Compressed("gzip", data, path, _GZIP), budget, start, rest)
    except zlib.error as error:
        raise UnreadableInput(path, f"broken gzip: {error}") from error


def _zstd(data: bytes, path: str, budget: Budget) -> Iterator[Member]:
    try:
        if sys.version_info >= (3, 14):
            from compression import zstd
        else:
            from backports import zstd
    except ImportError as error:
        problem = "this is zstd-compressed data, and this Python has no zstd"
        raise UnsupportedFormat(path, problem, remedy="unpack it first") from error

    def start() -> zstd.ZstdDecompressor:
        return zstd.ZstdDecompressor(options={zstd.DecompressionParameter.window_log_max: _WINDOW_LOG})

    def rest(stream: zstd.ZstdDecompressor) -> bytes | None:
        return None if stream.needs_input else b""

    try:
        yield Member("", _inflate(_Compressed("zstd", data, path, _ZSTD), budget, start, rest))
    except zstd.ZstdError as error:
        raise UnreadableInput(path, f"broken zstd: {error}") from error


class _Compressed(NamedTuple):
    kind: str
    data: bytes
    path: str
    magic: re.Pattern[bytes]


def _inflate(given: _Compressed, budget: Budget, start: Callable[[], _S], rest: Callable[[_S], bytes | None]) -> bytes:
    """Unpack streams that follow each other; `rest` gives what to feed again, None when more input is wanted."""
    out: list[bytes] = []
    data, position, streams = given.data, 0, 0
    while given.magic.match(data, position):
        streams += 1
        if streams > _STREAMS:
            raise LimitExceeded(given.path, f"more than {_STREAMS:,} {given.kind} streams", remedy="unpack it first")
        stream, feed = start(), _FEED_FIRST
        while not stream.eof:
            chunk: bytes | None = data[position : position + feed]
            if not chunk:
                raise UnreadableInput(given.path, f"the {given.kind} stream is cut off")
            position += len(chunk)
            feed = min(feed * 2, _FEED_MOST)
            while chunk is not None and not stream.eof:
                made = stream.decompress(chunk, _OUT)
                budget.produce(len(made))
                out.append(made)
                chunk = rest(stream)
        position -= len(stream.unused_data)
    if _NOT_ZERO.search(data, position):
        raise UnreadableInput(given.path, f"there is something else after the end of the {given.kind} stream")
    return b"".join(out)


def _zip(data: bytes, path: str, budget: Budget) -> Iterator[Member]:
    import struct
    import zipfile
    import zlib
    from io import BytesIO

    # The directory is read before its entries can be counted, and an entry takes ten times the memory that it has
    # here (APPNOTE.TXT 4.3.12 gives the signature that each one starts with).
    if data.count(b"PK\x01\x02") > MEMBERS:
        budget.members = MEMBERS
        budget.member()
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            for info in archive.infolist():
                budget.member()
                yield _zip_member(archive, info, path, budget)
    except (zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, RuntimeError, ValueError) as error:
        raise UnreadableInput(path, f"broken zip: {safe_text(str(error))}") from error


def _zip_member(archive: ZipFile, info: ZipInfo, path: str, budget: Budget) -> Member:
    if info.filename.endswith("/") and not info.file_size:
        return Member(info.filename, None)
    if info.flag_bits & 0x1:
        raise UnreadableInput(path, "the zip archive is encrypted", remedy="decrypt it first")
    if info.compress_type not in _ZIP_METHODS:
        return Member(
            info.filename, None, f"it is compressed by method {info.compress_type}, which debar does not read"
        )
    claimed = info.file_size
    # zipfile stops quietly at the size that the directory claims; others unpack what is there.
    info.file_size = sys.maxsize
    out = bytearray()
    with archive.open(info) as stream:
        while chunk := stream.read(_OUT):
            budget.produce(len(chunk))
            out += chunk
    if len(out) != claimed:
        problem = f"{safe_text(info.filename, 80)} claims {claimed:,} bytes and has {len(out):,}"
        raise UnreadableInput(path, f"broken zip: {problem}")
    return Member(info.filename, bytes(out))


def _tar(data: bytes, path: str, budget: Budget) -> Iterator[Member]:
    """Walk the headers here: tarfile's own walk recurses, and takes quadratic time on pax headers (CVE-2024-6232)."""
    import tarfile

    position = 0
    named: dict[str, str] = {}
    while found := _NOT_ZERO.search(data, position):
        start = found.start() // _BLOCK * _BLOCK
        try:
            header = tarfile.TarInfo.frombuf(data[start : start + _BLOCK], "utf-8", "surrogateescape")
        except (tarfile.HeaderError, ValueError) as error:
            raise UnreadableInput(path, f"broken tar: {error}", place=f"byte {start}") from error
        size = _tar_size(header, named, path)
        body, position = start + _BLOCK, start + _BLOCK + -(-size // _BLOCK) * _BLOCK
        if body + size > len(data):
            raise UnreadableInput(path, "the tar archive is cut off")
        if header.type in _TAR_NAMES:
            named |= _tar_names(header.type, data[body : body + size])
            continue
        budget.member()
        name = named.get("path", header.name)
        named = {}
        held = header.isreg() or header.type not in tarfile.SUPPORTED_TYPES
        yield Member(name, data[body : body + size] if held else None)
    # A tar that was cut off between two members shows it only by this (POSIX pax, "ustar Interchange Format").
    if len(data) - position < _BLOCK:
        yield Member("its end", None, "the end mark is missing, so members may be too")


def _tar_size(header: TarInfo, named: dict[str, str], path: str) -> int:
    """Return how many bytes follow the header."""
    if header.type == _TAR_SPARSE or any(key.startswith("GNU.sparse") for key in named):
        raise UnreadableInput(path, "the tar archive holds a sparse file", remedy="pack it without --sparse")
    if header.type in _TAR_NAMES:
        size = header.size if header.size <= _TAR_TEXT else -1
    elif header.islnk() or header.issym() or header.isdir() or header.isdev():
        size = 0
    else:
        size = int(named["size"]) if re.fullmatch(_NUMBER, named.get("size", "")) else header.size
    if size < 0:
        raise UnreadableInput(path, "broken tar: a size that cannot be")
    return size


def _tar_names(kind: bytes, body: bytes) -> dict[str, str]:
    """Return what an extra header says of the member after it: GNU long names, and pax records."""
    if kind == b"L":
        return {"path": body.partition(b"\0")[0].decode("utf-8", "surrogateescape")}
    records: dict[str, str] = {}
    position = 0
    # Records are "length key=value\n", the length that of the record (POSIX pax, "pax Extended Header"); global
    # ones name no member.
    while kind in _TAR_PAX and (found := _PAX_LENGTH.match(body, position)) and int(found[1]):
        key, _, value = body[found.end() : position + int(found[1]) - 1].partition(b"=")
        records[key.decode("utf-8", "replace")] = value.decode("utf-8", "surrogateescape")
        position += int(found[1])
    return records
