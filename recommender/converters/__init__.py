"""From public data sets to the files an organisation would bring; a module a set, each with ``convert``."""

SETS = ("assist2009", "insteval", "mooccubex", "practice")
"""The sets whose tables ``recommender benchmark`` prints, by ``recommender.evaluation.public``."""
