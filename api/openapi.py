"""The OpenAPI 3.1 document: APIFlask's, completed with who may call and how it may fail."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, cast

from apiflask import APIFlask

from recommender.api.answers import Problem
from recommender.api.limits import MAX_BATCH, MAX_BODY
from recommender.api.problems import HTTP, PROBLEM, PROBLEMS
from recommender.evidence import EVENTS

DESCRIPTION = f"""Times are RFC 3339 with their zone. Lists are paged: pass `next` as `cursor`. Errors are
RFC 9457 problems, and each wrong field is named by a JSON pointer. One call takes up to {MAX_BATCH:,}
events, learner_ids or rows and {MAX_BODY // 2**20} MiB; more is 413. `lang` is `en` or `zh`."""

SECURITY_SCHEMES = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "`Authorization: Bearer KEY`"},
    "basic": {
        "type": "http",
        "scheme": "basic",
        "description": "For clients that know nothing else: any user name, the key as password.",
    },
}
REFERENCE = "#/components/schemas/"
PATH: dict[str, dict[str, Any]] = {
    "learner_id": {"description": "id of the learner"},
    "module_id": {"description": "id of the module"},
    "competency_id": {"description": "id of the competency"},
    "event_id": {"description": "id of the event"},
    "type": {"description": "which kind of evidence", "enum": list(EVENTS)},
    "version": {"description": "name of the model version"},
}
"""What the variable parts of paths are."""


def register(app: APIFlask) -> None:
    """Describe every route of the app; ``document`` gives the result."""
    app.config.update(
        AUTO_404_RESPONSE=False,
        AUTO_VALIDATION_ERROR_RESPONSE=False,
        AUTO_AUTH_ERROR_RESPONSE=False,
        AUTO_OPERATION_ID=True,
        AUTO_SERVERS=False,
        SUCCESS_DESCRIPTION="Done",
    )
    app.description = DESCRIPTION
    app.security_schemes = SECURITY_SCHEMES
    app.servers = [{"url": "/"}]
    for blueprint in app.blueprints.values():  # APIFlask asks this of Flask's own blueprints too
        vars(blueprint).setdefault("enable_openapi", False)
    app.spec_processor(lambda spec: _complete(app, cast(dict[str, Any], spec)))


@lru_cache(maxsize=8)
def document(app: APIFlask) -> dict[str, Any]:
    """The document of an app."""
    return cast(dict[str, Any], app.spec)


def _complete(app: APIFlask, spec: dict[str, Any]) -> dict[str, Any]:
    order = {endpoint: n for n, endpoint in enumerate(app.view_functions)}

    def place(item: tuple[str, dict[str, Any]]) -> int:
        return min(order[_endpoint(method, found)] for method, found in item[1].items())

    spec["paths"] = dict(sorted(spec["paths"].items(), key=place))
    spec["components"]["schemas"]["Problem"] = _inlined(Problem)
    for path, operations in spec["paths"].items():
        for method, operation in operations.items():
            _complete_operation(app, path, method, operation)
    for schema in spec["components"]["schemas"].values():
        _drop_titles(schema)
    return spec


def _endpoint(method: str, operation: dict[str, Any]) -> str:
    """The endpoint whose name APIFlask made the operation's id of."""
    return str(operation["operationId"]).removeprefix(f"{method}_").replace("_", ".", 1)


def _complete_operation(app: APIFlask, path: str, method: str, operation: dict[str, Any]) -> None:
    scopes: tuple[str, ...] = app.view_functions[_endpoint(method, operation)].__dict__["scopes"]
    statuses = {500}
    if scopes:
        operation["security"] = [{scheme: [scope]} for scope in scopes for scheme in SECURITY_SCHEMES]
        said = " or ".join(f"`{scope}`" for scope in scopes)
        operation["description"] = "\n\n".join(
            filter(None, [operation.get("description"), f"Scope: {said}."])
        )
        statuses |= {401, 403, 503}
    else:
        operation["security"] = []
        statuses |= {503} if "ready" in path else set()
    parameters = operation.get("parameters", [])
    for parameter in parameters:
        if parameter["in"] == "path":
            parameter["required"] = True
            parameter["schema"] |= PATH.get(parameter["name"], {})
    if any(parameter["in"] == "path" for parameter in parameters):
        statuses.add(404)
    if any(parameter["in"] == "query" for parameter in parameters):
        statuses.add(422)
    if "requestBody" in operation:
        operation["requestBody"]["required"] = True
        statuses |= {400, 413, 415, 422, 507}
    for status in sorted(statuses):
        operation["responses"].setdefault(str(status), _problem(status))


def _problem(status: int) -> dict[str, Any]:
    kinds = [HTTP[status]] if status in HTTP else [k for k in PROBLEMS.values() if k.status == status]
    return {
        "description": "; ".join(kind.title for kind in kinds),
        "content": {PROBLEM: {"schema": {"$ref": REFERENCE + "Problem"}}},
    }


def _inlined(model: type[Problem]) -> dict[str, Any]:
    """A model's schema with its one nested model in place."""
    schema = model.model_json_schema()
    schema["properties"]["errors"]["items"] = schema.pop("$defs")["WrongField"]
    return schema


def _drop_titles(schema: Any) -> None:
    """Remove the titles pydantic makes of names: they say nothing the names do not."""
    if isinstance(schema, dict):
        if isinstance(schema.get("title"), str):
            del schema["title"]
        for value in schema.values():
            _drop_titles(value)
    elif isinstance(schema, list):
        for value in schema:
            _drop_titles(value)
