"""SPDX 2.2/2.3 RDF/XML, by the vocabulary of https://spdx.org/rdf/terms/.

rdflib parses it into triples, in a process of its own whose memory and time are limited; what they mean is
ours (`spdx2_triples`).
"""

from __future__ import annotations

import re
import subprocess
import sys
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec
from msgspec.structs import replace

from debar.errors import LimitExceeded, MalformedSbom, UnsupportedFormat
from debar.read import tolerant
from debar.read.spdx2 import Reading, to_inventory
from debar.read.spdx2_triples import BLANK, TYPE, TooDenseError, Triple, document_from_triples
from debar.read.spdx2_types import Document

if TYPE_CHECKING:
    from debar.model.inventory import Inventory
    from debar.read.limits import Source

#: What the parsing process may use, and how long it is waited for.
MEMORY_BYTES: Final = 2 << 30
CPU_SECONDS: Final = 60
WALL_SECONDS: Final = 120
_PROBLEM_LENGTH: Final = 200

# Isolated Python (-I) ignores PYTHONPATH and the current folder, so it is told where this package is.
_START: Final = """\
import sys
sys.path.insert(0, sys.argv[1])
from debar.read.spdx2_rdf import answer
answer(*map(int, sys.argv[2:]))
"""
_PACKAGES: Final = str(Path(__file__).resolve().parents[2])

_RDFLIB_PLACE: Final = re.compile(r"[^:]*:\d+:\d+: ")


class _Answer(msgspec.Struct):
    """What the parsing process answers; `error` is "missing", "limit", "malformed" or empty."""

    error: str = ""
    problem: str = ""
    place: str = ""
    document: Any = None
    places: dict[str, list[tuple[int, int]]] = {}
    iris: list[str] = []
    duplicates: list[str] = []
    dropped: list[str] = []


class _BrokenError(Exception):
    """No RDF/XML; the arguments are the problem, the line and the column."""


def read_rdf(source: Source) -> Inventory:
    """Read a document; an element's id is the fragment of its IRI, its line that of its first typed node.

    Raises `MalformedSbom` for broken XML or RDF and for a document type declaration, `LimitExceeded` for what
    takes more memory or time than allowed or has more components, `UnsupportedFormat` where rdflib is missing.
    """
    for mark in (b"<!DOCTYPE", b"<!ENTITY"):
        offset = source.text.find(mark)
        if offset >= 0:
            # rdflib expands entities without a limit: a kilobyte keeps it busy for minutes.
            line = source.text.count(b"\n", 0, offset) + 1
            raise MalformedSbom(
                source.path,
                "a document type declaration is refused, since it can define entities",
                place=f"line {line}",
                remedy="remove <!DOCTYPE ...>",
            )
    told = _ask(source)
    changed: list[str] = []

    def report(path: str, what: str) -> None:
        (told.dropped if what == tolerant.DROPPED else changed).append(path)

    document = tolerant.coerce(told.document, Document, report)
    reading = Reading(
        form="SPDX RDF/XML",
        document=document,
        places=told.places,
        dropped=told.dropped,
        changed=changed,
        duplicates=told.duplicates,
    )
    inventory = to_inventory(reading, source)
    # In the text ids are whole IRIs.
    return replace(inventory, refs={*inventory.refs, *told.iris})


def _ask(source: Source) -> _Answer:
    command = [sys.executable, "-I", "-c", _START, _PACKAGES, str(MEMORY_BYTES), str(CPU_SECONDS)]
    other = "export SPDX 2.3 JSON or tag-value"
    problem = f"reading it takes more than {CPU_SECONDS} seconds or {MEMORY_BYTES >> 20:,} MiB of memory"
    excess = LimitExceeded(source.path, problem, remedy=other)
    try:
        done = subprocess.run(  # noqa: S603 - this interpreter and this package; the document is its input
            command,
            input=source.text,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=WALL_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise excess from error
    except OSError as error:
        problem = f"SPDX RDF/XML needs a process of its own, which cannot be started: {error.strerror}"
        raise UnsupportedFormat(source.path, problem, remedy=other) from error
    try:
        told = msgspec.json.decode(b"" if done.returncode else done.stdout, type=_Answer)
    except msgspec.DecodeError as error:
        # Killed, or out of memory where nothing could be said any more.
        raise excess from error
    if told.error == "limit":
        raise LimitExceeded(source.path, told.problem, remedy=other) if told.problem else excess
    if told.error == "missing":
        remedy = 'install it with: pip install "debar[rdf]"'
        raise UnsupportedFormat(source.path, "SPDX RDF/XML needs the package rdflib", remedy=remedy)
    if told.error:
        raise MalformedSbom(source.path, f"broken RDF/XML: {told.problem}", place=told.place)
    return told


def answer(memory: int, seconds: int) -> None:
    """Be the parsing process: RDF/XML on standard input, an `_Answer` as JSON on standard output.

    `memory` is in bytes of address space, `seconds` of CPU time; beyond them the process fails or is killed.
    """
    _limit(memory, seconds)
    try:
        told = _read(sys.stdin.buffer.read())
    except ImportError:
        told = _Answer(error="missing")
    except MemoryError:
        told = _Answer(error="limit")
    except TooDenseError as error:
        told = _Answer(error="limit", problem=str(error))
    except _BrokenError as error:
        problem, line, column = error.args
        told = _Answer(error="malformed", problem=problem, place=f"line {line}, column {column}")
    except UnicodeDecodeError:
        told = _Answer(error="malformed", problem="not UTF-8")
    sys.stdout.buffer.write(msgspec.json.encode(told))


def _limit(memory: int, seconds: int) -> None:
    try:
        import resource
    except ImportError:  # Windows; the time that it is waited for is a limit there, too
        return
    for what, amount in ((resource.RLIMIT_CORE, 0), (resource.RLIMIT_CPU, seconds), (resource.RLIMIT_AS, memory)):
        hard = resource.getrlimit(what)[1]
        most = amount if hard == resource.RLIM_INFINITY else min(amount, hard)
        resource.setrlimit(what, (most, most))


def _read(data: bytes) -> _Answer:
    sink = _parse(data.decode())
    mapped = document_from_triples(sink.triples)
    if "SPDXID" not in mapped.document and not any(mapped.elements.values()):
        raise _BrokenError("it describes no SPDX document", 1, 1)
    return _Answer(
        document=mapped.document,
        places={kind: [sink.places.get(node, (0, 0)) for node in nodes] for kind, nodes in mapped.elements.items()},
        iris=mapped.iris,
        duplicates=mapped.duplicates,
        dropped=mapped.dropped,
    )


class _Sink:
    """What rdflib's handler takes for its graph: a list, in the order of the document."""

    def __init__(self, blank: type, named: type) -> None:
        self.triples: list[Triple] = []
        self.places: dict[str, tuple[int, int]] = {}
        #: rdflib's parser, which knows the current line and column.
        self.reader: Any = None
        self._kinds = (blank, named)
        self._blanks: dict[str, str] = {}

    def bind(self, *_: object, **__: object) -> None:
        """Prefixes mean nothing once IRIs are whole."""

    def add(self, triple: tuple[str, str, str]) -> None:
        subject, predicate, value = triple
        blank, named = self._kinds
        node = self._node(subject) if isinstance(subject, blank) else str(subject)
        name = str(predicate)
        if name == TYPE and node not in self.places:
            self.places[node] = (self.reader.getLineNumber(), self.reader.getColumnNumber() + 1)
        if isinstance(value, blank):
            self.triples.append(Triple(node, name, self._node(value)))
        else:
            self.triples.append(Triple(node, name, str(value), not isinstance(value, named)))

    def _node(self, blank: str) -> str:
        # rdflib gives them random names.
        return self._blanks.setdefault(str(blank), f"{BLANK}{len(self._blanks) + 1}")


def _parse(text: str) -> _Sink:
    from xml.sax import SAXParseException
    from xml.sax.xmlreader import InputSource

    from rdflib.exceptions import ParserError
    from rdflib.plugins.parsers import rdfxml
    from rdflib.term import BNode, URIRef

    # A literal stays the text that it is; rdflib's would parse those with a data type, XML with entities included.
    vars(rdfxml)["Literal"] = _literal
    sink = _Sink(BNode, URIRef)
    # Text instead of bytes overrides the declared encoding.
    source = InputSource()
    source.setCharacterStream(StringIO(text))
    reader: Any = rdfxml.create_parser(source, sink)  # type: ignore[arg-type]  # it only calls `add` and `bind`
    sink.reader = reader
    try:
        reader.parse(source)
    except SAXParseException as error:
        problem = error.getMessage()[:_PROBLEM_LENGTH]
        raise _BrokenError(problem, error.getLineNumber(), (error.getColumnNumber() or 0) + 1) from error
    except (ParserError, AttributeError, LookupError, TypeError, ValueError) as error:
        problem = str(error)
        if place := _RDFLIB_PLACE.match(problem):
            problem = problem[place.end() :]
        raise _BrokenError(problem[:_PROBLEM_LENGTH], reader.getLineNumber(), reader.getColumnNumber() + 1) from error
    return sink


def _literal(value: str, *_: object, **__: object) -> str:
    return str(value)
