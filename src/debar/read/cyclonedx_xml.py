"""CycloneDX XML -> the JSON text of the same document, so that one decoder and one table of paths serve both.

XML wraps lists in plural elements, writes some keys as attributes and texts as content; JSON does not. The
rules below were taken from the schemas 1.0 to 1.7; what they do not know keeps its element's name.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from debar.errors import LimitExceeded, MalformedSbom
from debar.read.guarded_xml import GuardedXml

if TYPE_CHECKING:
    from debar.read.limits import Source

_Value = object

_BOM: Final = "http://cyclonedx.org/schema/bom/"
# Before 1.2 the graph was an extension with elements of the same names.
_GRAPH: Final = "http://cyclonedx.org/schema/ext/dependency-graph/"
_SIGNATURE: Final = "http://www.w3.org/2000/09/xmldsig#"
_SILENT: Final = ("http://www.w3.org/2001/XMLSchema-instance", "http://www.w3.org/XML/1998/namespace")

_ATTRIBUTES: Final = {"content-type": "contentType", "license-identifier": "licenseIdentifier"}
_KEYS: Final = {"responses": "response", "cryptoRef": "cryptoRefArray", "details": "expressionDetails"}
_CONTENT: Final = {"property": "value", "environmentVar": "value"}
# (wrapper, entry) whose names do not follow the plural rule.
_WRAPPED: Final = frozenset(
    {
        ("affects", "target"),
        ("ancestors", "component"),
        ("collection", "graphic"),
        ("data", "dataflow"),
        ("datasets", "ref"),
        ("descendants", "component"),
        ("destination", "url"),
        ("externalReferences", "reference"),
        ("formulation", "formula"),
        ("licenses", "expression-detailed"),
        ("members", "ref"),
        ("patentRefs", "bom-ref"),
        ("patents", "patentFamily"),
        ("references", "url"),
        ("resolves", "issue"),
        ("runtimeTopology", "dependency"),
        ("supportingMaterial", "attachment"),
        ("taskDependencies", "dependency"),
        ("tlsGroups", "group"),
        ("tlsSignatureSchemes", "signatureScheme"),
        ("variants", "component"),
    }
)
# JSON has objects {"license": {...}} and {"expression": "..."} in this list, and arrays of strings elsewhere.
_NOT_WRAPPED: Final = frozenset({("licenses", "license")})
_CONTACTS: Final = frozenset({"custodian", "steward", "owner"})
_OWNERS: Final = frozenset({"bom", "component", "service", "tool"})
#: Elements that name a component or a party, by which another namespace could pass as this one.
_NAMING: Final = frozenset(
    {
        "components",
        "services",
        "name",
        "group",
        "purl",
        "cpe",
        "publisher",
        "author",
        "supplier",
        "manufacturer",
        "provider",
    }
)
_PLACED: Final = frozenset({"component", "service"})


class _Frame:
    """An open element."""

    __slots__ = ("entries", "hoisted", "keys", "refers", "tag", "texts")

    def __init__(self, tag: str, *, refers: bool) -> None:
        self.tag = tag
        #: Its one attribute is `ref`: without children, JSON has the reference alone.
        self.refers = refers
        self.keys: dict[str, _Value] = {}
        self.texts: list[str] = []
        #: What a wrapper holds; None for elements that have wrapped nothing yet.
        self.entries: list[_Value] | None = None
        #: Dependencies that were nested deeper.
        self.hoisted: list[_Value] = []


class _Foreign(NamedTuple):
    """An open element of another namespace."""

    key: str
    texts: list[str]


def to_json(source: Source) -> bytes:
    """Return the JSON text of an XML document; components and services carry "@line" and "@column".

    Text of other namespaces is gathered under "@foreign" of the nearest element, signatures under
    "signature". Raises `MalformedSbom` for XML that is not well-formed, that has a document type
    declaration or another root; `LimitExceeded` beyond the limits.
    """
    builder = _Builder(source)
    builder.parse()
    try:
        return msgspec.json.encode(builder.document)
    except RecursionError as error:
        raise LimitExceeded(source.path, "nested too deep to be an SBOM") from error


class _Builder(GuardedXml):
    def __init__(self, source: Source) -> None:
        super().__init__(source)
        self.document: dict[str, _Value] = {}
        self._stack: list[_Frame] = []
        self._foreign: list[_Foreign] = []
        self._components = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.check_depth(len(self._stack) + len(self._foreign))
        namespace, _, tag = name.rpartition(" ")
        if not self._stack:
            self._root(namespace, tag)
        if self._foreign or not namespace.startswith((_BOM, _GRAPH)):
            if not self._foreign:
                signed = namespace.startswith(_SIGNATURE) and tag == "Signature"
                # What only pretends to be a component stays unexplained, and so is found by the raw sweep.
                posing = tag in _OWNERS or tag in _NAMING
                self._foreign.append(_Foreign("signature" if signed else "" if posing else "@foreign", []))
            else:
                self._foreign.append(_Foreign(self._foreign[0].key, []))
            self._gather(self._foreign[0].key, list(attributes.values()))
            return
        frame = _Frame(tag, refers=attributes.keys() == {"ref"})
        self._stack.append(frame)
        for attribute, value in attributes.items():
            self._attribute(frame, attribute, value)
        if tag in _PLACED:
            frame.keys["@line"], frame.keys["@column"] = self.position
            self._components += 1
            self.source.check_components(range(self._components))

    def _root(self, namespace: str, tag: str) -> None:
        if tag != "bom" or not namespace.startswith(_BOM):
            raise MalformedSbom(
                self.source.path, f"the root element is {tag[:80]}, not a CycloneDX bom", place=self.place
            )
        self.document = {"bomFormat": "CycloneDX", "specVersion": namespace.removeprefix(_BOM)}

    def _attribute(self, frame: _Frame, name: str, value: str) -> None:
        namespace, _, key = name.rpartition(" ")
        if not namespace:
            frame.keys[_ATTRIBUTES.get(key, key)] = value.strip() == "true" if key == "isExternal" else value
        elif namespace not in _SILENT:
            self._gather("@foreign", [value])

    def text(self, text: str) -> None:
        if self._foreign:
            self._foreign[-1].texts.append(text)
        else:
            self._stack[-1].texts.append(text)

    def end(self, name: str) -> None:  # noqa: ARG002 - the signature of all builders
        if self._foreign:
            closed = self._foreign.pop()
            self._gather(closed.key, ["".join(closed.texts)])
            return
        frame = self._stack.pop()
        value = _finished(frame)
        if self._stack:
            above = self._stack[-2].tag if len(self._stack) > 1 else ""
            _attach(self._stack[-1], frame, value, above)
        elif isinstance(value, dict):
            self.document = {**value, **self.document}

    def _gather(self, key: str, texts: list[str]) -> None:
        """Keep text of another namespace at the nearest element that can have mentions."""
        if not key:
            return
        owner = next(frame for frame in reversed(self._stack) if frame.tag in _OWNERS)
        kept = owner.keys.setdefault(key, [])
        if isinstance(kept, list):
            kept.extend(text for text in map(str.strip, texts) if text)


def _finished(frame: _Frame) -> _Value:
    """Return the JSON value of a closed element."""
    keys, text = frame.keys, "".join(frame.texts).strip()
    if frame.tag == "composition":
        keys["dependencies"] = [
            one.get("ref") if isinstance(one, dict) else one for one in _list(keys.get("dependencies"))
        ]
    if frame.tag == "dependency":
        return keys
    if frame.entries is not None:
        return frame.entries
    if text and keys:
        keys[_CONTENT.get(frame.tag, "content")] = text
    if keys:
        return keys["ref"] if frame.refers and len(keys) == 1 else keys
    return text or None


def _attach(parent: _Frame, frame: _Frame, value: _Value, above: str) -> None:
    """Give a closed element's value to its parent."""
    tag = frame.tag
    if tag == "dependency" and parent.tag == "dependency" and isinstance(value, dict):
        _list_at(parent.keys, "dependsOn").append(value.get("ref"))
        parent.hoisted += frame.hoisted
        # Without children of its own it is a mere link, and no claim that it needs nothing.
        if value.keys() & {"dependsOn", "provides"}:
            parent.hoisted.append(value)
    elif tag == "provides" and parent.tag == "dependency":
        _list_at(parent.keys, "provides").append(value)
    elif _wraps(parent.tag, tag) or (parent.tag == "source" and tag == "url" and above == "dataflow"):
        if parent.entries is None:
            parent.entries = []
        # JSON has an object where XML has a bare reference among data sets.
        parent.entries.append({tag: value} if (parent.tag, tag) == ("datasets", "ref") else value)
        parent.entries += frame.hoisted
    else:
        key = "contact" if tag == "individual" and parent.tag in _CONTACTS else _KEYS.get(tag, tag)
        if parent.tag == "licenses":
            # Its choices are objects in a list, told apart by their key.
            parent.entries = parent.entries or []
            parent.entries.append({key: value})
        elif key in parent.keys:
            _list_at(parent.keys, key).extend(_list(value))
        else:
            parent.keys[key] = value


def _list(value: _Value) -> list[_Value]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _list_at(keys: dict[str, _Value], key: str) -> list[_Value]:
    """Return the list under a key, made of what is there; appending to it keeps repeated elements linear."""
    kept = keys.get(key)
    if isinstance(kept, list):
        return kept
    made = keys[key] = _list(kept)
    return made


@lru_cache(maxsize=1024)
def _wraps(parent: str, child: str) -> bool:
    plural = parent in {f"{child}s", f"{child}es", f"{child[:-1]}ies"}
    return (plural and (parent, child) not in _NOT_WRAPPED) or (parent, child) in _WRAPPED
