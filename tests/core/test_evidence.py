"""What the sentences about a condition say for and against it, held against the findings of a case."""

from __future__ import annotations

from assistant.case import Case, Finding, Mention
from assistant.evidence import Dossier, match, most_specific, treatment_quotes
from assistant.grounding import Quote
from index.document import Document, Passage

WIDER = {("HP:CHEST", "HP:PAIN"), ("HP:COLIC", "HP:PAIN")}
KNOWN = {
    "chest pain": Finding(label="chest pain", hpo="HP:CHEST"),
    "pain": Finding(label="pain", hpo="HP:PAIN"),
    "fever": Finding(label="fever", hpo="HP:FEVER"),
    "rash": Finding(label="rash"),
}


def _is_a(term: str, ancestor: str) -> bool:
    return term == ancestor or (term, ancestor) in WIDER


def _findings_of(text: str) -> tuple[Finding, ...]:
    found, rest = [], text.lower()
    for name, finding in KNOWN.items():
        if name in rest:
            status = "absent" if f"no {name}" in rest else "present"
            found.append(finding.model_copy(update={"status": status}))
            rest = rest.replace(name, "")
    return tuple(found)


def _known(*sentences: str) -> Dossier:
    text = "\n".join(sentences)
    document = Document(id="d", title="D", text=text)
    passage = Passage(id="d-0", document_id="d", heading_path=("Presentation",), start=0, end=len(text), text=text)
    places = ((text.index(sentence), sentence) for sentence in sentences)
    return Dossier({"presentation": tuple(Quote(passage, document, at, at + len(one)) for at, one in places)})


def _case(*findings: Finding) -> Case:
    return Case(narrative="", findings=findings)


def test_the_sentence_that_names_the_finding_itself_is_quoted_before_one_that_names_a_wider_one():
    known = _known("Pain anywhere is usual.", "Chest pain comes with effort.")
    [found] = match(_case(KNOWN["chest pain"]), known, _findings_of, _is_a).supporting
    assert found.quote.text == "Chest pain comes with effort."


def test_a_wider_finding_of_the_description_supports_a_narrower_one_of_the_case_and_not_the_other_way_round():
    assert match(_case(KNOWN["chest pain"]), _known("Pain is usual."), _findings_of, _is_a).supporting
    assert not match(_case(KNOWN["pain"]), _known("Chest pain is usual."), _findings_of, _is_a).supporting


def test_what_is_denied_speaks_against_and_what_is_expected_absent_speaks_for():
    absent = KNOWN["fever"].model_copy(update={"status": "absent"})
    against = match(_case(absent), _known("Fever is high."), _findings_of, _is_a)
    assert [found.finding.label for found in against.against] == ["fever"]
    assert [
        found.finding.label
        for found in match(_case(absent), _known("There is no fever."), _findings_of, _is_a).supporting
    ]


def test_a_sentence_about_one_form_says_nothing_against():
    absent = KNOWN["fever"].model_copy(update={"status": "absent"})
    assert not match(_case(absent), _known("Disseminated disease: fever, chills."), _findings_of, _is_a).against


def test_what_the_case_does_not_mention_is_missing():
    missing = match(_case(KNOWN["fever"]), _known("Fever and rash."), _findings_of, _is_a).missing
    assert [found.finding.label for found in missing] == ["rash"]


def test_a_wide_finding_is_left_out_beside_a_narrow_one_of_the_same_status():
    assert most_specific([KNOWN["pain"], KNOWN["chest pain"]], _is_a) == (KNOWN["chest pain"],)
    denied = KNOWN["chest pain"].model_copy(update={"status": "past"})
    assert most_specific([KNOWN["pain"], denied], _is_a) == (KNOWN["pain"], denied)


def test_the_absence_of_what_only_may_come_says_nothing_against():
    absent = KNOWN["fever"].model_copy(update={"status": "absent"})
    assert not match(_case(absent), _known("Fever may follow."), _findings_of, _is_a).against


def test_a_man_is_not_asked_about_pregnancy():
    known = _known("Pregnancy raises the risk.")

    def findings_of(text: str) -> tuple[Finding, ...]:
        return (Finding(label="pregnancy"),)

    assert not match(Case(narrative="", sex="male"), known, findings_of, _is_a).missing
    assert match(Case(narrative="", sex="female"), known, findings_of, _is_a).missing


def test_treatment_written_for_the_patient_comes_before_that_for_anybody():
    sentences = ("Give amoxicillin.", "Pregnancy: give cefalexin.", "Penicillin allergy: give clarithromycin.")
    known = Dossier({"treatment": _known(*sentences).sections["presentation"]})
    cases = (
        Case(narrative=""),
        Case(narrative="", sex="female", pregnant=True),
        Case(narrative="", allergies=(Mention(name="penicillin"),)),
    )
    assert [treatment_quotes(known, case, 1)[0].text for case in cases] == list(sentences)


def _under(heading: str, *sentences: str) -> tuple[Quote, ...]:
    text = "\n".join(sentences)
    document = Document(id=heading, title="D", text=text)
    passage = Passage(
        id=f"{heading}-0", document_id=heading, heading_path=("Treatment", heading), start=0, end=len(text), text=text
    )
    return tuple(Quote(passage, document, text.index(one), text.index(one) + len(one)) for one in sentences)


def test_what_to_give_comes_before_other_measures_and_goals_come_last():
    told = (
        *_under("Goals", "Relieve pain."),
        *_under("Non-drug", "Rest."),
        *_under("Drug treatment", "Give naproxen."),
    )
    found = treatment_quotes(Dossier({"treatment": told}), _case(), 3)
    assert [quote.text for quote in found] == ["Give naproxen.", "Rest.", "Relieve pain."]
