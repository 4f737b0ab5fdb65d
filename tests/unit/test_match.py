"""What each field's matcher sees, and what it must not see."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import cyclonedx
from debar.match import Matcher, match
from debar.match.addresses import split_url
from debar.match.names import Parties
from debar.match.packages import split_purl
from debar.match.things import split_cpe
from debar.model.policy import Confidence, FactKind, Pack
from debar.read import read

CERTAIN, LIKELY, WEAK = Confidence.CERTAIN, Confidence.LIKELY, Confidence.WEAK
K = FactKind


@pytest.fixture(scope="session")
def matcher(tiny_pack: Pack) -> Matcher:
    return Matcher(tiny_pack)


@pytest.mark.parametrize(
    ("field", "value", "kind", "confidence"),
    [
        ("supplier", "Kaspersky Lab", K.PARTY, CERTAIN),
        ("supplier", "AO KASPERSKY LAB", K.PARTY, CERTAIN),
        ("supplier", "АО «Лаборатория Касперского»", K.PARTY, CERTAIN),
        ("author", "Kaspersky Lab <dev@kaspersky.com>", K.PARTY, CERTAIN),
        ("author", "Jane Doe, Kaspersky Lab", K.PARTY, CERTAIN),
        ("publisher", "Kaspersky Lab Somewhere Ltd", K.PARTY, LIKELY),
        ("supplier", "Kapersky", K.PARTY, LIKELY),
        ("supplier", "Kaspersky UK", K.PARTY, LIKELY),
        ("supplier", "Acme (Kaspersky Lab)", K.PARTY, LIKELY),
        ("supplier", "A Kaspersky Lab company", K.PARTY, LIKELY),
        ("supplier", "Kaspersky Lab\u2122", K.PARTY, CERTAIN),
        ("supplier", "KasperskyLabInc", K.PARTY, LIKELY),
        ("supplier", "K.a.s.p.e.r.s.k.y", K.PARTY, LIKELY),
        ("supplier", "Ka5persky Lab", K.PARTY, LIKELY),
        ("supplier", "Kаspersky Lab", K.PARTY, CERTAIN),
        ("provider", "Kaspersky", K.PARTY, CERTAIN),
        ("cpe", "cpe:2.3:a:kaspersky:antivirus_engine:8.9.2:*:*:*:*:*:*:*", K.CPE, CERTAIN),
        ("cpe", "cpe:/a:kaspersky%5flab:anything", K.CPE_VENDOR, CERTAIN),
        ("cpe", "cpe:2.3:a:ao_kaspersky_lab:x:1:*:*:*:*:*:*:*", K.PARTY, LIKELY),
        ("cpe", "cpe:2.3:a:acme:kaspersky_internet_security:1:*:*:*:*:*:*:*", K.PRODUCT, LIKELY),
        ("cpe", "cpe:/a:kaspersky_lab:kaspersky_internet_security_2017", K.PRODUCT, CERTAIN),
        ("name", "Kaspersky Anti-Virus 21.3 for Linux", K.PRODUCT, CERTAIN),
        ("name", "Remover of Kaspersky Anti-Virus", K.PRODUCT, LIKELY),
        ("name", "KasperskyInternetSecurity", K.PRODUCT, LIKELY),
        ("name", "Kaspersky Thin Client", K.PARTY, LIKELY),
        ("name", "Kaspersky%20Thin%20Client", K.PARTY, LIKELY),
        ("name", "Security by Kaspersky", K.PARTY, LIKELY),
        ("ref", "Kaspersky Anti-Virus", K.PRODUCT, LIKELY),
        ("group", "Kaspersky Lab", K.PARTY, CERTAIN),
        ("name", "opentip", K.PACKAGE, LIKELY),
        ("name", "pip:opentip", K.PACKAGE, CERTAIN),
        ("name", "@kaspersky/hexa-ui", K.PACKAGE, CERTAIN),
        ("name", "@kaspersky/anything", K.NAMESPACE, CERTAIN),
        ("group", "@kaspersky", K.NAMESPACE, CERTAIN),
        ("group", "com.kaspersky.android-components", K.NAMESPACE, CERTAIN),
        ("purl", "pkg:pypi/opentip@1.2", K.PACKAGE, CERTAIN),
        ("purl", "pkg:npm/%40kaspersky/hexa-ui@6.1", K.PACKAGE, CERTAIN),
        ("purl", "pkg:npm/@kaspersky/hexa-ui@6.1", K.PACKAGE, CERTAIN),
        ("purl", "pkg:npm/%40kaspersky%2Fhexa-ui@6.1", K.PACKAGE, CERTAIN),
        ("purl", "PKG:NPM/%40Kaspersky/hexa-ui", K.PACKAGE, CERTAIN),
        ("purl", "pkg:npm/%2540kaspersky/hexa-ui", K.PACKAGE, CERTAIN),
        ("purl", "pkg:npm/%40kaspersky/new-thing", K.NAMESPACE, CERTAIN),
        ("purl", "pkg:maven/com.kaspersky.android-components/kaspresso@1.5", K.NAMESPACE, CERTAIN),
        ("purl", "pkg:deb/debian/kesl@12?arch=amd64", K.PACKAGE, CERTAIN),
        ("purl", "pkg:github/kasperskylab/klara", K.REPOSITORY, CERTAIN),
        ("purl", "pkg:golang/github.com/KasperskyLab/klogga@v1", K.REPOSITORY, CERTAIN),
        ("purl", "pkg:generic/av?vcs_url=git%2Bhttps:%2F%2Fgithub.com%2FKasperskyLab%2Fklara", K.REPOSITORY, CERTAIN),
        ("purl", "pkg:golang/example.com/x#internal/multiav/kaspersky", K.PARTY, LIKELY),
        ("purl", "pkg:swid/Kaspersky/thing@1?tag_id=x", K.PARTY, CERTAIN),
        ("purl", "pkg:docker/kaspersky/engine@1", K.PARTY, LIKELY),
        ("purl", "pkg:nuget/Kaspersky.Endpoint.Security@1", K.PARTY, LIKELY),
        ("purl", "pkg:maven/com.kaspersky.sdk/core@1", K.PARTY, LIKELY),
        ("purl", "pkg:golang/kaspersky.com/sdk@v1", K.PARTY, LIKELY),
        ("vcs", "git+https://github.com/KasperskyLab/uif.git#main", K.REPOSITORY, LIKELY),
        ("vcs", "git@github.com:KasperskyLab/uif.git", K.REPOSITORY, LIKELY),
        ("vcs", "git+git@github.com:KasperskyLab/uif.git", K.REPOSITORY, LIKELY),
        ("vcs", "scm:git:https://github.com/KasperskyLab/uif", K.REPOSITORY, LIKELY),
        ("vcs", "KasperskyLab/uif", K.REPOSITORY, LIKELY),
        ("website", "HTTPS://GITHUB.COM/KASPERSKYLAB/UIF.GIT", K.REPOSITORY, LIKELY),
        ("endpoint", "https://dc1.ksn.kaspersky-labs.com/", K.HOST, CERTAIN),
        ("distribution", "http://user@ksn.kaspersky-labs.com:8080/x", K.HOST, CERTAIN),
        ("endpoint", "https://*.ksn.kaspersky-labs.com:443", K.HOST, CERTAIN),
        ("endpoint", "{region}.ksn.kaspersky-labs.com", K.HOST, CERTAIN),
        ("endpoint", "https:/dl.ksn.kaspersky-labs%2ecom/x", K.HOST, CERTAIN),
        ("distribution", "https://a.example https://ksn.kaspersky-labs.com/x", K.HOST, CERTAIN),
        ("distribution", "file:///opt/kaspersky/kesl/bin/kesl", K.FILE, CERTAIN),
        ("distribution", "https://raw.githubusercontent.com/KasperskyLab/klara/x", K.REPOSITORY, CERTAIN),
        ("website", "https://kasperskylab.github.io/x", K.REPOSITORY, LIKELY),
        ("website", "https://www.kaspersky.co.uk/", K.PARTY, LIKELY),
        ("documentation", "https://www.kaspersky.com/blog/1", K.HOST, WEAK),
        ("contact", "someone@kaspersky.com", K.HOST, WEAK),
        ("file-name", "C:\\Windows\\system32\\drivers\\klif.sys", K.FILE, LIKELY),
        ("file-name", "libs/KL_Base_SDK_Android_5.18.0.215_Release.aar", K.FILE, CERTAIN),
        ("file-name", "./opt/kaspersky/kesl/bin/kesl", K.FILE, CERTAIN),
        ("file-name", "etc/kavicapd.xml", K.FILE, CERTAIN),
        ("file-name", "kesl_12.1.0-1543_amd64.deb", K.PACKAGE, CERTAIN),
        ("occurrence", "classes/com/kavsdk/license/License.class", K.IDENTIFIER, CERTAIN),
        ("code", "com.kavsdk.license", K.IDENTIFIER, CERTAIN),
        ("identifier", "1.3.6.1.4.1.23668.1004", K.IDENTIFIER, CERTAIN),
        ("signer", "CN=Some Product, O=Kaspersky Lab, C=RU", K.IDENTIFIER, CERTAIN),
        ("signer", "C=RU," * 60 + "O=Kaspersky Lab", K.IDENTIFIER, CERTAIN),
        ("signer", "CN=*.kaspersky.com", K.HOST, WEAK),
        ("code", "com.kaspersky.sdk.Engine", K.PARTY, LIKELY),
        ("file-name", "bin/Kaspersky Internet Security.exe", K.PRODUCT, LIKELY),
        ("property", "av.engine=kaspersky-lab-engine", K.TOKEN, LIKELY),
        ("property", "vendor=Kaspersky Lab", K.PARTY, WEAK),
        ("description", "Powered by Kaspersky Lab", K.PARTY, WEAK),
        ("description", "Bundles Kaspersky Anti-Virus", K.PRODUCT, WEAK),
        ("group", "kаspersky", K.STEM, LIKELY),
        ("supplier", "support@ksn.kaspersky-labs.com", K.HOST, LIKELY),
        ("author", " <support@kaspersky.com> ", K.HOST, WEAK),
        ("property", "sign=Developer ID Application: Some Name (7729AB3410)", K.IDENTIFIER, LIKELY),
        ("signer", "CN=Some Name + serialNumber=7729AB3410", K.IDENTIFIER, CERTAIN),
    ],
)
def test_seen(matcher: Matcher, field: str, value: str, kind: FactKind, confidence: Confidence) -> None:
    hits = {(hit.fact.kind, hit.cap) for hit in matcher.hits(field, value)}

    assert (kind, confidence) in hits


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("supplier", "Kasperski"),
        ("supplier", "Natalya Kasperskaya"),
        ("supplier", "Kris Kaspersky"),
        ("supplier", "NOASSERTION"),
        ("author", "Arseny Krasnov <someone@kaspersky.com>"),
        ("name", "kaspersky-free-name-generator"),
        ("name", "klara"),
        ("name", "@someone/kaspersky"),
        ("name", "avp"),
        ("name", "fakesleep"),
        ("purl", "pkg:npm/kaspersky-free-name-generator@1"),
        ("purl", "pkg:npm/opentip@1"),
        ("purl", "pkg:github/kasperskytte/ampvis2"),
        ("purl", "pkg:github/kaspersky/gengine"),
        ("purl", "pkg:npm/%40kaspersky-fans/x"),
        ("purl", "pkg:deb/debian/python3-fakesleep@1"),
        ("purl", "pkg:/"),
        ("purl", "NOASSERTION"),
        ("purl", ""),
        ("vcs", "https://github.com/KasperSkytte/ampvis2"),
        ("vcs", "https://github.com/BratishkaAlex/Kaspersky"),
        ("vcs", "https://github.com/kaspersky/gengine"),
        ("website", "https://notkaspersky.com/"),
        ("website", "https://kaspersky.com.example.org/"),
        ("website", "not a url"),
        ("endpoint", "http://[broken"),
        ("cpe", "cpe:2.3:a:redis:redis:*:*:*:*:*:*:*:*"),
        ("cpe", "cpe:2.3:a"),
        ("file-name", "icons/kaspersky.svg"),
        ("file-name", "waveserver.exe"),
        ("code", "com.kavsdkish.x"),
        ("identifier", "1.3.6.1.4.1.236689"),
        ("property", "sign=Some Name (7729AB34100)"),
        ("hash", "AGHT+CgPkav7MeO"),
        ("vulnerability", "Kaspersky Lab"),
        ("bom-tool", "Kaspersky Lab"),
        ("licensee", "Kaspersky Lab"),
    ],
)
def test_not_seen(matcher: Matcher, field: str, value: str) -> None:
    assert matcher.hits(field, value) == []


@pytest.mark.parametrize("purl", ["x", "pkg:generic/agent@1", "pkg:/"])
def test_a_purl_of_another_name_silences_nothing(tiny_pack: Pack, purl: str) -> None:
    found = match(read(cyclonedx({"name": "Kaspersky Lab", "purl": purl}), "x"), tiny_pack)

    assert [item.field for item in found.evidence] == ["name"]


def test_a_short_name_does_not_count_where_a_purl_says_otherwise(tiny_pack: Pack) -> None:
    found = match(read(cyclonedx({"name": "opentip", "purl": "pkg:npm/opentip@1"}), "x"), tiny_pack)

    assert found.evidence == ()


@pytest.mark.parametrize(
    ("component", "field", "why"),
    [
        ({"name": "kaspersky-free-name-generator"}, "name", "names no known product"),
        ({"publisher": "Kris Kaspersky"}, "publisher", "a person's name"),
        ({"publisher": "Jan Kasperski"}, "publisher", '"kasperski" is known as a name of others'),
        ({"purl": "pkg:github/kaspersky/gengine@1"}, "purl", "the owner of an account"),
        ({"purl": "pkg:npm/kaspersky-free-name-generator@1"}, "purl", "no package of the vendor"),
        ({"purl": "pkg:npm/%40kasperskytte/x@1"}, "purl", "part of a longer word"),
        ({"type": "file", "name": "icons/kaspersky.svg"}, "file-name", "a file named for the vendor"),
        (
            {"externalReferences": [{"type": "vcs", "url": "https://github.com/someone/kaspersky"}]},
            "vcs",
            "the owner of an account",
        ),
        ({"name": "klara"}, "name", "has the name of github.com/KasperskyLab/klara"),
        ({"name": "opentip", "purl": "pkg:npm/opentip@1"}, "name", "has the name of opentip"),
    ],
)
def test_what_looks_alike_and_is_not_flagged_says_why(
    tiny_pack: Pack, component: dict[str, str], field: str, why: str
) -> None:
    found = match(read(cyclonedx({"name": "a", **component}), "x"), tiny_pack)

    assert found.evidence == ()
    assert [miss.field for miss in found.near_misses if why in miss.why] == [field]


def test_a_namesake_of_something_flagged_is_no_near_miss(tiny_pack: Pack) -> None:
    found = match(read(cyclonedx({"name": "klara", "supplier": {"name": "Kaspersky Lab"}}), "x"), tiny_pack)

    assert found.near_misses == ()


def test_the_maker_of_the_sbom_counts_where_the_product_names_no_party(tiny_pack: Pack) -> None:
    product = {"type": "application", "bom-ref": "product", "name": "suite"}
    own = cyclonedx({"name": "a"}, metadata={"component": product, "manufacturer": {"name": "Kaspersky Lab"}})
    signed = {**product, "supplier": {"name": "ACME"}}
    other = cyclonedx({"name": "a"}, metadata={"component": signed, "manufacturer": {"name": "Kaspersky Lab"}})

    assert [(item.field, item.confidence) for item in match(read(own, "x"), tiny_pack).evidence] == [
        ("bom-author", LIKELY)
    ]
    assert match(read(other, "x"), tiny_pack).evidence == ()


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace(
            '"name": "a"', '"name": "a", "description": "Kaspersky", "x": "Kaspersky Anti-Virus"'
        ),
        lambda text: text.replace('"name": "a"', '"name": "Kaspersky SDK", "name": "a"'),
        lambda text: text.replace('"name": "a"', '"name": "a", "x-vendor": "Kaspersky"'),
        lambda text: text.replace('"name": "a"', '"name": "a", "x-kaspersky": true'),
        lambda text: text.replace('"name": "a"', '"name": "a", "x-vendor": "\\u004baspersky"'),
        lambda text: text.replace('"name": "a"', '"name": "a", "x-vendor": "K%61spersky"'),
        lambda text: text.replace('"name": "a"', '"name": "a", "x-vendor": "Kаspersky"'),
    ],
    ids=[
        "laundered by prose",
        "shadowed duplicate key",
        "unknown key",
        "in a key",
        "JSON escape",
        "percent escape",
        "homoglyph",
    ],
)
def test_text_that_nothing_explains_is_evidence_with_its_line(tiny_pack: Pack, change) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001 - a lambda of the table
    text = change(cyclonedx({"name": "a"}).decode().replace(', "', ',\n"'))
    found = match(read(text.encode(), "x"), tiny_pack)

    raw = [item for item in found.evidence if item.field == "raw-text"]
    assert len(raw) == 1
    assert raw[0].line > 1


def test_a_supplier_hidden_behind_a_tool_of_the_same_name_is_evidence(tiny_pack: Pack) -> None:
    credited = [{"id": "CVE-1", "credits": {"organizations": [{"name": "Kaspersky"}]}}]
    plain = cyclonedx({"name": "a"}, vulnerabilities=credited)
    shadowed = plain.replace(b'"name": "a"', b'"supplier": {"name": "Kaspersky"}, "supplier": {}, "name": "a"')

    assert match(read(plain, "x"), tiny_pack).evidence == ()
    assert [item.field for item in match(read(shadowed, "x"), tiny_pack).evidence] == ["raw-text"]


@pytest.mark.parametrize(
    "hidden",
    [
        "<x>Kasper<!-- -->sky Lab</x>",
        "<x>Kasper<![CDATA[sky]]> Lab</x>",
        "<x>Kasper<?p ?>sky Lab</x>",
        "<x>Ka&#115;persky</x>",
    ],
)
def test_text_split_by_what_xml_allows_is_joined_before_the_sweep(tiny_pack: Pack, hidden: str) -> None:
    component = f'<component type="library"><name>a</name>{hidden}</component>'
    text = f'<bom xmlns="http://cyclonedx.org/schema/bom/1.5"><components>{component}</components></bom>'

    assert match(read(text.encode(), "x"), tiny_pack).evidence


@pytest.mark.parametrize("text", ["Not Kaspersky \U0001f600", "caf\u00e9 Kaspersky"])
def test_escapes_of_ordinary_json_are_no_disguise(tiny_pack: Pack, text: str) -> None:
    data = json.dumps(json.loads(cyclonedx({"name": "a", "description": text})))

    assert {item.field for item in match(read(data.encode(), "x"), tiny_pack).evidence} == {"description"}


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://a.example/b/c?d#e", ("a.example", "b/c")),
        ("git+ssh://git@a.example/b.git", ("a.example", "b.git")),
        ("a.example/b", ("a.example", "b")),
        ("a.example.", ("a.example", "")),
        ("git@a.example:b/c", ("a.example", "b/c")),
        ("b/c", None),
        ("", None),
    ],
)
def test_addresses_are_split_in_every_spelling(url: str, expected: tuple[str, str] | None) -> None:
    assert split_url(url) == expected


@pytest.mark.parametrize(
    ("cpe", "expected"),
    [
        ("cpe:2.3:a:a\\:b:c\\/d:1:*:*:*:*:*:*:*", ("a:b", "c/d")),
        ("cpe:/a:x%5fy:z", ("x_y", "z")),
        ("cpe:/a", None),
        ("nonsense", None),
    ],
)
def test_cpe_names_are_split_without_their_escapes(cpe: str, expected: tuple[str, str] | None) -> None:
    assert split_cpe(cpe) == expected


def test_purl_parts() -> None:
    purl = split_purl("pkg://Maven/org.acme/a%2Bb@1.0?type=jar&classifier=x#sub/path")

    assert purl is not None
    assert purl == ("maven", "org.acme", "a+b", "1.0", (("type", "jar"), ("classifier", "x")), "sub/path")


@pytest.mark.parametrize(
    ("names", "gathered"),
    [(("avp.exe", "x.kdl"), 2), (("avp.exe", "bin/avp.exe"), 0), (("avp.exe", "a.txt"), 0), (("klif.sys", "x.kdl"), 0)],
    ids=["two facts", "one fact twice", "one fact", "one of them is more than weak"],
)
def test_weak_signs_in_the_parts_of_a_component_are_gathered_on_it(
    tiny_pack: Pack, names: tuple[str, str], gathered: int
) -> None:
    parts = [{"type": "file", "name": name} for name in names]
    inventory = read(cyclonedx({"name": "agent", "components": parts}), "x")
    whole = next(number for number, item in enumerate(inventory.components) if item.name == "agent")

    assert sum(item.component == whole for item in match(inventory, tiny_pack).evidence) == gathered


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("Person: A Contributor (someone@kaspersky.com)", ["contact"]),
        ("Person: A Contributor <someone@kaspersky.com>", ["contact"]),
        ("Organization: Kaspersky Lab (someone@kaspersky.com)", ["contact", "supplier"]),
    ],
)
@pytest.mark.parametrize("notation", ["json", "tag-value"])
def test_a_party_that_a_reader_took_apart_is_explained(
    tiny_pack: Pack, text: str, seen: list[str], notation: str
) -> None:
    if notation == "json":
        package = {"SPDXID": "SPDXRef-a", "name": "a", "supplier": text}
        document = {"spdxVersion": "SPDX-2.3", "SPDXID": "SPDXRef-DOCUMENT", "name": "d", "packages": [package]}
        data = json.dumps(document)
    else:
        head = "SPDXVersion: SPDX-2.3\nSPDXID: SPDXRef-DOCUMENT\nPackageName: a\nSPDXID: SPDXRef-a\n"
        data = f"{head}PackageSupplier: {text}\n"
    found = match(read(data.encode(), "x"), tiny_pack)

    assert sorted({item.field for item in found.evidence}) == seen


def test_quotes_within_a_text_of_xml_do_not_cut_it(tiny_pack: Pack) -> None:
    component = '<component type="library"><name>The "Kaspersky Lab" way</name></component>'
    text = f'<bom xmlns="http://cyclonedx.org/schema/bom/1.5"><components>{component}</components></bom>'

    assert {item.field for item in match(read(text.encode(), "x"), tiny_pack).evidence} == {"name"}


@given(st.text("kK4aA@sS5$pe3rRy. -_Lb", min_size=7, max_size=14))
def test_what_is_guessed_at_resembles_a_name(tiny_pack: Pack, value: str) -> None:
    parties = Parties(tiny_pack)

    assert parties.resembled(value) or not list(parties.guess(value))


@given(st.integers(0, 9), st.sampled_from("kasperylx45-. "), st.sampled_from(["add", "drop", "replace", "swap"]))
def test_every_slip_resembles_the_name(tiny_pack: Pack, at: int, letter: str, slip: str) -> None:
    name = "kaspersky"
    at = min(at, len(name) - 1)
    slipped = {
        "add": name[:at] + letter + name[at:],
        "drop": name[:at] + name[at + 1 :],
        "replace": name[:at] + letter + name[at + 1 :],
        "swap": name[:at] + name[at : at + 2][::-1] + name[at + 2 :],
    }[slip]
    parties = Parties(tiny_pack)

    assert set(parties.suspects(["a", slipped, "b"])) <= {slipped}
    assert parties.resembled(slipped) or not list(parties.guess(slipped))


def test_an_address_inside_a_notice_of_tag_value_is_explained(tiny_pack: Pack) -> None:
    notice = "Copyright 2021 Jane Doe <jane.doe@kaspersky.com>"
    head = "SPDXVersion: SPDX-2.3\nSPDXID: SPDXRef-DOCUMENT\nPackageName: a\nSPDXID: SPDXRef-a\n"
    for text in (notice, f"<text>{notice}</text>", f"<text>{notice}\nall rights reserved</text>"):
        found = match(read(f"{head}PackageCopyrightText: {text}\n".encode(), "x"), tiny_pack)

        assert {item.field for item in found.evidence} <= {"copyright"}
