"""Query strings: validated once each, since clients send the same few over and over."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from apiflask import APIBlueprint
from flask import request
from pydantic import BaseModel

KEPT = 256
"""Query strings that each view remembers."""

View = Callable[..., Any]


def query(bp: APIBlueprint, model: type[BaseModel]) -> Callable[[View], View]:
    """Give a view its validated query as the argument ``query``, and describe it to OpenAPI.

    Parameters
    ----------
    bp : APIBlueprint
        Whose ``input`` validates what was not seen before.
    model : type of BaseModel
        Frozen, since one instance serves many requests.
    """
    if not model.model_config.get("frozen"):
        raise TypeError(f"{model.__name__} must be frozen: one instance serves many requests")

    def decorate(view: View) -> View:
        seen: dict[str, BaseModel] = {}

        @wraps(view)
        def keep(*, query: BaseModel, **arguments: Any) -> Any:
            if len(seen) < KEPT:
                seen[request.environ["QUERY_STRING"]] = query
            return view(query=query, **arguments)

        validated: View = bp.input(model, location="query", arg_name="query")(keep)

        @wraps(validated)
        def wrapper(**arguments: Any) -> Any:
            found = seen.get(request.environ["QUERY_STRING"])
            return validated(**arguments) if found is None else view(query=found, **arguments)

        return wrapper

    return decorate
