"""What comes back, and that the reference describes it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from apiflask import APIFlask
from jsonschema import Draft202012Validator

from recommender.api import examples, openapi
from recommender.evidence import EVENTS, TABLES

ROOT = Path(__file__).resolve().parents[2]

sqlite_only = pytest.mark.parametrize("store_kind", ["sqlite"], indirect=True)


def promised(app: APIFlask, method: str, path: str, answer: Any, status: int = 200) -> None:
    """The answer is what the document says of that call."""
    spec = openapi.document(app)
    content = spec["paths"][path][method.lower()]["responses"][str(status)]["content"]["application/json"]
    schema = {**content["schema"], "components": spec["components"]}
    jsonschema.validate(answer, schema, cls=Draft202012Validator)


@sqlite_only
@pytest.mark.usefixtures("ada")
def test_answers_are_what_the_reference_says(app: APIFlask, call: Any) -> None:
    for path in ("recommendations", "path", "profile"):
        answer = call("GET", f"/v1/learners/ada/{path}").get_json()
        promised(app, "GET", f"/v1/learners/{{learner_id}}/{path}", answer)
    lists = call(
        "POST", "/v1/recommendations", json={"learner_ids": ["ada", "nobody"], "limit": 2}
    ).get_json()
    promised(app, "POST", "/v1/recommendations", lists)
    assert [one["learner_id"] for one in lists["lists"]] == ["ada"]
    assert lists["unknown"] == ["nobody"]
    assert len(lists["lists"][0]["items"]) == 2
    for path in ("/v1/learners", "/v1/modules", "/v1/competencies", "/v1/models", "/v1/departments"):
        promised(app, "GET", path, call("GET", path).get_json())
    export = call("GET", "/v1/learners/ada/export").get_json()
    assert export["learner"]["learner_id"] == "ada"


@sqlite_only
@pytest.mark.usefixtures("ada")
def test_without_a_model_the_catalogue_answers(call: Any) -> None:
    answer = call("GET", "/v1/learners/ada/recommendations?limit=3").get_json()
    assert answer["model_version"] is None
    assert answer["cold_start"] is True
    assert len(answer["items"]) == 3
    assert call("GET", "/readyz").status_code == 200


@sqlite_only
@pytest.mark.usefixtures("ada")
def test_titles_come_in_the_learners_language_unless_asked(call: Any) -> None:
    def titles(query: str) -> str:
        answer = call("GET", f"/v1/learners/ada/recommendations{query}").get_json()
        return "".join(item["title"] for item in answer["items"])

    assert re.search("[一-龥]", titles(""))
    assert titles("") == titles("?lang=zh")
    assert not re.search("[一-龥]", titles("?lang=en"))


def test_lists_are_paged_without_gaps_or_repeats(call: Any) -> None:
    ids = [f"L{n}" for n in range(7)]
    assert call("PUT", "/v1/learners", json={"learners": [{"learner_id": i} for i in ids]}).status_code == 200
    found, cursor = [], None
    for _ in range(5):
        page = call("GET", "/v1/learners", query_string={"limit": 3, "cursor": cursor or ""}).get_json()
        found += [one["learner_id"] for one in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert found == ids


def test_given_fields_are_merged(call: Any) -> None:
    call("PUT", "/v1/learners/bob", json={"name": "Bob", "role": "clerk"})
    learner = call("PUT", "/v1/learners/bob", json={"role": "chef"}).get_json()
    assert (learner["name"], learner["role"]) == ("Bob", "chef")
    learner = call("PUT", "/v1/learners/bob", json={"role": None, "active": False}).get_json()
    assert (learner["name"], learner["role"], learner["active"]) == ("Bob", None, False)


def test_own_modules_replace_the_shipped_ones(call: Any) -> None:
    competency = {"competency_id": "care", "name_en": "Care"}
    assert call("PUT", "/v1/competencies", json=[competency]).get_json() == {"changed": 1}
    module = {
        "title_en": "Caring",
        "competencies": {"care": 1},
        "level": 1,
        "minutes": 30,
        "prerequisites": [],
    }
    assert call("PUT", "/v1/modules/m1", json=module).get_json() == {"changed": 1}
    items = call("GET", "/v1/modules").get_json()["items"]
    assert [item["module_id"] for item in items] == ["m1"]


def test_an_erased_person_is_gone(call: Any, ada: str) -> None:
    assert call("DELETE", f"/v1/learners/{ada}").status_code == 204
    assert call("GET", f"/v1/learners/{ada}").status_code == 404
    assert call("PUT", f"/v1/learners/{ada}", json={}).status_code == 422


@sqlite_only
def test_the_document_is_openapi_3_1_and_names_every_route(app: APIFlask, call: Any) -> None:
    spec = call("GET", "/openapi.json").get_json()
    assert spec["openapi"].startswith("3.1.")
    named = {(m.upper(), path) for path, methods in spec["paths"].items() for m in methods}
    routes = {
        (method, re.sub("<(?:id:)?(.*?)>", r"{\1}", rule.rule))
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.rule.startswith("/v1/") or rule.rule in ("/healthz", "/readyz", "/metrics")
    }
    assert named == routes
    for schema in spec["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)
    references = set(re.findall(r'"#/components/schemas/([^"]+)"', str(spec).replace("'", '"')))
    assert references <= set(spec["components"]["schemas"])
    ids = [op["operationId"] for methods in spec["paths"].values() for op in methods.values()]
    assert len(set(ids)) == len(ids)


@sqlite_only
def test_the_examples_of_the_reference_work(call: Any) -> None:
    learners, ids = examples.LEARNERS, examples.LEARNER_IDS
    assert call("PUT", "/v1/learners", json=learners).get_json() == {"changed": 1}
    assert call("PUT", "/v1/learners/E18", json=examples.LEARNER).status_code == 200
    taken = call("POST", "/v1/events", json=examples.EVENTS).get_json()
    assert taken == {"accepted": 2, "duplicates": 0, "rejected": []}
    assert call("POST", "/v1/recommendations", json=ids).get_json()["unknown"] == []
    assert call("PUT", "/v1/modules", json=examples.MODULES).get_json() == {"changed": 1}
    assert call("PUT", "/v1/modules/hear-them-out", json=examples.MODULE).get_json() == {"changed": 1}
    assert call("PUT", "/v1/competencies", json=examples.COMPETENCIES).status_code == 200
    assert call("PUT", "/v1/competencies/listening", json=examples.COMPETENCY).get_json() == {"changed": 1}


@sqlite_only
def test_every_example_is_valid_against_its_schema(app: APIFlask) -> None:
    spec = openapi.document(app)
    seen = 0
    for methods in spec["paths"].values():
        for operation in methods.values():
            for content in operation.get("requestBody", {}).get("content", {}).values():
                schema = {**content["schema"], "components": spec["components"]}
                jsonschema.validate(content["example"], schema, cls=Draft202012Validator)
                seen += 1
    assert seen == 8


@sqlite_only
def test_every_event_column_is_in_the_document(app: APIFlask) -> None:
    schemas = openapi.document(app)["components"]["schemas"]
    for kind, table in EVENTS.items():
        fields = set(schemas[f"EventBatch.{kind.title()}"]["properties"])
        columns = {column.name for column in TABLES[table].columns} - set(TABLES[table].key)
        assert fields == columns | {"type", "id", "replace"}


@sqlite_only
def test_the_reference_page_needs_nothing_from_elsewhere(call: Any) -> None:
    page = call("GET", "/docs").get_data(as_text=True)
    assert "<script" not in page
    assert "style=" not in page
    assert not re.search(r'(src|href)="(https?:)?//', page)
    assert page.count("<h1>") == 1
    ids = re.findall(r' id="([^"]+)"', page)
    assert len(set(ids)) == len(ids)
    assert set(re.findall(r'href="#([^"]+)"', page)) <= set(ids)
    assert call("GET", "/static/docs/docs.css").status_code == 200
    for path in openapi_paths(call):
        assert path in page


@sqlite_only
def test_the_overview_names_every_call(call: Any) -> None:
    overview = (ROOT / "docs" / "api.md").read_text()
    for path, methods in call("GET", "/openapi.json").get_json()["paths"].items():
        for method in methods:
            name = f"{method.upper()} {path}" if path.startswith("/v1/") else path
            assert f"`{name}`" in overview, name


def openapi_paths(call: Any) -> list[str]:
    return list(call("GET", "/openapi.json").get_json()["paths"])
