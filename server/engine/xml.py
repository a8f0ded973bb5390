"""Reading uploaded XML without giving it any power: no entities, no DTD, no network, limits on size."""

from typing import Any

from lxml import etree

from server.engine.shapes import Finding

MAX_BYTES = 1 << 20
MAX_ELEMENTS = 5_000

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
BPMNDI = "http://www.omg.org/spec/BPMN/20100524/DI"
GG = "urn:greengate:bpmn:1"
_BPMN_FAMILY = ("http://www.omg.org/spec/BPMN/", "http://www.omg.org/spec/DD/", "http://bpmn.io/schema/")

Node = etree._Element


def parse(data: bytes, max_elements: int = MAX_ELEMENTS) -> tuple[Node | None, tuple[Finding, ...]]:
    """The root, or the reasons why there is none. Never raises on what the bytes hold."""
    if len(data) > MAX_BYTES:
        return None, (_refuse("xml-too-large", size=len(data), limit=MAX_BYTES),)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return None, (_refuse("xml-encoding", at=error.start),)
    if "<!DOCTYPE" in text:
        return None, (_refuse("xml-doctype"),)
    try:
        root = etree.fromstring(data, _parser())
    except etree.XMLSyntaxError as error:
        line = error.lineno or 1
        return None, (_refuse("xml-malformed", line=line, detail=_short(error.msg)),)
    except (ValueError, LookupError) as error:
        return None, (_refuse("xml-malformed", line=1, detail=_short(str(error))),)
    docinfo: Any = root.getroottree().docinfo
    if docinfo.doctype or docinfo.internalDTD is not None:
        return None, (_refuse("xml-doctype"),)
    encoding = (docinfo.encoding or "UTF-8").upper()
    if encoding not in ("UTF-8", "UTF8", "US-ASCII", "ASCII"):
        return None, (_refuse("xml-encoding", at=0),)
    count = sum(1 for _ in root.iter(etree.Element))
    if count > max_elements:
        return None, (_refuse("xml-too-many", count=count, limit=max_elements),)
    return root, ()


def _parser() -> etree.XMLParser:
    return etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        remove_blank_text=False,
    )


def _short(text: str | None) -> str:
    return (text or "").split("\n", 1)[0][:200]


def _refuse(rule: str, line: int | None = None, **params: str | int) -> Finding:
    return Finding(rule, "error", line=line, params=params)


def local(node: Node) -> str:
    """Tag without its namespace."""
    return etree.QName(node).localname


def namespace(node: Node) -> str:
    """Namespace of the tag, empty when there is none."""
    return etree.QName(node).namespace or ""


def is_bpmn(node: Node) -> bool:
    """Whether the element belongs to the BPMN model itself."""
    return namespace(node) == BPMN


def is_known_namespace(uri: str) -> bool:
    """Model, drawing and our own extension; anything else is another product's."""
    return uri in ("", GG) or uri.startswith(_BPMN_FAMILY) or uri.startswith("http://www.w3.org/")


def children(node: Node, name: str | None = None) -> list[Node]:
    """Direct BPMN children, of one tag if wanted."""
    return [child for child in node if is_bpmn(child) and (name is None or local(child) == name)]


def child(node: Node, name: str) -> Node | None:
    """First direct BPMN child of that tag."""
    found = children(node, name)
    return found[0] if found else None


def text(node: Node | None) -> str:
    """All text below, stripped."""
    return "" if node is None else "".join(str(piece) for piece in node.itertext()).strip()


def line(node: Node) -> int | None:
    """Line in the file."""
    number: Any = node.sourceline
    return int(number) if number else None


def attribute_namespaces(node: Node) -> set[str]:
    """Namespaces of the attributes of one element."""
    return {etree.QName(str(name)).namespace or "" for name in node.attrib}


def our_attributes(node: Node) -> list[str]:
    """Local names of our own attributes on one element."""
    names = [etree.QName(str(name)) for name in node.attrib]
    return [name.localname for name in names if name.namespace == GG]


def ours(node: Node, name: str) -> str | None:
    """Value of one of our own attributes; blank counts as absent."""
    value = node.get(f"{{{GG}}}{name}")
    return value.strip() or None if value is not None else None
