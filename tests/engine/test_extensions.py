"""Schema, documentation and reader speak of the same attributes."""

import re
from pathlib import Path

import pytest
from lxml import etree

from server.engine import approval, read, supported, xml

ROOT = Path(__file__).parents[2]
XSD = ROOT / "docs/schema/greengate-bpmn.xsd"
SCHEMA = "{http://www.w3.org/2001/XMLSchema}"


def declared() -> set[str]:
    root = etree.parse(XSD).getroot()
    return {str(node.get("name")) for node in root.findall(f"{SCHEMA}attribute")}


def test_reader_schema_and_page_name_the_same_attributes() -> None:
    source = "".join(Path(each.__file__).read_text(encoding="utf-8") for each in (read, approval))
    assert set(re.findall(r'ours\(\w+, "(\w+)"\)', source)) == declared()
    page = (ROOT / "docs/bpmn-extensions.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `gg:(\w+)`", page, re.MULTILINE)) == declared()


def test_page_names_every_element_that_runs() -> None:
    page = (ROOT / "docs/bpmn-extensions.md").read_text(encoding="utf-8")
    assert [tag for tag in supported.KINDS if f"`{tag}`" not in page] == []


@pytest.mark.parametrize(
    ("element", "valid"),
    [
        ('<gg:parameter name="a" value="b"/>', True),
        ('<gg:parameter name="a"/>', False),
        ("<gg:parameter/>", False),
        ('<gg:seat by="role" of="office"/>', True),
        ('<gg:seat by="head_above" levels="2" unit="authority" weight="3"/>', True),
        ('<gg:seat by="lead_unit" row="2.1.3" post="liaison"/>', True),
        ('<gg:seat by="form_field" of="ask.unit" post="liaison"/>', True),
        ('<gg:seat by="friend"/>', False),
        ('<gg:seat by="lead_unit" row=""/>', False),
        ("<gg:seat/>", False),
        ("<gg:unknown/>", False),
    ],
)
def test_schema_checks_the_extension_element(element: str, valid: bool) -> None:
    wrapped = etree.fromstring(f'<x xmlns:gg="{xml.GG}">{element}</x>')
    assert etree.XMLSchema(etree.parse(XSD)).validate(wrapped[0]) is valid


@pytest.mark.parametrize(
    ("attribute", "value", "valid"),
    [
        ("opens", "percent", True),
        ("opens", "sometimes", False),
        ("opensAt", "80", True),
        ("opensAt", "0", False),
        ("openChildren", "carry_over", True),
        ("policy", "lottery", False),
        ("policyAt", "0", False),
        ("votes", "majority", True),
        ("votes", "loudest", False),
        ("whenEmpty", "skip", True),
        ("batch", "true", True),
        ("batch", "often", False),
        ("resubmit", "straight", True),
        ("resubmit", "sometimes", False),
        ("returnTargets", "a b", True),
        ("returnTargets", "a 1", False),
        ("phase", "", False),
    ],
)
def test_schema_checks_attribute_values(attribute: str, value: str, valid: bool) -> None:
    wrapper = f"""<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:gg="{xml.GG}">
      <xs:import namespace="{xml.GG}" schemaLocation="{XSD.as_uri()}"/>
      <xs:element name="x"><xs:complexType><xs:attribute ref="gg:{attribute}"/></xs:complexType></xs:element>
    </xs:schema>"""
    schema = etree.XMLSchema(etree.fromstring(wrapper))
    node = etree.Element("x", {f"{{{xml.GG}}}{attribute}": value})
    assert schema.validate(node) is valid
