"""The words of SPDX 3.0.1: how names are spelt in JSON-LD, the nodes of a document, the field of each property.

A test compares the table of properties with the model, so that a new text is classified before it can be
overlooked (https://spdx.github.io/spdx-spec/v3.0.1/serializations/).
"""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Final, TypeAlias

import msgspec

from debar.errors import LimitExceeded
from debar.read.spdx2_paths import external_field, package_url

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from debar.read.limits import Source

    # The keys and indexes that lead to a value: (the place that holds it, its key).
    Place: TypeAlias = "tuple[Place, str | int] | None"

_PROFILES: Final = re.compile(
    r"(?:core|software|ai|dataset|build|security|simplelicensing|expandedlicensing|extension|"
    r"hardware|operations|service|functionalsafety|lite)_(?=.)"
)
_LAST: Final = re.compile(r"[^/#:]*\Z")
_KEYWORDS: Final = {"spdxId": "@id", "type": "@type"}
_VERSION: Final = re.compile(r"spdx\.org/rdf/v?(3[\w.-]*)")

_GROUPS: Final = {
    "component": "Artifact SoftwareArtifact Package File Snippet AIPackage DatasetPackage Build",
    "agent": "Agent Person Organization SoftwareAgent",
    "tool": "Tool",
    "collection": "SpdxDocument ElementCollection Bundle Bom Sbom",
    "relationship": "Relationship LifecycleScopedRelationship",
    "assessment": """VulnAssessmentRelationship CvssV2VulnAssessmentRelationship CvssV3VulnAssessmentRelationship
        CvssV4VulnAssessmentRelationship EpssVulnAssessmentRelationship ExploitCatalogVulnAssessmentRelationship
        SsvcVulnAssessmentRelationship VexVulnAssessmentRelationship VexAffectedVulnAssessmentRelationship
        VexFixedVulnAssessmentRelationship VexNotAffectedVulnAssessmentRelationship
        VexUnderInvestigationVulnAssessmentRelationship""",
    "annotation": "Annotation",
    "licence": """AnyLicenseInfo LicenseExpression SimpleLicensingText License ListedLicense CustomLicense
        ExtendableLicense IndividualLicensingInfo ConjunctiveLicenseSet DisjunctiveLicenseSet OrLaterOperator
        WithAdditionOperator LicenseAddition CustomLicenseAddition ListedLicenseException""",
    "vulnerability": "Vulnerability",
    "individual": "IndividualElement",
    "creation": "CreationInfo",
    "identifier": "ExternalIdentifier",
    "reference": "ExternalRef",
    "integrity": "IntegrityMethod Hash PackageVerificationCode ContentIdentifier",
    "entry": "DictionaryEntry",
    "map": "ExternalMap NamespaceMap",
    "extension": "Extension CdxPropertiesExtension CdxPropertyEntry",
    "measure": "PositiveIntegerRange EnergyConsumption EnergyConsumptionDescription",
}
#: Type, in lower case and without its profile -> group of types whose properties mean the same.
GROUPS: Final = {name.lower(): group for group, names in _GROUPS.items() for name in names.split()}
#: Groups whose objects are parts of an element and no elements.
PARTS: Final = frozenset({"creation", "identifier", "reference", "integrity", "entry", "map", "extension", "measure"})

# What an object without a type is, from the property that holds it.
_EXPECTED: Final = {
    **dict.fromkeys(("suppliedBy", "originatedBy", "createdBy"), "Agent"),
    "createdUsing": "Tool",
    "snippetFromFile": "File",
    **dict.fromkeys(("from", "to", "element", "rootElement"), "Element"),
    "extension": "Extension",
}


def _each(names: str, field_id: str) -> dict[str, str]:
    return dict.fromkeys(names.split(), field_id)


_ELEMENT: Final = {
    **_each(
        """creationInfo createdBy createdUsing dataLicense definingArtifact element rootElement from to subject
        suppliedBy originatedBy expandedlicensing_member expandedlicensing_subjectAddition
        expandedlicensing_subjectExtendableLicense expandedlicensing_subjectLicense security_assessedElement
        software_snippetFromFile import namespaceMap""",
        "relation",
    ),
    **_each(
        """created specVersion builtTime releaseTime validUntilTime startTime endTime completeness relationshipType
        scope contentType algorithm annotationType profileConformance supportLevel externalIdentifierType
        externalRefType ai_autonomyType ai_safetyRiskAssessment ai_useSensitivePersonalInformation
        ai_energyConsumption build_buildStartTime build_buildEndTime dataset_confidentialityLevel
        dataset_datasetAvailability dataset_datasetSize dataset_datasetType dataset_hasSensitivePersonalInformation
        software_additionalPurpose software_byteRange software_contentIdentifierType software_fileKind
        software_lineRange software_primaryPurpose software_sbomType""",
        "metadata",
    ),
    **_each("name comment summary description extension externalIdentifier externalRef verifiedUsing", "comment"),
}
_NEUTRAL: Final = {key: "vulnerability" if field == "comment" else field for key, field in _ELEMENT.items()}

#: Group -> property, as the compact form of the context spells it -> field.
PATHS: Final[dict[str, dict[str, str]]] = {
    "component": {
        **_ELEMENT,
        # The name of a file is its file name: see `Mapping`.
        "name": "name",
        **_each("summary description", "description"),
        "standardName": "identifier",
        # The types of these parts decide: see `identifier_field`, `reference_field`.
        **_each("externalIdentifier software_contentIdentifier", "identifier"),
        "externalRef": "reference",
        **_each("verifiedUsing build_configSourceDigest", "hash"),
        "software_packageUrl": "purl",
        "software_packageVersion": "version",
        "software_downloadLocation": "distribution",
        "software_homePage": "website",
        "software_sourceInfo": "comment",
        "software_copyrightText": "copyright",
        "software_attributionText": "comment",
        "build_configSourceUri": "reference",
        **_each(
            """build_buildType build_buildId build_configSourceEntrypoint build_parameter build_environment
            ai_hyperparameter ai_metric ai_metricDecisionThreshold dataset_sensor""",
            "property",
        ),
        **_each(
            """ai_domain ai_informationAboutApplication ai_informationAboutTraining ai_limitation
            ai_modelDataPreprocessing ai_modelExplainability ai_standardCompliance ai_typeOfModel
            dataset_anonymizationMethodUsed dataset_dataCollectionProcess dataset_dataPreprocessing
            dataset_datasetNoise dataset_datasetUpdateMechanism dataset_intendedUse dataset_knownBias""",
            "description",
        ),
    },
    # Whom an agent supplies, made or reported to decides what its name is.
    "agent": {**_ELEMENT, "name": "supplier", **_each("externalIdentifier externalRef", "contact")},
    "tool": {**_ELEMENT, "name": "bom-tool"},
    "collection": {**_ELEMENT, "context": "comment"},
    "relationship": _ELEMENT,
    "assessment": {
        **_NEUTRAL,
        **_each(
            """security_actionStatement security_impactStatement security_locator security_statusNotes
            security_vectorString security_vexVersion""",
            "vulnerability",
        ),
        **_each(
            """security_actionStatementTime security_impactStatementTime security_modifiedTime security_publishedTime
            security_withdrawnTime security_score security_percentile security_probability security_exploited
            security_severity security_catalogType security_decisionType security_justificationType""",
            "metadata",
        ),
    },
    "annotation": {**_ELEMENT, "statement": "comment"},
    "licence": {
        **_ELEMENT,
        **_each("name summary description externalIdentifier externalRef", "licence"),
        **_each(
            """simplelicensing_licenseExpression simplelicensing_licenseText simplelicensing_customIdToUri
            expandedlicensing_additionText expandedlicensing_licenseXml expandedlicensing_seeAlso
            expandedlicensing_obsoletedBy expandedlicensing_standardAdditionTemplate
            expandedlicensing_standardLicenseHeader expandedlicensing_standardLicenseTemplate""",
            "licence",
        ),
        **_each(
            """simplelicensing_licenseListVersion expandedlicensing_deprecatedVersion
            expandedlicensing_listVersionAdded expandedlicensing_isDeprecatedAdditionId
            expandedlicensing_isDeprecatedLicenseId expandedlicensing_isFsfLibre expandedlicensing_isOsiApproved""",
            "metadata",
        ),
    },
    "vulnerability": {
        **_NEUTRAL,
        "standardName": "vulnerability",
        **_each("security_modifiedTime security_publishedTime security_withdrawnTime", "metadata"),
    },
    "individual": _ELEMENT,
    "creation": {"comment": "comment", **_each("created specVersion", "metadata")},
    "identifier": {
        # The type decides.
        "identifier": "identifier",
        "identifierLocator": "reference",
        **_each("issuingAuthority comment", "comment"),
    },
    "reference": {"locator": "reference", "comment": "comment", "contentType": "metadata"},
    "integrity": {
        "hashValue": "hash",
        "packageVerificationCodeExcludedFile": "file-name",
        "software_contentIdentifierValue": "identifier",
        "comment": "comment",
    },
    "entry": _each("key value", "property"),
    "map": _each("externalSpdxId locationHint namespace prefix", "link"),
    "extension": _each("extension_cdxPropName extension_cdxPropValue", "property"),
}

# Where it is no plain purl or CPE (ExternalIdentifierType); `cve` names a vulnerability, not the component.
_IDENTIFIERS: Final = {
    **_each("cpe22 cpe23", "cpe"),
    "swid": "swid",
    "email": "contact",
    "cve": "vulnerability",
    "securityOther": "documentation",
    "urlScheme": "reference",
}
# ExternalRefType; the others are a `reference`.
_REFERENCES: Final = {
    **_each("altDownloadLocation binaryArtifact sourceArtifact", "distribution"),
    "vcs": "vcs",
    "altWebPage": "website",
    "issueTracker": "issue-tracker",
    "license": "licence",
    **_each("bower mavenCentral npm nuget", "identifier"),
    **_each(
        """certificationReport componentAnalysisReport cwe documentation dynamicAnalysisReport eolNotice
        exportControlAssessment metrics privacyAssessment qualityAssessmentReport releaseHistory releaseNotes
        riskAssessment runtimeAnalysisReport secureSoftwareAttestation securityAdversaryModel securityAdvisory
        securityFix securityOther securityPenTestReport securityPolicy securityThreatModel staticAnalysisReport
        vulnerabilityDisclosureReport vulnerabilityExploitabilityAssessment""",
        "documentation",
    ),
}


@lru_cache(maxsize=1 << 12)
def local(term: str) -> str:
    """Return a name without what JSON-LD may put before it: an IRI, a prefix (``spdx:``), a profile."""
    if term[:1] == "@":
        return term
    last = _LAST.search(term)
    return _PROFILES.sub("", last[0] if last else term, count=1)


#: `PATHS` with names as `local` gives them.
FIELD_OF: Final = {group: {local(key): field for key, field in table.items()} for group, table in PATHS.items()}


def identifier_field(kind: str, text: str) -> str:
    """Return the field of an external identifier of a component: by its text where that is plain, else by type."""
    kind = local(kind)
    found = external_field("", "purl" if kind == "packageUrl" else "", text)
    return _IDENTIFIERS.get(kind, found) if found == "identifier" else found


def reference_field(kind: str, text: str) -> tuple[str, str]:
    """Return the field of an external reference of a component, and the package URL that it comes to, if any."""
    kind = local(kind)
    found = external_field("", "", text)
    if found != "identifier":
        return found, ""
    return _REFERENCES.get(kind, "reference"), package_url("maven-central" if kind == "mavenCentral" else kind, text)


def texts(value: object) -> Iterable[str]:
    """Return every text in a value, in order; numbers as they are written, without types and terms of closed lists."""
    # Nearly every value is one text or absent.
    if isinstance(value, str):
        return (value,)
    return () if value is None else _walk(value)


def first_text(value: object) -> str:
    """Return the first text in a value, or nothing."""
    return value if isinstance(value, str) else next(iter(texts(value)), "")


def _walk(value: object) -> Iterator[str]:
    stack = [value]
    while stack:
        match stack.pop():
            case str(text):
                yield text
            case bool() | None:
                pass
            case int() | float() | Decimal() as number:
                yield str(number)
            case list(entries):
                stack.extend(reversed(entries))
            case dict(entries):
                stack.extend(reversed([inner for key, inner in entries.items() if not _is_term(key, inner)]))


# What the parts of an element hold besides names.
_TERMS: Final = frozenset(
    {"@id", "@group", "algorithm", "contentIdentifierType", "contentType", "externalIdentifierType", "externalRefType"}
)


def _is_term(key: str, value: object) -> bool:
    if key == "@type":
        return isinstance(value, str) and local(value).lower() in GROUPS
    return key in _TERMS


class Node(msgspec.Struct, frozen=True, gc=False):
    """One element. `values` has local names; an element in it is replaced by its id.

    `ref` is the id as the document writes it, or empty; `id` is never empty.
    """

    id: str
    ref: str
    type: str
    group: str
    values: dict[str, object]
    pointer: str


def first(node: Node, key: str) -> str:
    """Return the first text of a property, or nothing."""
    return first_text(node.values.get(key))


class Graph:
    """The elements of a document, wherever they stand and however JSON-LD spells them.

    `parts` are the objects with an id that are no elements, such as blank `CreationInfo` nodes; `stray` are
    values that are nothing, with their pointer; `versions` come from the contexts.
    """

    def __init__(self, value: object, source: Source) -> None:
        self.nodes: list[Node] = []
        self.parts: dict[str, list[dict[str, object]]] = {}
        #: Those of `parts` that stand inside an element.
        self.placed: set[str] = set()
        self.stray: list[tuple[str, object]] = []
        self.versions: list[str] = []
        #: Contexts that are not SPDX's; they are never fetched.
        self.contexts: list[str] = []
        self._source = source
        self._terms: dict[str, str] = {}
        self._names: dict[str, str] = {}
        self._entries(value, None, 1)

    def expand(self, ref: str) -> str:
        """Return an id with the prefix that the context gives a meaning replaced (JSON-LD 1.1, 4.1.5)."""
        if not self._terms:
            return ref
        prefix, colon, rest = ref.partition(":")
        known = self._terms.get(prefix) if colon and not rest.startswith("//") else None
        return known + rest if known else ref

    def _entries(self, value: object, place: Place, depth: int) -> None:
        """Read what stands in a graph, or at the top of the document."""
        self._check(depth)
        single = not isinstance(value, list)
        for index, entry in enumerate(value if isinstance(value, list) else [value]):
            here = place if single else (place, index)
            if isinstance(entry, dict):
                self._object(entry, here, depth + 1, "", top=True)
            elif isinstance(entry, list):
                self._entries(entry, here, depth + 1)
            elif entry:
                self.stray.append((_pointer(here) or "/", entry))

    def _any(self, value: object, place: Place, depth: int, expected: str) -> object:
        if isinstance(value, dict):
            return self._object(value, place, depth, expected)
        if isinstance(value, list):
            self._check(depth)
            return [self._any(entry, (place, index), depth + 1, expected) for index, entry in enumerate(value)]
        return value

    def _object(self, raw: dict[str, object], place: Place, depth: int, expected: str, *, top: bool = False) -> object:
        self._check(depth)
        if "@context" in raw:
            self._context(raw["@context"])
        for wrapper in ("@value", "@list", "@set"):
            if wrapper in raw:
                return self._any(raw[wrapper], place, depth + 1, expected)
        values: dict[str, object] = {}
        for key, given in raw.items():
            name = self._names.get(key) or self._name(key)
            if name in {"@graph", "@included"}:
                self._entries(given, (place, key), depth + 1)
            elif name != "@context" and given is not None:
                known = isinstance(given, str)
                made = given if known else self._any(given, (place, key), depth + 1, _EXPECTED.get(name, ""))
                _put(values, name, made)
        return self._made(values, place, expected, top=top)

    def _made(self, values: dict[str, object], place: Place, expected: str, *, top: bool) -> object:
        """Return the id of an element, or the object itself where it is part of one."""
        ref = first_text(values.pop("@id", None))
        names = [local(self._terms.get(text, text)) for text in texts(values.pop("@type", None))]
        type_ = next((name for name in names if name.lower() in GROUPS), names[0] if names else "")
        if ref and not values and not type_:
            return ref
        group = GROUPS.get((type_ or expected).lower(), "")
        if type_ and not group:
            values["@type"] = type_
        named = bool(ref) and not ref.startswith("_:")
        unknown = bool(ref or type_) if top else expected == "Element" or (named and expected != "Extension")
        if group not in PARTS and (group or unknown):
            id_ = self.expand(ref) or f"_:/{len(self.nodes)}"
            pointer = _pointer(place)
            self.nodes.append(Node(id_, ref, type_ or expected, group or "component", values, pointer))
            return id_
        if ref:
            self.parts.setdefault(self.expand(ref), []).append({**values, "@group": group})
            if not top:
                self.placed.add(self.expand(ref))
        elif top and values:
            self.stray.append((_pointer(place), values))
        return values

    def _context(self, value: object) -> None:
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, str):
                found = _VERSION.search(one)
                (self.versions if found else self.contexts).append(found[1].rstrip(".") if found else one)
            elif isinstance(one, dict):
                for term, meaning in one.items():
                    iri = meaning.get("@id") if isinstance(meaning, dict) else meaning
                    if isinstance(iri, str) and term[:1] != "@":
                        self._terms[term] = iri
                        self._names.clear()

    def _name(self, key: str) -> str:
        term = self._terms.get(key, key)
        name = _KEYWORDS.get(term) or local(term)
        self._names[key] = name = _KEYWORDS.get(name, name) or key
        return name

    def _check(self, depth: int) -> None:
        if depth > self._source.limits.depth:
            raise LimitExceeded(self._source.path, f"more than {self._source.limits.depth} levels deep")


def _put(values: dict[str, object], name: str, made: object) -> None:
    """Set a property; one that is spelt in two ways keeps the values of both."""
    if name not in values:
        values[name] = made
        return
    held = values[name]
    if not isinstance(held, list):
        held = values[name] = [held]
    held.extend(made if isinstance(made, list) else [made])


def _pointer(place: Place) -> str:
    """Return the JSON pointer of a place, up to the first key that would have to be escaped in it."""
    keys: list[str] = []
    while place is not None:
        place, key = place
        keys.append(str(key))
    pointer = ""
    for key in reversed(keys):
        if "/" in key or "~" in key:
            break
        pointer += f"/{key}"
    return pointer
