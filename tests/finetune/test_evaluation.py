import pytest

from assistant.assessment import Assessment, Diagnosis, Likelihood, Provenance
from assistant.assistant import Assistant
from assistant.case import Case
from finetune.cases import GoldCase
from finetune.evaluation.differential import Outcome, describe, repeated_sentences, run, summarise
from finetune.gold import GoldMatcher


def _outcome(place: int | None, *, seconds: float = 1.0, abstained: str = "", repeated: int = 0) -> Outcome:
    return Outcome("1", "Gout", "", place, "", "", abstained, 3, repeated, seconds)


def test_the_table():
    outcomes = [
        _outcome(1),
        _outcome(4, seconds=2.0),
        _outcome(9, repeated=2),
        _outcome(None, abstained="no evidence", seconds=9.0),
    ]
    table = summarise(outcomes)
    assert [table.top[place].value for place in (1, 5, 10)] == [0.25, 0.5, 0.75]
    assert all(share.low <= share.value <= share.high for share in table.top.values())
    assert (table.cases, table.abstained, table.citations, table.repeated_sentences) == (4, 0.25, 12, 2)
    assert (table.median_seconds, table.slowest_seconds) == (1.5, 9.0)
    assert summarise(outcomes) == table
    lines: list[str] = []
    describe(table, lines.append)
    assert "gold among the first 5: 50.0 %".replace(" %", "%") in lines[2]


def test_more_cases_give_narrower_intervals():
    few, many = (summarise([_outcome(1), _outcome(None)] * count).top[1] for count in (10, 200))
    assert many.high - many.low < few.high - few.low
    # The normal approximation for 400 cases at one half: 1.96 * 0.5 / 20 = 0.049.
    assert many.high - many.value == pytest.approx(0.049, abs=0.008)


def test_no_cases():
    table = summarise([])
    assert (table.cases, table.top[1].value, table.median_seconds) == (0, 0.0, 0.0)


def test_repeated_sentences_are_counted_across_the_assessment():
    def diagnosis(rationale: str) -> Diagnosis:
        return Diagnosis(name="x", rationale=rationale, likelihood=Likelihood(band="possible", score=0))

    case = Case(narrative="x")
    nowhere = Provenance(wardround="", created="", model="")
    told = Assessment(
        case=case,
        summary="Fever. Cough",
        differential=(diagnosis("fever. Rash"), diagnosis("Rash")),
        provenance=nowhere,
    )
    assert repeated_sentences(told) == 2


def test_cases_run_through_the_assistant_as_it_is_served(assistant: Assistant):
    cases = [
        GoldCase(id="1", gold="Heart attack", text="A 50-year-old man has crushing chest pain, sweating and nausea."),
        GoldCase(id="2", gold="Kuru", text="A 5-year-old boy has a barking cough, stridor and fever."),
    ]
    found, missed = (
        outcome for outcome, _ in run(assistant, cases, GoldMatcher(assistant.index.conditions().values()))
    )
    assert (found.leading, found.place, found.rule) == ("Acute myocardial infarction (STEMI)", 1, "synonym")
    assert found.citations > 0
    assert (missed.leading, missed.place) == ("Croup", None)
