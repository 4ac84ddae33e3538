"""The first schema."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_ID = sa.String().with_variant(sa.String(collation="C"), "postgresql")


def upgrade() -> None:
    """Make every table."""
    _organisation()
    _catalogue()
    _evidence()
    _derived()
    _keeping()


def _organisation() -> None:
    """Who is there."""
    op.create_table(
        "departments",
        sa.Column("department_id", _ID, nullable=False),
        sa.Column("name", sa.String(), nullable=True),
        sa.Column("parent_id", _ID, nullable=True),
        sa.PrimaryKeyConstraint("department_id", name="pk_departments"),
    )
    op.create_table(
        "services",
        sa.Column("supplier_department_id", _ID, nullable=False),
        sa.Column("customer_department_id", _ID, nullable=False),
        sa.Column("service", _ID, nullable=False),
        sa.PrimaryKeyConstraint(
            "supplier_department_id", "customer_department_id", "service", name="pk_services"
        ),
    )
    op.create_table(
        "outcomes",
        sa.Column("department_id", _ID, nullable=False),
        sa.Column("metric", _ID, nullable=False),
        sa.Column("period", _ID, nullable=False),
        sa.Column("value", sa.Double(), nullable=False),
        sa.Column("direction", sa.String(), nullable=True),
        sa.Column("kind", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("department_id", "metric", "period", name="pk_outcomes"),
    )
    op.create_table(
        "learners",
        sa.Column("learner_id", _ID, nullable=False),
        sa.Column("name", sa.String(), nullable=True),
        sa.Column("department_id", _ID, nullable=True),
        sa.Column("role", sa.String(), nullable=True),
        sa.Column("level", sa.String(), nullable=True),
        sa.Column("location", sa.String(), nullable=True),
        sa.Column("language", sa.String(), nullable=True),
        sa.Column("manager_id", _ID, nullable=True),
        sa.Column("hired_on", sa.String(), nullable=True),
        sa.Column("active", sa.SmallInteger(), nullable=True),
        sa.Column("email", sa.String(), nullable=True),
        sa.Column("group", sa.String(), nullable=True),
        sa.Column("seq", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("learner_id", name="pk_learners"),
    )
    op.create_index("ix_learners_manager_id", "learners", ["manager_id"], unique=False)


def _catalogue() -> None:
    """What there is to learn."""
    op.create_table(
        "competencies",
        sa.Column("competency_id", _ID, nullable=False),
        sa.Column("name_en", sa.String(), nullable=True),
        sa.Column("name_zh", sa.String(), nullable=True),
        sa.Column("parent_id", _ID, nullable=True),
        sa.Column("description_en", sa.String(), nullable=True),
        sa.Column("description_zh", sa.String(), nullable=True),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("competency_id", name="pk_competencies"),
    )
    op.create_table(
        "modules",
        sa.Column("module_id", _ID, nullable=False),
        sa.Column("title_en", sa.String(), nullable=True),
        sa.Column("title_zh", sa.String(), nullable=True),
        sa.Column("description_en", sa.String(), nullable=True),
        sa.Column("description_zh", sa.String(), nullable=True),
        sa.Column("competencies", sa.String(), nullable=True),
        sa.Column("level", sa.BigInteger(), nullable=True),
        sa.Column("method", sa.String(), nullable=True),
        sa.Column("delivery", sa.String(), nullable=True),
        sa.Column("minutes", sa.Double(), nullable=True),
        sa.Column("prerequisites", sa.String(), nullable=True),
        sa.Column("capacity", sa.BigInteger(), nullable=True),
        sa.Column("url", sa.String(), nullable=True),
        sa.Column("language", sa.String(), nullable=True),
        sa.Column("active", sa.SmallInteger(), nullable=True),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("module_id", name="pk_modules"),
    )
    op.create_table(
        "targets",
        sa.Column("competency_id", _ID, nullable=False),
        sa.Column("target", sa.Double(), nullable=False),
        sa.Column("role", _ID, nullable=False),
        sa.PrimaryKeyConstraint("competency_id", "role", name="pk_targets"),
    )


def _evidence() -> None:
    """What was seen of learners."""
    op.create_table(
        "assessments",
        sa.Column("learner_id", _ID, nullable=False),
        sa.Column("competency_id", _ID, nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("occurred_at", sa.BigInteger(), nullable=False),
        sa.Column("assessment_id", _ID, nullable=False),
        sa.Column("scale_min", sa.Double(), nullable=True),
        sa.Column("scale_max", sa.Double(), nullable=True),
        sa.Column("source", sa.String(), nullable=True),
        sa.Column("instrument", sa.String(), nullable=True),
        sa.Column("item_id", _ID, nullable=True),
        sa.Column("reversed", sa.SmallInteger(), nullable=True),
        sa.Column("session_id", _ID, nullable=True),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["learner_id"], ["learners.learner_id"], name="fk_assessments_learner_id"),
        sa.PrimaryKeyConstraint("assessment_id", name="pk_assessments"),
    )
    op.create_index(
        "ix_assessments_learner_id_occurred_at", "assessments", ["learner_id", "occurred_at"], unique=False
    )
    op.create_table(
        "feedback",
        sa.Column("learner_id", _ID, nullable=False),
        sa.Column("competency_id", _ID, nullable=False),
        sa.Column("rating", sa.Double(), nullable=False),
        sa.Column("occurred_at", sa.BigInteger(), nullable=False),
        sa.Column("feedback_id", _ID, nullable=False),
        sa.Column("rater_id", _ID, nullable=True),
        sa.Column("rater_department_id", _ID, nullable=True),
        sa.Column("relation", sa.String(), nullable=True),
        sa.Column("scale_min", sa.Double(), nullable=True),
        sa.Column("scale_max", sa.Double(), nullable=True),
        sa.Column("form_id", _ID, nullable=True),
        sa.Column("item_id", _ID, nullable=True),
        sa.Column("reversed", sa.SmallInteger(), nullable=True),
        sa.Column("comment", sa.String(), nullable=True),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["learner_id"], ["learners.learner_id"], name="fk_feedback_learner_id"),
        sa.PrimaryKeyConstraint("feedback_id", name="pk_feedback"),
    )
    op.create_index(
        "ix_feedback_learner_id_occurred_at", "feedback", ["learner_id", "occurred_at"], unique=False
    )
    op.create_index("ix_feedback_rater_id", "feedback", ["rater_id"], unique=False)
    op.create_table(
        "interactions",
        sa.Column("learner_id", _ID, nullable=False),
        sa.Column("module_id", _ID, nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("occurred_at", sa.BigInteger(), nullable=False),
        sa.Column("interaction_id", _ID, nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("pre_score", sa.Double(), nullable=True),
        sa.Column("post_score", sa.Double(), nullable=True),
        sa.Column("score_min", sa.Double(), nullable=True),
        sa.Column("score_max", sa.Double(), nullable=True),
        sa.Column("satisfaction", sa.Double(), nullable=True),
        sa.Column("minutes", sa.Double(), nullable=True),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["learner_id"], ["learners.learner_id"], name="fk_interactions_learner_id"),
        sa.PrimaryKeyConstraint("interaction_id", name="pk_interactions"),
    )
    op.create_index(
        "ix_interactions_learner_id_occurred_at", "interactions", ["learner_id", "occurred_at"], unique=False
    )


def _derived() -> None:
    """What follows from it."""
    op.create_table(
        "learner_states",
        sa.Column("learner_id", _ID, nullable=False),
        sa.Column("version", _ID, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["learner_id"], ["learners.learner_id"], name="fk_learner_states_learner_id"),
        sa.PrimaryKeyConstraint("learner_id", "version", name="pk_learner_states"),
    )
    op.create_table(
        "decisions",
        sa.Column("learner_id", _ID, nullable=False),
        sa.Column("day", _ID, nullable=False),
        sa.Column("version", _ID, nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("revision", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("modules", sa.String(), nullable=False),
        sa.Column("propensities", sa.String(), nullable=False),
        sa.Column("scores", sa.String(), nullable=False),
        sa.Column("eligible", sa.String(), nullable=False),
        sa.Column("decided_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["learner_id"], ["learners.learner_id"], name="fk_decisions_learner_id"),
        sa.PrimaryKeyConstraint("learner_id", "day", "version", "seq", "revision", name="pk_decisions"),
    )


def _keeping() -> None:
    """The store's own housekeeping."""
    op.create_table(
        "settings",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_settings"),
    )
    op.create_table(
        "tombstones",
        sa.Column("digest", _ID, nullable=False),
        sa.Column("erased_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_tombstones"),
    )
    op.create_table(
        "api_keys",
        sa.Column("key_id", _ID, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("scopes", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("key_id", name="pk_api_keys"),
    )
    op.create_table(
        "imports",
        sa.Column("import_id", sa.Integer(), nullable=False),
        sa.Column("file", sa.String(), nullable=False),
        sa.Column("table", sa.String(), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("set_aside", sa.BigInteger(), nullable=False),
        sa.Column("set_aside_file", sa.String(), nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("import_id", name="pk_imports"),
    )
