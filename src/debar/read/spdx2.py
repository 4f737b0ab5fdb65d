"""An SPDX 2.x document as an `Inventory`, whatever it was written in (SPDX 2.3, chapters 6 to 12)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from debar.model.inventory import Component, Document, InventoryBuilder, Kind
from debar.read.listing import tie_listed
from debar.read.spdx2_elements import Elements
from debar.read.spdx2_paths import PATHS
from debar.read.spdx2_relationships import DOCUMENT_ID, Relations, described

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Mapping, Sequence

    from debar.model.inventory import Inventory
    from debar.read.decoding import Slices
    from debar.read.limits import Source
    from debar.read.spdx2_types import CreationInfo, Package, Relationship
    from debar.read.spdx2_types import Document as SpdxDocument

_READ_VERSIONS: Final = re.compile(r"SPDX-2\.[23](\.[0-9]+)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a notation hands over: the document and where its parts stand.

    Where the notation is JSON, `pointer` leads to the document; others give `places`, the (line, column) of
    each entry of `packages`, `files` and `snippets`. `dropped` and `changed` name places whose values did not
    fit SPDX (see `read.tolerant`), `duplicates` keys or tags that stand twice where one is allowed. `telling` are the
    packages in whose text something may match, if that is known; the others get no mentions
    and stand in `silent`. `starts` says where all of them begin. `packages` and `relationships` take the place of the
    document's where those are still text.
    """

    form: str
    document: SpdxDocument
    pointer: str = ""
    places: Mapping[str, Sequence[tuple[int, int]]] = field(default_factory=dict)
    dropped: Sequence[str] = ()
    changed: Sequence[str] = ()
    duplicates: Sequence[str] = ()
    notes: Sequence[str] = ()
    telling: Container[int] | None = None
    starts: Sequence[int] = ()
    silent: Sequence[tuple[int, int]] = ()
    packages: Slices[Package | None] | None = None
    relationships: Slices[Relationship] | None = None


def to_inventory(reading: Reading, source: Source) -> Inventory:
    """Map a document to components, relations, mentions and gaps; raises `LimitExceeded`."""
    document = reading.document
    elements = (reading.packages or document.packages, document.files, document.snippets)
    source.check_components(range(sum(len(some or ()) for some in elements)))
    builder = InventoryBuilder()
    _report_problems(builder, reading)
    if not _READ_VERSIONS.fullmatch(document.spdx_version):
        builder.gap("unsupported-version", document.spdx_version or "no version")
    own = frozenset({DOCUMENT_ID, document.spdx_id or DOCUMENT_ID})
    namespaces = {one.external_document_id: one for one in document.external_document_refs or ()}
    relations = Relations(builder, source, own, namespaces)
    mapping = Elements(builder, relations, reading)
    mapping.packages()
    mapping.files()
    mapping.snippets()
    relations.register_all([component.ref for component in builder.components])
    relations.check_duplicates()
    listed = len(builder.components)
    product = _set_product(mapping, source)
    makers = _describe_document(mapping)
    mapping.licences()
    mapping.relate()
    tie_listed(builder, product, range(listed), frozenset({Kind.WEAK}))
    source.check_components(builder.components)
    _count_gaps(mapping, listed)
    _collect_refs(builder, document)
    return builder.freeze(
        Document(
            path=source.path,
            sha256=source.sha256,
            format=reading.form,
            spec_version=document.spdx_version,
            serial=document.document_namespace,
            name=document.name,
            product=product,
            makers=makers,
            says=frozenset(_statements(document.creation_info)),
            created=document.creation_info.created if document.creation_info else "",
            text=source.text,
            silent=reading.silent,
            starts={f"{reading.pointer}/packages": reading.starts} if reading.starts else {},
        )
    )


def _report_problems(builder: InventoryBuilder, reading: Reading) -> None:
    for text in reading.notes:
        builder.note(text)
    for place in reading.dropped:
        builder.gap("parse-partial", place or "the whole document")
    for key in reading.duplicates:
        builder.gap("duplicate-key", key)
    if reading.changed:
        count, first = len(reading.changed), reading.changed[0]
        builder.note(f"values of another type than SPDX 2.3 says, read all the same: {count}, the first at {first}")


def _set_product(mapping: Elements, source: Source) -> int:
    """Return the one described element, else a stand-in for the document that includes what it describes."""
    builder, relations, document = mapping.builder, mapping.relations, mapping.document
    refs, misspelt = described(document.document_describes, mapping.relationships, relations.own)
    if misspelt:
        builder.note("the relationship type DESCRIBE is read as DESCRIBES")
    count = len(refs)
    refs = [ref for ref in refs if ref not in relations.own or relations.known(ref)]
    if len(refs) < count:
        builder.note("the document says that it describes itself, which is ignored")
    found = [number for ref in refs for number in relations.known(ref)]
    if len(refs) == 1 and len(found) == 1 and builder.components[found[0]].type != "snippet":
        product = found[0]
        builder.mentions.add(PATHS["document"]["name"], document.name, product)
        relations.set_product(product)
        return product
    name = document.name or document.document_namespace or source.path
    product = builder.add(Component(ref=DOCUMENT_ID, name=name, type="document", synthetic=True))
    builder.mentions.add("name", document.name, product)
    relations.set_product(product)
    for ref in refs:
        relations.describe(ref)
    if not refs:
        builder.gap("no-root")
    return product


def _describe_document(mapping: Elements) -> tuple[str, ...]:
    """Add what is said of the document itself to its product; return the organisations that made it."""
    mentions, document, product = mapping.builder.mentions, mapping.document, mapping.relations.product
    mapping.document_annotations(product)
    mentions.add("comment", document.comment, product)
    mentions.add("link", document.document_namespace, product)
    for external in document.external_document_refs or ():
        mentions.add("link", external.spdx_document, product)
        mentions.add("link", external.checksum.checksum_value if external.checksum else "", product)
    if document.creation_info is None:
        return ()
    mentions.add("comment", document.creation_info.comment, product)
    makers: dict[str, None] = {}
    for creator in document.creation_info.creators or ():
        names, contact = mapping.party(creator)
        kind = creator.lstrip().lower()
        for name in names:
            mentions.add("bom-tool" if kind.startswith("tool") else "bom-author", name, product)
            if kind.startswith("organi"):
                makers[name] = None
        mentions.add("bom-author", contact, product)
    return tuple(makers)


def _statements(info: CreationInfo | None) -> Iterator[str]:
    """Say which statements about itself a document makes; SPDX 2 has no version, context or signature of its own."""
    if info is None:
        return
    tools = [creator for creator in info.creators or () if creator.lstrip().lower().startswith("tool")]
    if len(tools) < len(info.creators or ()):
        yield "author"
    if info.created:
        yield "timestamp"
    if tools:
        yield "tool-name"
    # "Tool: name-1.2" is the form that the specification shows (6.8).
    if any(re.search(r"[-@ ]v?\d", tool) for tool in tools):
        yield "tool-version"


def _count_gaps(mapping: Elements, listed: int) -> None:
    builder, relations = mapping.builder, mapping.relations
    others = listed - (relations.product < listed)
    if not others and relations.product not in relations.closed:
        builder.gap("empty-inventory")
    if others and not relations.any:
        builder.gap("no-edges")
    # Only NONE closes a component (11.1.1); files count where the document lists nothing else.
    open_ = [number for number in range(mapping.packaged or listed) if number not in relations.closed]
    if open_ or not listed:
        example = builder.components[open_[0] if open_ else relations.product].label
        builder.gap("not-asserted-complete", example, count=len(open_) or 1)


def _collect_refs(builder: InventoryBuilder, document: SpdxDocument) -> None:
    """Keep every id that the document uses: known text for the raw sweep. Those of relationships are kept already."""
    refs = builder.refs
    refs.update([component.ref for component in builder.components])
    refs.update(document.document_describes or ())
    refs.add(document.spdx_id)
    refs.update(one.external_document_id for one in document.external_document_refs or ())
    for file in document.files or ():
        refs.update((file and file.file_dependencies) or ())
    for snippet in document.snippets or ():
        refs.add(snippet.snippet_from_file if snippet else "")
    refs.discard("")
