"""The OpenAPI document says what the routes do, and is itself well made."""

import re
from importlib.resources import files
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from server.api.document import DOCUMENT, OPERATIONS
from server.api.schemas import SCHEMAS
from server.identity.permissions import Permission
from tests.api.support import City
from tests.arch.sources import ROOT


def test_every_route_is_described_and_every_description_has_a_route(city: City) -> None:
    routes = {
        (rule.endpoint.removeprefix("api."), method, re.sub(r"<[^>]+>", "{id}", rule.rule))
        for rule in city.app.url_map.iter_rules()
        if rule.endpoint.startswith("api.")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    described = {(each.name, each.method, f"/api/v1{each.path}") for each in OPERATIONS.values()}
    assert routes == described


def test_the_document_is_served_to_everybody(city: City) -> None:
    given = city.nobody().get("/openapi.json")
    assert given.status_code == 200
    assert given.json == DOCUMENT


def test_everything_but_the_document_needs_a_scope() -> None:
    assert {name for name, each in OPERATIONS.items() if not each.scopes} == {"openapi"}
    known = {permission.value for permission in Permission}
    assert {scope for each in OPERATIONS.values() for scope in each.scopes} <= known


@pytest.mark.parametrize("name", SCHEMAS)
def test_shapes_are_json_schemas_and_closed(name: str) -> None:
    schema = SCHEMAS[name]
    Draft202012Validator.check_schema(schema)
    assert schema["type"] == "object"
    if name != "Problem":  # a problem may carry more, says the standard
        assert schema["additionalProperties"] is False


def test_references_lead_somewhere_and_nothing_is_left_over() -> None:
    named = {each.rsplit("/", 1)[1] for each in references(DOCUMENT)}
    assert named == set(SCHEMAS)


def references(part: Any) -> list[str]:
    if isinstance(part, dict):
        own = [part["$ref"]] if "$ref" in part else []
        return own + [each for value in part.values() for each in references(value)]
    if isinstance(part, list):
        return [each for value in part for each in references(value)]
    return []


def test_the_parts_of_the_document_are_those_of_openapi_3_1() -> None:
    assert set(DOCUMENT) == {"openapi", "info", "servers", "paths", "components"}
    for path, methods in DOCUMENT["paths"].items():
        assert path.startswith("/")
        for method, entry in methods.items():
            assert method in {"get", "post"}
            in_path = [each["name"] for each in entry["parameters"] if each["in"] == "path"]
            assert in_path == re.findall(r"\{(\w+)\}", path)
            assert all(each.get("required") for each in entry["parameters"] if each["in"] == "path")
            assert all(re.fullmatch(r"[2-5]\d\d", status) for status in entry["responses"])
            assert ("requestBody" in entry) == (method == "post")


def test_the_page_for_people_names_every_route_and_scope() -> None:
    page = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    for each in OPERATIONS.values():
        assert f"`{each.method} {each.path}`" in page
        for scope in each.scopes:
            assert f"`{scope}`" in page


def test_the_words_of_the_interface_lie_in_both_catalogues() -> None:
    chinese, english = (
        re.findall(r"^([a-z-]+) =", (files("server.i18n") / language / "api.ftl").read_text("utf-8"), re.MULTILINE)
        for language in ("zh-CN", "en")
    )
    assert chinese == english
