"""Archives, compression and folders: every SBOM is found, what is passed over is said, and nothing hostile gets far."""

from __future__ import annotations

import base64
import bz2
import gzip
import hashlib
import io
import json
import lzma
import os
import struct
import subprocess
import sys
import tarfile
import time
import zipfile
import zlib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from backports import zstd
from hypothesis import given, settings
from hypothesis import strategies as st

from debar.errors import InputError, LimitExceeded, NotAnSbom, UnreadableInput, UnsupportedFormat
from debar.read import Limits, read
from debar.read.carriers import Carried, folder, unwrap

CDX = b'{"bomFormat":"CycloneDX","specVersion":"1.6","components":[{"type":"library","name":"a"}]}'
TAG = b"SPDXVersion: SPDX-2.3\nDataLicense: CC0-1.0\nSPDXID: SPDXRef-DOCUMENT\nDocumentName: d\n"
PROTOBUF = b"\x0a\x031.6\x10\x01"
PICTURE = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\xff\xfe"
SHA = "ab" * 32
MAX_SECONDS = 1


def gz(data: bytes) -> bytes:
    return gzip.compress(data, mtime=0)


def zipped(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in files.items():
            # A date of its own would make the ids of the cases differ between two collections.
            archive.writestr(zipfile.ZipInfo(name), data, method)
    return out.getvalue()


def tarred(files: dict[str, bytes], form: int = tarfile.PAX_FORMAT, extra: tuple[tarfile.TarInfo, ...] = ()) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form) as archive:
        for info in extra:
            archive.addfile(info)
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def special(name: str, kind: bytes, target: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


def dsse(predicate: bytes, kind: str = "https://cyclonedx.org/bom") -> bytes:
    head = {"_type": "https://in-toto.io/Statement/v1", "predicateType": kind}
    subject = [{"name": "app", "digest": {"sha256": SHA}}]
    text = json.dumps({**head, "subject": subject, "predicate": json.loads(predicate)})
    payload = base64.b64encode(text.encode()).decode()
    return json.dumps({"payloadType": "application/vnd.in-toto+json", "payload": payload, "signatures": [{}]}).encode()


def opened(data: bytes, path: str = "x", **limits: int) -> list[Carried]:
    return unwrap(data, path, Limits(**limits))


@pytest.mark.parametrize("data", [CDX, TAG, b"", b"hello", b"{}", PROTOBUF, PICTURE, CDX.decode().encode("utf-16")])
def test_what_is_no_carrier_comes_back_as_it_is(data: bytes) -> None:
    assert opened(data, "sbom") == [Carried(path="sbom", data=data)]


@pytest.mark.parametrize(
    ("data", "paths"),
    [
        (gz(CDX), ["x"]),
        (zstd.compress(CDX), ["x"]),
        (zstd.compress(CDX[:20]) + zstd.compress(CDX[20:]), ["x"]),
        (bytes.fromhex("502a4d1804000000") + b"skip" + zstd.compress(CDX), ["x"]),
        (gz(CDX[:20]) + gz(CDX[20:]) + bytes(9), ["x"]),
        (zipped({"app.json": CDX}), ["x!app.json"]),
        (zipped({"app.json": CDX}, zipfile.ZIP_STORED), ["x!app.json"]),
        (tarred({"a/app.json": CDX, "./b": CDX}), ["x!a/app.json", "x!./b"]),
        (tarred({"n" * 300: CDX}, tarfile.GNU_FORMAT), ["x!" + "n" * 300]),
        (tarred({"é" * 120: CDX}, tarfile.PAX_FORMAT), ["x!" + "é" * 120]),
        (tarred({"d" * 90 + "/" + "n" * 90: CDX}, tarfile.USTAR_FORMAT), ["x!" + "d" * 90 + "/" + "n" * 90]),
        (gz(tarred({"app.json": CDX})), ["x!app.json"]),
        (zstd.compress(tarred({"app.json": gz(CDX)})), ["x!app.json"]),
        (zipped({"in.zip": zipped({"app.json": CDX, "b": CDX})}), ["x!in.zip!app.json", "x!in.zip!b"]),
        (gz(gz(gz(gz(CDX)))), ["x"]),
        (gz(tarred({"s.att": dsse(CDX)})), ["x!s.att"]),
        (zipped({"s.jsonl": dsse(CDX) + b"\n" + dsse(CDX)}), ["x!s.jsonl!1", "x!s.jsonl!2"]),
        (zipped({"u": b"\xef\xbb\xbf" + CDX, "v": CDX.decode().encode("utf-16")}), ["x!u", "x!v"]),
    ],
)
def test_every_layer_is_opened(data: bytes, paths: list[str]) -> None:
    found = opened(data)

    assert [carried.path for carried in found] == paths
    assert all(read(carried.data, carried.path).components[-1].name == "a" for carried in found)
    assert not found[0].unread


def test_subjects_come_through_archives() -> None:
    (found,) = opened(gz(tarred({"s.att": dsse(CDX)})))

    assert found.subjects[0].digests == (("sha256", SHA),)


@pytest.mark.parametrize("make", [zipped, tarred])
def test_what_is_no_sbom_is_counted_and_what_may_be_one_is_named(make: Callable[[dict[str, bytes]], bytes]) -> None:
    files = {
        "README.md": b"# bomFormat",
        "logo.png": PICTURE,
        "index.html": b"<!DOCTYPE html><html>",
        "pom.xml": '<?xml version="1.0" encoding="ISO-8859-1"?><project name="é"/>'.encode("latin-1"),
        "a.json": CDX,
        "LICENSE": b"",
        "empty.cdx.json": b"",
        "a.pb": PROTOBUF,
        "a.xz": lzma.compress(CDX),
        "broken.gz": gz(CDX)[:-9],
        "b.json": TAG,
    }
    found = opened(make(files))

    assert [carried.path for carried in found] == ["x!a.json", "x!b.json"]
    assert found[0].notes == ("5 of 11 members are no SBOM: README.md, logo.png, index.html, pom.xml, LICENSE",)
    assert [text.partition(" ")[0] for text in found[0].unread] == ["empty.cdx.json", "a.pb", "a.xz", "broken.gz"]
    assert "xz-compressed" in found[0].unread[2]
    assert found[1].notes == found[1].unread == ()


@pytest.mark.parametrize(
    "data",
    [
        CDX.replace(b'"a"', b'"\xe9"'),
        b'<?xml version="1.0" encoding="UTF-7"?><bom xmlns="http://cyclonedx.org/schema/bom/1.4"/>',
        CDX.decode().encode("utf-32"),
        CDX.decode().encode("utf-16")[:-1],
    ],
)
def test_a_broken_sbom_in_an_archive_is_kept_for_its_reader_to_refuse(data: bytes) -> None:
    (found, _) = opened(zipped({"bad": data, "good": CDX}))

    assert found.data == data
    with pytest.raises(InputError, match="x!bad"):
        read(found.data, found.path)


@pytest.mark.parametrize(
    ("data", "error", "named"),
    [
        (bz2.compress(CDX), UnsupportedFormat, "bzip2"),
        (bz2.compress(b""), UnsupportedFormat, "bzip2"),
        (lzma.compress(CDX), UnsupportedFormat, "xz"),
        (b"7z\xbc\xaf\x27\x1c\x00\x04", UnsupportedFormat, "7z"),
        (gz(CDX)[:-9], UnreadableInput, "cut off"),
        (zstd.compress(CDX)[:-3], UnreadableInput, "cut off"),
        (zstd.compress(CDX)[:-3] + b"abc", UnreadableInput, "zstd"),
        (gz(CDX) + b"and more", UnreadableInput, "after the end"),
        (zstd.compress(CDX) + b"and more", UnreadableInput, "after the end"),
        (zipped({"a": CDX})[:-30], UnreadableInput, "zip"),
        (tarred({"a": CDX})[:520], UnreadableInput, "cut off"),
        (tarred({"a": CDX})[:300], UnreadableInput, "tar"),
        (b"b" + tarred({"a": CDX})[1:], UnreadableInput, "bad checksum"),
        (zipped({}), NotAnSbom, "empty"),
        (zipped({"README": b"x", "d/": b""}), NotAnSbom, "README, d/"),
        (tarred({"README": b"x"}), NotAnSbom, "README"),
        (zipped({"a.pb": PROTOBUF}), UnsupportedFormat, "Protobuf"),
        (zipped({"a": bz2.compress(CDX)}), UnsupportedFormat, "bzip2"),
        (zipped({"a": CDX}, zipfile.ZIP_BZIP2), UnsupportedFormat, "method 12"),
        (zipped({"a": CDX}, zipfile.ZIP_LZMA), UnsupportedFormat, "method 14"),
        (tarred({"a": CDX}, extra=(special("s", tarfile.GNUTYPE_SPARSE),)), UnreadableInput, "sparse"),
    ],
)
def test_what_cannot_be_opened_is_an_error(data: bytes, error: type[InputError], named: str) -> None:
    with pytest.raises(error, match=named) as caught:
        opened(data)

    assert caught.value.path == "x"


def patched(data: bytes, signature: bytes, offset: int, value: bytes) -> bytes:
    start = data.index(signature) + offset
    return data[:start] + value + data[start + len(value) :]


def directory(data: bytes, offset: int, value: bytes) -> bytes:
    return patched(data, b"PK\x01\x02", offset, value)


@pytest.mark.parametrize(
    ("data", "named"),
    [
        # The size that the directory claims, smaller with the checksum of that part, and larger.
        (
            directory(
                directory(zipped({"a": CDX}), 24, struct.pack("<L", 20)), 16, struct.pack("<L", zlib.crc32(CDX[:20]))
            ),
            "CRC",
        ),
        (directory(zipped({"a": CDX}), 24, struct.pack("<L", 20)), "claims 20 bytes"),
        (directory(zipped({"a": CDX}), 24, struct.pack("<L", 1 << 31)), "claims 2,147,483,648 bytes"),
        (directory(zipped({"a": CDX}), 16, b"abcd"), "CRC"),
        (directory(zipped({"a": CDX}), 46, b"b"), "differ"),
        (directory(zipped({"a": CDX}), 8, b"\x01"), "encrypted"),
        (directory(zipped({"a": CDX}), 42, struct.pack("<L", 1 << 30)), "zip"),
    ],
)
def test_a_zip_that_lies_is_refused(data: bytes, named: str) -> None:
    with pytest.raises(UnreadableInput, match=named):
        opened(data)


def test_an_encrypted_zip_inside_another_is_named() -> None:
    inner = directory(zipped({"a": CDX}), 8, b"\x01")

    assert "encrypted" in opened(zipped({"in.zip": inner, "b": CDX}))[0].unread[0]


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_hostile_names_are_labels_only_and_two_of_one_name_are_two(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    names = ["../../x", "/etc/passwd", "C:\\x", "a\x1b[31m\u202eb", "../../x"]
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in names:
            archive.writestr(zipfile.ZipInfo(name), CDX)

    found = opened(out.getvalue())

    assert [carried.path for carried in found] == [
        "x!../../x",
        "x!/etc/passwd",
        "x!C:\\x",
        "x!a\\x1b[31m\\u202eb",
        "x!../../x#5",
    ]
    assert [carried.path for carried in opened(tarred(dict.fromkeys(names, CDX)))][:3] == [
        carried.path for carried in found
    ][:3]
    assert not list(tmp_path.iterdir())


def test_a_zip_entry_that_only_looks_like_a_folder_or_has_no_name_is_read() -> None:
    assert [one.path for one in opened(zipped({"sbom/": CDX, "d/": b""}))] == ["x!sbom/"]
    nameless = patched(directory(zipped({"a": CDX}), 46, b"\0"), b"PK\x03\x04", 30, b"\0")
    assert [one.path for one in opened(nameless)] == ["x!"]


def test_links_and_devices_in_a_tar_are_passed_over() -> None:
    extra = (
        special("sbom.json", tarfile.SYMTYPE, "/etc/passwd"),
        special("hard.json", tarfile.LNKTYPE, "../../x"),
        special("tty", tarfile.CHRTYPE),
        special("pipe", tarfile.FIFOTYPE),
        special("folder", tarfile.DIRTYPE),
    )
    (found,) = opened(tarred({"a": CDX}, extra=extra))

    assert found.notes == ("5 of 6 members are no SBOM: sbom.json, hard.json, tty, pipe, folder",)


def test_a_tar_is_read_to_its_end_and_past_blank_blocks() -> None:
    first, second = tarred({"a": CDX}), tarred({"b": CDX})

    assert [carried.path for carried in opened(first + second)] == ["x!a", "x!b"]
    assert "end mark" in opened(first[:1024])[0].unread[0]
    assert opened(first[:1536])[0].unread == ()


def header(kind: bytes, size: int, body: bytes = b"") -> bytes:
    info = special("n", kind)
    info.size = size
    return info.tobuf(tarfile.GNU_FORMAT) + body + bytes(-len(body) % 512)


@pytest.mark.parametrize(
    "data",
    [
        header(b"0", -512),
        header(b"0", 1 << 62),
        header(b"x", 1 << 20, b"1" * (1 << 20)),
        header(b"L", 1 << 20, b"1" * (1 << 20)),
        b"".join(header(b"x", 27, b"27 GNU.sparse.realsize=999\n") for _ in range(2)) + tarred({"a": CDX}),
    ],
)
def test_a_tar_that_lies_is_refused(data: bytes) -> None:
    with pytest.raises(UnreadableInput, match="tar"):
        opened(data)


def test_chained_and_dense_extra_headers_of_a_tar_take_linear_time() -> None:
    start = time.process_time()
    digits = header(b"x", 65_000, b"1" * 65_000)
    records = header(b"x", 65_000, b"6 a=b\n" * 10_833 + b"\n\n")
    names = header(b"L", 2, b"n\0")
    found = opened((digits + records) * 10 + names * 5_000 + tarred({"a": CDX}))

    assert len(found) == 1
    assert time.process_time() - start < 3 * MAX_SECONDS


def test_pax_records_name_and_size_their_member_only() -> None:
    record = b"11 path=no\n" + b"10 size=7\n"
    data = header(b"x", len(record), record) + header(b"0", 0, b"abcdefg") + tarred({"a": CDX})

    assert opened(data)[0].notes == ("1 of 2 members is no SBOM: no",)


GZIP_10G = gz(bytes(16 << 20)) * 640
ZSTD_10G = zstd.compress(bytes(16 << 20)) * 640
INNER = zipped({"a": bytes(4 << 20)})
BOMBS = {
    "10 MB of gzip": GZIP_10G,
    "zstd": ZSTD_10G,
    "1 KB of zstd in zstd": zstd.compress(ZSTD_10G, 19),
    "1 KB of gzip in gzip in gzip": gz(gz(GZIP_10G)),
    "zip": zipped({"a": bytes(32 << 20)}),
    "zip of zips": zipped({str(number): INNER for number in range(40)}),
    "tar.gz": gz(tarred({"a.gz": GZIP_10G, "sbom": CDX})),
}


@pytest.mark.parametrize("data", BOMBS.values(), ids=BOMBS.keys())
def test_a_bomb_stops_early(data: bytes) -> None:
    start = time.process_time()

    with pytest.raises(LimitExceeded, match=r"times its size|larger"):
        opened(data, bytes=1 << 26)
    assert time.process_time() - start < MAX_SECONDS


def test_a_bomb_takes_little_memory(tmp_path: Path) -> None:
    pytest.importorskip("resource")
    bomb = tmp_path / "bomb"
    bomb.write_bytes(BOMBS["1 KB of zstd in zstd"])
    script = (
        "import resource, sys; from pathlib import Path; from debar.errors import LimitExceeded;"
        "from debar.read import Limits; from debar.read.carriers import unwrap\n"
        "resource.setrlimit(resource.RLIMIT_AS, (300 << 20, 300 << 20))\n"
        "try: unwrap(Path(sys.argv[1]).read_bytes(), 'x', Limits())\n"
        "except LimitExceeded: print('stopped')"
    )
    done = subprocess.run([sys.executable, "-c", script, bomb], capture_output=True, text=True, check=True)

    assert bomb.stat().st_size < 2048
    assert done.stdout == "stopped\n"


def test_many_small_streams_take_linear_time() -> None:
    start = time.process_time()
    opened(gz(b"") * 20_000 + gz(CDX))
    opened(zstd.compress(b"") * 20_000 + zstd.compress(CDX))

    assert time.process_time() - start < 3 * MAX_SECONDS


def test_a_large_window_is_refused() -> None:
    options: dict[int, int] = {
        zstd.CompressionParameter.window_log: 28,
        zstd.CompressionParameter.enable_long_distance_matching: 1,
    }
    compressor = zstd.ZstdCompressor(options=options)
    data = compressor.compress(CDX * 20) + compressor.flush()

    with pytest.raises(UnreadableInput, match="zstd"):
        opened(data)


@pytest.mark.parametrize(
    ("data", "named"),
    [
        (gz(gz(gz(gz(gz(CDX))))), "more than 4"),
        (zipped({str(number): b"" for number in range(10_001)}), "10,000"),
        (tarred({str(number): b"" for number in range(10_001)}), "10,000"),
        (zipped({"a": CDX, "b": CDX}), "larger than 100 bytes"),
        (zipped({"a": CDX, "b": CDX}, zipfile.ZIP_STORED), "larger than 100 bytes"),
        (CDX * 2, "larger than 100 bytes"),
        (gz(CDX * 4), "larger than 100 bytes"),
    ],
)
def test_limits_count_over_all_layers(data: bytes, named: str) -> None:
    with pytest.raises(LimitExceeded, match=named):
        opened(data, bytes=100 if "100 bytes" in named else 1 << 30)


SEEDS = [
    gz(CDX),
    zstd.compress(CDX),
    zipped({"a": CDX, "b/": b"", "c": TAG}),
    tarred({"a": CDX, "n" * 120: TAG}),
    tarred({"n" * 120: TAG}, tarfile.GNU_FORMAT),
    dsse(CDX) + b"\n" + dsse(CDX),
]


@settings(max_examples=300)
@given(
    st.sampled_from(SEEDS),
    st.lists(st.tuples(st.integers(0, 1 << 20), st.binary(min_size=1, max_size=4)), max_size=4),
    st.integers(0, 1 << 20),
)
def test_only_errors_of_ours_come_out_of_broken_carriers(
    seed: bytes, changes: list[tuple[int, bytes]], end: int
) -> None:
    data = bytearray(seed)
    for place, value in changes:
        start = place % len(data)
        data[start : start + len(value)] = value
    with suppress(InputError):
        assert opened(bytes(data)[: end % len(data) or len(data)])


def test_a_plain_folder(tmp_path: Path) -> None:
    for name, data in {
        "b.json": CDX,
        "a.json": CDX,
        "README": b"x",
        ".hidden.json": CDX,
        "sub/deep/c.zip": zipped({"d.json": CDX}),
        "sub/a.pb": PROTOBUF,
        ".git/e.json": CDX,
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(data)
    found = folder(tmp_path, Limits())

    assert [carried.path.removeprefix(str(tmp_path)) for carried in found] == [
        "/a.json",
        "/b.json",
        "/sub/deep/c.zip!d.json",
    ]
    assert found[0].notes == ("1 of 5 members is no SBOM: README",)
    assert [text.partition(" ")[0] for text in found[0].unread] == ["sub/a.pb"]


def test_links_are_followed_within_the_folder_only(tmp_path: Path) -> None:
    root = tmp_path / "root"
    (root / ".data").mkdir(parents=True)
    (root / ".data" / "a.json").write_bytes(CDX)
    (tmp_path / "secret.json").write_bytes(CDX)
    (root / "a.json").symlink_to(".data/a.json")
    (root / "out.json").symlink_to("../secret.json")
    (root / "up").symlink_to("..")
    (root / "here").symlink_to(".")
    (root / "loop").symlink_to("loop")
    (root / "gone").symlink_to("nowhere")
    os.mkfifo(root / "pipe")
    (found,) = folder(root, Limits())

    assert found.path == f"{root}/a.json"
    assert found.notes == ("2 of 7 members are no SBOM: pipe, here",)
    assert [text.partition(" ")[0] for text in found.unread] == ["gone", "loop", "out.json", "up"]


@pytest.mark.parametrize(
    ("name", "error", "named"),
    [("missing", UnreadableInput, "cannot be read"), ("file", UnreadableInput, "no folder"), (".", NotAnSbom, "file")],
)
def test_a_folder_that_gives_nothing_is_an_error(
    tmp_path: Path, name: str, error: type[InputError], named: str
) -> None:
    (tmp_path / "file").write_bytes(b"hello")

    with pytest.raises(error, match=named):
        folder(tmp_path / name, Limits())


def test_a_folder_too_deep_or_too_large_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(CDX)
    with pytest.raises(LimitExceeded, match=r"a\.json: larger than 10 bytes \(raise the limit with --max-bytes\)"):
        folder(tmp_path, Limits(bytes=10))
    (tmp_path / "b.json").write_bytes(CDX)
    with pytest.raises(LimitExceeded, match="larger"):
        folder(tmp_path, Limits(bytes=100))
    (tmp_path / "/".join("d" * 40)).mkdir(parents=True)
    with pytest.raises(LimitExceeded, match="deep"):
        folder(tmp_path, Limits())


INDEX = "application/vnd.oci.image.index.v1+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"


class Layout:
    """An OCI image layout that grows."""

    def __init__(self, root: Path) -> None:
        self.root = root
        (root / "blobs" / "sha256").mkdir(parents=True)
        (root / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
        self.index([])

    def blob(self, data: bytes, kind: str, **more: object) -> dict[str, object]:
        digest = hashlib.sha256(data).hexdigest()
        (self.root / "blobs" / "sha256" / digest).write_bytes(data)
        return {"mediaType": kind, "digest": f"sha256:{digest}", "size": len(data), **more}

    def manifest(self, layers: list[dict[str, object]], **more: object) -> dict[str, object]:
        config = self.blob(b"{}", "application/vnd.oci.image.config.v1+json")
        text = json.dumps({"schemaVersion": 2, "config": config, "layers": layers, **more})
        return self.blob(text.encode(), MANIFEST)

    def index(self, manifests: list[dict[str, object]]) -> None:
        (self.root / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": manifests}))

    def nested(self, manifests: list[dict[str, object]]) -> dict[str, object]:
        return self.blob(json.dumps({"schemaVersion": 2, "manifests": manifests}).encode(), INDEX)

    def found(self) -> list[Carried]:
        return folder(self.root, Limits())


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return Layout(tmp_path / "layout")


@pytest.mark.parametrize(
    ("kind", "data", "more"),
    [
        ("application/vnd.cyclonedx+json", CDX, {}),
        ("application/vnd.cyclonedx+json", CDX, {"artifactType": "application/vnd.cyclonedx+json"}),
        ("application/octet-stream", CDX, {"artifactType": "application/vnd.cyclonedx+json"}),
        ("application/octet-stream", CDX, {"config": {"mediaType": "application/vnd.cyclonedx+json"}}),
        ("text/spdx", TAG, {}),
        ("application/vnd.in-toto+json", CDX, {}),
        ("application/vnd.dsse.envelope.v1+json", dsse(CDX), {}),
        ("application/vnd.dev.sigstore.bundle.v0.3+json", dsse(CDX), {}),
        ("application/vnd.cyclonedx+json+gzip", gz(CDX), {}),
    ],
)
def test_sboms_of_an_image_layout(layout: Layout, kind: str, data: bytes, more: dict[str, object]) -> None:
    sbom = layout.blob(data, kind)
    image = layout.manifest([layout.blob(b"\x1f\x8bnot looked into", LAYER)])
    subject = {"mediaType": MANIFEST, "digest": image["digest"], "size": image["size"]}
    layout.index([image, layout.nested([layout.manifest([sbom], subject=subject, **more)])])
    (found,) = layout.found()

    assert found.path == f"{layout.root}!{sbom['digest']}"
    assert found.subjects[0].digests == (("sha256", str(image["digest"]).removeprefix("sha256:")),)
    assert found.notes[-1].startswith("1 of 2 members is no SBOM: sha256:")
    assert LAYER in found.notes[-1]
    assert not found.unread


def test_buildkit_binds_an_attestation_by_an_annotation(layout: Layout) -> None:
    sbom, other = (
        layout.blob(dsse(CDX), "application/vnd.in-toto+json"),
        layout.blob(dsse(b"{}", "https://slsa.dev/provenance/v1"), "application/vnd.in-toto+json"),
    )
    about = {"vnd.docker.reference.type": "attestation-manifest", "vnd.docker.reference.digest": f"sha256:{'c' * 64}"}
    layout.index([{**layout.manifest([sbom, other]), "annotations": about}])
    (found,) = layout.found()

    assert [subject.digests[0][1] for subject in found.subjects] == ["c" * 64, SHA]
    assert "slsa.dev/provenance" in found.notes[-1]


def test_a_blob_that_is_not_there_or_no_sbom_is_named(layout: Layout) -> None:
    gone = {"mediaType": "text/spdx", "digest": f"sha256:{'0' * 64}", "size": 1}
    wrong = layout.blob(b"hello", "text/spdx")
    layout.index([layout.manifest([gone, wrong, layout.blob(CDX, "application/vnd.cyclonedx+json")]), gone])
    (found,) = layout.found()

    assert len(found.unread) == 3
    assert sum("not in the layout" in text for text in found.unread) == 2


@pytest.mark.parametrize(
    ("digest", "named"),
    [
        ("sha256:" + "0" * 64, "does not have its digest"),
        ("sha256:../../../../../../etc/passwd", "no digest"),
        ("../../x:" + "0" * 64, "no digest"),
        ("md5:" + "0" * 32, "no digest"),
        ("", "no digest"),
        ("sha512:" + "0" * 128, "leads out"),
    ],
)
def test_digests_are_checked_before_and_after_a_blob_is_read(layout: Layout, digest: str, named: str) -> None:
    (layout.root / "blobs" / "sha256" / ("0" * 64)).write_bytes(CDX)
    (layout.root / "blobs" / "sha512").symlink_to(layout.root.parent)
    (layout.root.parent / ("0" * 128)).write_bytes(CDX)
    layout.index([{"mediaType": "application/vnd.cyclonedx+json", "digest": digest, "size": 1}])

    with pytest.raises(UnreadableInput, match=named):
        layout.found()


@pytest.mark.parametrize("text", ["", "[]", "{", '{"manifests": 3}', "[" * 5000, '{"manifests": [7]}'])
def test_a_broken_index_is_an_error(layout: Layout, text: str) -> None:
    (layout.root / "index.json").write_text(text)

    with pytest.raises(UnreadableInput, match="no OCI manifest"):
        layout.found()


def test_indexes_too_deep_too_many_or_too_large_are_refused(layout: Layout) -> None:
    deep = layout.manifest([layout.blob(CDX, "application/vnd.cyclonedx+json")])
    for _ in range(6):
        deep = layout.nested([deep])
    layout.index([deep])
    with pytest.raises(LimitExceeded, match="inside each other"):
        layout.found()

    layout.index([layout.nested([])] * 10_001)
    with pytest.raises(LimitExceeded, match="10,000"):
        layout.found()

    layout.index([layout.blob(b"{" + b" " * (5 << 20), INDEX)])
    with pytest.raises(LimitExceeded, match="larger"):
        layout.found()


def test_nulls_in_an_index_are_empty_lists(layout: Layout) -> None:
    layout.index([layout.blob(b'{"manifests": null, "layers": null, "annotations": null, "subject": null}', INDEX)])

    with pytest.raises(NotAnSbom, match="empty"):
        layout.found()
