"""Bodies the reference shows; a test sends them."""

from __future__ import annotations

from typing import Any

EVENTS: dict[str, Any] = {
    "events": [
        {
            "type": "interaction",
            "id": "lms-20260301-4711",
            "learner_id": "E17",
            "module_id": "two-hour-line-stop",
            "status": "completed",
            "occurred_at": "2026-03-01T09:30:00+08:00",
            "pre_score": 52,
            "post_score": 71,
        },
        {
            "type": "feedback",
            "learner_id": "E17",
            "competency_id": "listening",
            "rating": 4,
            "occurred_at": "2026-03-02T08:00:00Z",
            "rater_id": "E03",
            "relation": "internal_customer",
        },
    ]
}
LEARNER_IDS: dict[str, Any] = {"learner_ids": ["E17", "E18"], "limit": 3}
LEARNERS: dict[str, Any] = {"learners": [{"learner_id": "E17", "name": "小王", "language": "zh"}]}
LEARNER: dict[str, Any] = {"name": "小王", "department_id": "logistics", "language": "zh"}
MODULES: dict[str, Any] = {
    "modules": [
        {
            "module_id": "hear-them-out",
            "title_en": "Hear them out",
            "competencies": {"listening": 0.7, "feedback": 0.3},
            "level": 2,
            "method": "role_play",
            "minutes": 90,
            "prerequisites": [],
        }
    ]
}
MODULE: dict[str, Any] = {"minutes": 60, "active": False}
COMPETENCIES: dict[str, Any] = {
    "competencies": [{"competency_id": "listening", "name_en": "Listening", "name_zh": "倾听"}]
}
COMPETENCY: dict[str, Any] = {"description_en": "Hears out, checks understanding."}
