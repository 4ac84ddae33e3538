"""The OpenAPI document as a page reads it: operations by tag, fields as rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from recommender.api.openapi import REFERENCE


@dataclass(frozen=True, slots=True)
class Shape:
    """What a value is, in words, and the schema it refers to."""

    text: str
    schema: str | None = None


@dataclass(frozen=True, slots=True)
class FieldRow:
    """One field of a document or one parameter of a call."""

    name: str
    shape: Shape
    required: bool
    doc: str
    place: str = ""


@dataclass(frozen=True, slots=True)
class Operation:
    """One call."""

    anchor: str
    method: str
    path: str
    summary: str
    description: str
    scopes: tuple[str, ...]
    parameters: tuple[FieldRow, ...]
    body: Shape | None
    example: Any
    answers: tuple[tuple[str, str, Shape | None], ...]


def operations(spec: dict[str, Any]) -> dict[str, list[Operation]]:
    """The calls by tag, in the document's order of tags."""
    out: dict[str, list[Operation]] = {tag["name"]: [] for tag in spec["tags"]}
    for path, methods in spec["paths"].items():
        for method, operation in methods.items():
            out[operation["tags"][0]].append(_operation(path, method, operation))
    return {tag: found for tag, found in out.items() if found}


def schemas(spec: dict[str, Any]) -> dict[str, tuple[str, list[FieldRow]]]:
    """Of each schema its description and its fields."""
    named = spec["components"]["schemas"]
    return {
        name.rpartition(".")[2]: (schema.get("description", ""), list(_fields(schema)))
        for name, schema in sorted(named.items(), key=lambda item: item[0].rpartition(".")[2])
    }


def shape(schema: dict[str, Any]) -> Shape:
    """A schema in words."""
    if "$ref" in schema:
        name = schema["$ref"].removeprefix(REFERENCE).rpartition(".")[2]
        return Shape(name, name)
    for union in ("anyOf", "oneOf"):
        if union in schema:
            parts = [shape(part) for part in schema[union]]
            return Shape(
                " or ".join(dict.fromkeys(p.text for p in parts)),
                next((p.schema for p in parts if p.schema), None),
            )
    if "enum" in schema:
        return Shape(" | ".join(map(str, schema["enum"])))
    if "const" in schema:
        return Shape(str(schema["const"]))
    if schema.get("type") == "array":
        inner = shape(schema["items"]) if "items" in schema else Shape("values")
        return Shape(f"list of {inner.text}", inner.schema)
    if schema.get("type") == "object" and isinstance(schema.get("additionalProperties"), dict):
        return Shape(f"object of {shape(schema['additionalProperties']).text}")
    return Shape(_bounded(schema))


def _bounded(schema: dict[str, Any]) -> str:
    kind = schema.get("format") or schema.get("type") or "any"
    low = schema.get("minimum", schema.get("exclusiveMinimum"))
    high = schema.get("maximum")
    if low is not None and high is not None:
        return f"{kind}, {low:g} to {high:g}"
    if low is not None:
        return f"{kind}, {'above' if 'exclusiveMinimum' in schema else 'from'} {low:g}"
    return str(kind)


def _fields(schema: dict[str, Any]) -> Iterator[FieldRow]:
    required = schema.get("required", ())
    for name, field in schema.get("properties", {}).items():
        yield FieldRow(name, shape(field), name in required, field.get("description", ""))


def _operation(path: str, method: str, operation: dict[str, Any]) -> Operation:
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    scopes = dict.fromkeys(s for entry in operation["security"] for named in entry.values() for s in named)
    return Operation(
        anchor=operation["operationId"],
        method=method.upper(),
        path=path,
        summary=operation["summary"],
        description=operation.get("description", "").rpartition("Scope: ")[0].strip(),
        scopes=tuple(scopes),
        parameters=tuple(
            FieldRow(
                p["name"], shape(p["schema"]), p["required"], p["schema"].get("description", ""), p["in"]
            )
            for p in operation.get("parameters", ())
        ),
        body=shape(body["schema"]) if body else None,
        example=body.get("example"),
        answers=tuple(_answers(operation["responses"])),
    )


def _answers(responses: dict[str, Any]) -> Iterator[tuple[str, str, Shape | None]]:
    for status, response in sorted(responses.items()):
        content: dict[str, Any] = next(iter(response.get("content", {}).values()), {})
        schema = content.get("schema")
        yield status, response["description"], shape(schema) if schema else None
