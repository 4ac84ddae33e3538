"""A synthetic organisation whose truth is known, to judge the models by.

It shares no formula with them and imports none of their rooms: what it assumes about people, raters
and modules is written here and nowhere else.
"""

from recommender.simulate.run import simulate
from recommender.simulate.settings import Settings

__all__ = ["Settings", "simulate"]
