"""From public data sets to the files an organisation would bring; a module a set, each with ``convert``."""

SETS = {
    "assist2009": "Right and wrong answers by skill, in order (ASSISTments 2009-10).",
    "insteval": "Ratings of lecturers by students, a third from other departments (InstEval).",
    "mooccubex": "Enrolments in online courses, in order (MOOCCubeX).",
    "practice": "Scores of single questions in one course (personalized practice 2021).",
}
"""The sets and what each holds. ``recommender.evaluation.public`` has the tables of all of them."""
