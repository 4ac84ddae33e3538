"""Lists are paged by cursor: ``?cursor=&limit=`` in, ``{"items", "next"}`` out."""

from __future__ import annotations

from pydantic import BaseModel, Field

from recommender.api.limits import DEFAULT_PAGE, MAX_PAGE


class PageQuery(BaseModel):
    """Which page of a list."""

    cursor: str | None = Field(default=None, description="``next`` of the page before")
    limit: int = Field(default=DEFAULT_PAGE, ge=1, le=MAX_PAGE)
