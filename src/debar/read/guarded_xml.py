"""An expat parser that no document can turn against its reader: no DTD, no entities, a bound on depth."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING
from xml.parsers import expat

from debar.errors import LimitExceeded, MalformedSbom

if TYPE_CHECKING:
    from debar.read.limits import Source


class GuardedXml(ABC):
    """Feeds elements and text of one document to its subclass; names come as ``namespace tag``."""

    def __init__(self, source: Source) -> None:
        self.source = source
        # The bytes are UTF-8 by now, whatever the declaration says.
        self._parser = expat.ParserCreate("UTF-8", " ")
        self._parser.buffer_text = True
        self._parser.buffer_size = 1 << 16
        self._parser.StartElementHandler = self.start
        self._parser.EndElementHandler = self.end
        self._parser.CharacterDataHandler = self.text
        self._parser.StartDoctypeDeclHandler = self._doctype

    def parse(self) -> None:
        """Parse the source; raises `MalformedSbom` for XML that is broken or has a document type declaration."""
        try:
            self._parser.Parse(self.source.text, True)
        except expat.ExpatError as error:
            problem = f"broken XML: {expat.ErrorString(error.code)}"
            place = f"line {error.lineno}, column {error.offset + 1}"
            raise MalformedSbom(self.source.path, problem, place=place) from error

    @property
    def position(self) -> tuple[int, int]:
        """The 1-based line and column where the parser is."""
        return self._parser.CurrentLineNumber, self._parser.CurrentColumnNumber + 1

    @property
    def place(self) -> str:
        """The same in words."""
        return "line {}, column {}".format(*self.position)

    def check_depth(self, depth: int) -> None:
        """Raise `LimitExceeded` when this many elements are open."""
        limit = self.source.limits.depth
        if depth >= limit:
            raise LimitExceeded(self.source.path, f"more than {limit} levels deep", place=self.place)

    def _doctype(self, name: str, *_: object) -> None:
        raise MalformedSbom(
            self.source.path,
            f"a document type declaration ({name[:80]}) is refused, since it can define entities",
            place=self.place,
            remedy="remove <!DOCTYPE ...>",
        )

    @abstractmethod
    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Take the start of an element."""

    @abstractmethod
    def end(self, name: str) -> None:
        """Take the end of an element."""

    @abstractmethod
    def text(self, text: str) -> None:
        """Take a piece of text."""
