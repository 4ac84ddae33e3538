"""The learner's pages: server-rendered, without script, opened by a signed link."""

from recommender.api.pages.learn import blueprint

__all__ = ["blueprint"]
