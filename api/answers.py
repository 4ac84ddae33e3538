"""The documents that go out, as OpenAPI shows them; a test holds real answers against them."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Share = Annotated[float, Field(ge=0, le=1)]
Id = Annotated[str, Field(min_length=1)]


class Answer(BaseModel):
    """Base of the answers; more fields than these may come."""

    model_config = ConfigDict(extra="allow")


class Document(Answer):
    """One object, with the columns of its table."""


class WrongField(Answer):
    """One wrong field of a document, or one wrong parameter of a query."""

    pointer: str = Field(description="RFC 6901 JSON pointer; of a parameter, its name after a slash")
    detail: str


class Problem(Answer):
    """What went wrong, as RFC 9457 has it."""

    type: str = Field(description="a relative URL; its fragment names the kind of problem")
    title: str
    status: int
    detail: str
    errors: list[WrongField] = Field(description="each wrong field")


class Segment(Answer):
    """The group of learners with like profiles that this one most probably belongs to."""

    id: str
    label: str
    probability: Share


class Reason(Answer):
    """One reason, in words and with the numbers behind it."""

    kind: str
    text: str


class Item(Answer):
    """One recommended module in its place."""

    module_id: Id
    title: str
    score: float = Field(description="the module's value in this place, given those above it")
    expected_gain: float | None = Field(
        description="sum over competencies of the expected rise, in points of the 0-100 scale"
    )
    interval: tuple[float, float] | None = Field(description="holds the gain with 90 %")
    propensity: Share = Field(description="probability of this module in this place given those above")
    reasons: list[Reason]


class Recommendations(Answer):
    """What a learner should do next, the first first."""

    learner_id: Id
    model_version: str | None = Field(description="null: no model is in service")
    segment: Segment | None
    items: list[Item]
    cold_start: bool = Field(default=False, description="true: nothing is known about this learner")


class PathItem(Item):
    """One module of a path."""

    starts_after: float = Field(description="minutes of the modules before it")
    total_minutes: float = Field(description="minutes up to the end of this one")


class Change(Answer):
    """One module that came into a path or left it."""

    module_id: Id
    title: str
    kind: str
    text: str = Field(description="why, in words")


class Changes(Answer):
    """What the events that came last changed in a path."""

    since: list[Document] = Field(description="those of the events that are the learner's own")
    kept: list[Id] = Field(description="module_ids")
    added: list[Change]
    removed: list[Change]


class Path(Recommendations):
    """Modules in the order to take them, within the minutes asked for."""

    items: list[PathItem]  # type: ignore[assignment]
    changes: Changes


class Measured(Answer):
    """What is known of one competency of a learner."""

    competency_id: Id
    mean: float = Field(description="posterior mean on the 0-100 scale")
    sd: float = Field(description="posterior standard deviation")
    evidence: dict[str, int | None] = Field(
        description="answers of test and self, raters of the other sources; null under three anonymous raters"
    )


class Profile(Answer):
    """Where a learner stands."""

    learner_id: Id
    model_version: str | None
    competencies: list[Measured]


class Lists(Answer):
    """Recommendations of many learners."""

    lists: list[Recommendations]
    unknown: list[str] = Field(description="learner_ids nobody has")


class RejectedEvent(Answer):
    """One event that was not taken in."""

    index: int = Field(ge=0)
    pointer: str = Field(description="RFC 6901 JSON pointer into the body")
    reason: str


class TakenIn(Answer):
    """What became of a batch of events."""

    accepted: int = Field(ge=0)
    duplicates: int = Field(ge=0)
    rejected: list[RejectedEvent]


class Changed(Answer):
    """What became of the rows."""

    changed: int = Field(ge=0, description="rows that were added or changed; the others were so already")


class Page(Answer):
    """One page of a list."""

    items: list[Document]
    next: str | None = Field(description="cursor of the next page; null on the last")
