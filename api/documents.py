"""The documents that come in, derived from ``evidence.TABLES``: events, and rows to put.

One pydantic model a table both validates and is what OpenAPI shows. Unknown fields are ignored, as
unknown columns of a file are.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self, TypeVar, Union, cast

from pydantic import (
    AliasChoices,
    BaseModel,
    ConfigDict,
    Field,
    ModelWrapValidatorHandler,
    PrivateAttr,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    create_model,
    field_validator,
    model_validator,
)

from recommender.api.fields import Id, field_of
from recommender.api.limits import MAX_BATCH, MAX_ITEMS
from recommender.api.problems import faults_of
from recommender.errors import BadInput, Fault, TooLarge
from recommender.evidence import EVENTS, TABLES
from recommender.framework import LANGUAGES
from recommender.service.advice import DEFAULT_LIMIT

Lang = Literal[LANGUAGES]  # type: ignore[valid-type]  # the framework's tuple, at run time


def fits(rows: Any, what: str) -> Any:
    """The rows as they are, or ``TooLarge`` before any of them is looked at."""
    if isinstance(rows, list) and len(rows) > MAX_BATCH:
        raise TooLarge(f"{len(rows)} {what} in one call; send at most {MAX_BATCH} at a time.")
    return rows


M = TypeVar("M", bound=BaseModel)


class Row(BaseModel):
    """Base of the rows: what is not named is ignored."""

    model_config = ConfigDict(extra="ignore")

    def given(self) -> dict[str, Any]:
        """The fields that were given, so that the others stay as they are."""
        return self.model_dump(exclude_unset=True)


def _model(name: str, base: type[M], doc: str, fields: dict[str, Any]) -> type[M]:
    """``create_model`` with fields that are only known at run time."""
    made: type[M] = cast(Any, create_model)(name, __base__=base, __doc__=doc, **fields)
    return made


def with_id(row: Row, key: str, value: str) -> dict[str, Any]:
    """The given fields of a row under the id of the path, which a repeated id must not contradict."""
    given = row.given()
    repeated = given.pop(key, None)
    if repeated is not None and repeated != value:
        fault = Fault(f"/{key}", f"differs from the path, which says {value}; leave it out")
        raise BadInput("The document names another id than the path.", [fault])
    return {key: value, **given}


@contextmanager
def pointing(at: str | None) -> Iterator[None]:
    """Point what is wrong with rows, which the store counts, to where they stand in the document.

    Parameters
    ----------
    at : str or None
        The pointer to the list; None where the document is one row.
    """
    try:
        yield
    except BadInput as error:
        found = [f.pointer.removeprefix("/0") if at is None else at + f.pointer for f in error.faults]
        faults = [Fault(place, f.reason) for place, f in zip(found, error.faults, strict=True)]
        raise BadInput(str(error), faults) from error


def _row(table: str, name: str) -> type[Row]:
    columns = TABLES[table].columns
    fields = {c.name: field_of(c, required=c.name in TABLES[table].key) for c in columns}
    return _model(name, Row, f"A row of {table}; fields left out stay as they are.", fields)


def _fields(row: type[Row], table: str, name: str) -> type[Row]:
    """The same row where the path says which one; the id may be repeated."""
    key = TABLES[table].key[0]
    repeated = (Id | None, Field(default=None, description="the id of the path, if repeated"))
    doc = f"Fields of a row of {table}; those left out stay as they are."
    return _model(name, row, doc, {key: repeated})


def _event(kind: str, table_name: str) -> type[Row]:
    table = TABLES[table_name]
    key = table.key[0]
    own: dict[str, Any] = {
        "type": (Literal[kind], Field(description="which kind of evidence")),
        "id": (
            Id | None,
            Field(
                default=None,
                validation_alias=AliasChoices("id", key),
                description="id of the event; without one it is derived from the content",
            ),
        ),
        "replace": (bool, Field(default=False, description="true: corrects the event of that id")),
    }
    columns = {c.name: field_of(c, required=c.required) for c in table.columns if c.name != key}
    return _model(kind.title(), Row, f"One {kind}.", {**own, **columns})


Learner = _row("learners", "Learner")
LearnerFields = _fields(Learner, "learners", "LearnerFields")
Module = _row("modules", "Module")
ModuleFields = _fields(Module, "modules", "ModuleFields")
Competency = _row("competencies", "Competency")
CompetencyFields = _fields(Competency, "competencies", "CompetencyFields")
EVENT_MODELS = {kind: _event(kind, table) for kind, table in EVENTS.items()}


class Refused(list[Fault]):
    """What is wrong with one event of a batch, in its place; the others are taken in."""


def _leniently(value: Any, handler: ValidatorFunctionWrapHandler) -> Any:
    try:
        return handler(value)
    except ValidationError as error:
        return Refused(faults_of(error, tagged=True))


if TYPE_CHECKING:
    Event = Row | Refused
else:  # the members are made at run time
    Event = Annotated[
        Union[tuple(EVENT_MODELS.values())],  # noqa: UP007
        Field(discriminator="type"),
        WrapValidator(_leniently),
    ]


class EventBatch(BaseModel):
    """Events to take in; a bad one is reported and the others are taken in."""

    events: list[Event]

    @field_validator("events", mode="before")
    @classmethod
    def _not_too_many(cls, events: Any) -> Any:
        return fits(events, "events")


class LearnerIds(BaseModel):
    """Whom to recommend to."""

    learner_ids: list[Id]
    limit: int = Field(default=DEFAULT_LIMIT, ge=1, le=MAX_ITEMS)
    lang: Lang | None = Field(default=None, description="the learner's own language where it is left out")

    @field_validator("learner_ids", mode="before")
    @classmethod
    def _not_too_many(cls, ids: Any) -> Any:
        return fits(ids, "learner_ids")


class RowList(BaseModel):
    """Base of the lists of rows: an object with one list, or the bare list."""

    _bare: bool = PrivateAttr(default=False)

    @model_validator(mode="wrap")
    @classmethod
    def _wrap(cls, data: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        name = cls.name()
        bare = isinstance(data, list)
        document = {name: data} if bare else data
        if isinstance(document, dict):
            fits(document.get(name), name)
        made = handler(document)
        made._bare = bare
        return made

    @classmethod
    def name(cls) -> str:
        """The name of the list."""
        return next(iter(cls.model_fields))

    @property
    def at(self) -> str:
        """The pointer to the list in the document that came."""
        return "" if self._bare else f"/{self.name()}"

    def rows(self) -> list[dict[str, Any]]:
        """The rows, each with the fields that were given."""
        found: Sequence[Row] = getattr(self, self.name())
        return [row.given() for row in found]


def _list_of(table: str, row: type[Row]) -> type[RowList]:
    rows = (list[row], Field())  # type: ignore[valid-type]
    return _model(f"{row.__name__}List", RowList, f"Rows of {table}.", {table: rows})


LearnerList = _list_of("learners", Learner)
ModuleList = _list_of("modules", Module)
CompetencyList = _list_of("competencies", Competency)
