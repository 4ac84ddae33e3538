"""From public data sets to the files an organisation would bring; a module a set, each with ``convert``."""

SETS = ("insteval", "mooccubex")
"""The sets whose tables ``recommender benchmark`` prints, by ``recommender.evaluation.public``."""
