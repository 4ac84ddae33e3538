"""Reading the shipped content: everything arrives, in order, without pandas."""

import subprocess
import sys
from itertools import pairwise

import pytest

from recommender import shipped
from recommender.errors import BadInput
from recommender.framework import LANGUAGES, cycle


def test_the_catalogue_holds_framework_and_modules() -> None:
    catalogue = shipped.shipped_catalogue()
    assert catalogue.leaves == (
        "need_identification",
        "listening",
        "feedback",
        "nonverbal",
        "responsibility",
        "teamwork",
        "customer_culture",
    )
    assert len(catalogue.modules) == 52
    module = catalogue.module["angry-warehouse-call"]
    assert module.competencies == (("listening", 0.7), ("nonverbal", 0.3))
    assert module.prerequisites == ("three-minutes",)
    assert (module.level, module.method, module.minutes, module.capacity) == (2, "role_play", 120.0, 12)
    assert catalogue.weights().sum(axis=1) == pytest.approx(1.0)
    assert cycle({m.module_id: m.prerequisites for m in catalogue.modules}) is None


def test_reading_it_imports_no_pandas() -> None:
    code = "import sys, recommender.shipped as s; s.shipped_catalogue(); print('pandas' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout == "False\n"


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("form", shipped.FORMS)
def test_items_are_asked_mixed_and_reversed_ones_apart(form: str, lang: str) -> None:
    items = shipped.questionnaire(form, lang).items
    assert len({i.item_id for i in items}) == 56
    assert all(i.text for i in items)
    assert not any(i.reversed for i in items[:3])
    for one, next_one in pairwise(items):
        assert not (one.reversed and next_one.reversed)
        assert one.competency_id != next_one.competency_id


def test_an_order_without_reversed_items_and_one_with_too_many() -> None:
    def item(n: int, turned: bool) -> shipped.Item:
        return shipped.Item(f"i{n}", "listening", "", turned, "")

    straight = [item(n, False) for n in range(4)]
    assert shipped.asking_order(straight) == straight
    assert len(shipped.asking_order([*straight, item(8, True), item(9, True)])) == 6


def test_the_insider_reads_the_observers_words_where_none_of_their_own_exist() -> None:
    insider = {i.item_id: i.text for i in shipped.questionnaire("insider", "en").items}
    observer = {i.item_id: i.text for i in shipped.questionnaire("observer", "en").items}
    assert insider["lis-01"] == observer["lis-01"] == "This colleague lets me finish before speaking."
    assert insider["tea-02"] != observer["tea-02"]


def test_only_observers_meet_the_gate() -> None:
    assert shipped.questionnaire("self", "zh").gate is None
    gate = shipped.questionnaire("observer", "zh").gate
    assert gate is not None
    assert gate.ends == {"几乎没有"}
    assert gate.answers == ("几乎没有", "每月一两次", "每周", "几乎每天")


def test_an_unknown_form_or_survey_says_what_there_is() -> None:
    with pytest.raises(BadInput, match=r"^There is no form 'boss'; use one of self, observer, insider\.$"):
        shipped.questionnaire("boss", "en")
    with pytest.raises(BadInput, match=r"^There is no survey 'x'; use one of satisfaction, climate\.$"):
        shipped.survey("x", "en")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_surveys_carry_five_words_and_climate_a_way_out(lang: str) -> None:
    satisfaction = shipped.survey("satisfaction", lang)
    assert [len(i.labels) for i in satisfaction.items] == [5] * 10 + [0, 0]
    climate = shipped.survey("climate", lang)
    assert [len(i.labels) for i in climate.items] == [5] * 10
    assert all(i.no_basis for i in climate.items)
    assert [i.item_id for i in climate.items if i.reversed] == ["cli-09", "cli-10"]


def test_indicators_and_objectives_in_both_languages() -> None:
    assert {i.direction for i in shipped.indicators("zh")} == {"higher_is_better", "lower_is_better"}
    assert shipped.indicators("en")[0].name == "Internal service satisfaction"
    assert shipped.indicators("zh")[0].name == "内部服务满意度"
    assert {len(v) for v in shipped.objectives("zh").values()} == {3}
    assert set(shipped.objectives("en")) == set(shipped.shipped_catalogue().module)
