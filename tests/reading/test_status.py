"""The negation suite: what a sentence says of a finding, in clinicians' and in patients' words."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.reading.status import status_at
from assistant.reading.vocabulary import Entry, Vocabulary

PHRASES = {
    "abdominal pain": "stomach pain|tummy ache|stomachache",
    "abdominal tenderness": "abdomen tender",
    "anaemia": "anemia",
    "asthma": "",
    "breast cancer": "",
    "bruising": "bruise",
    "cancer": "malignancy",
    "chest pain": "chest hurts",
    "chills": "",
    "constipation": "",
    "cough": "coughing|coughed",
    "diabetes mellitus": "diabetes|diabetic",
    "diarrhoea": "diarrhea|loose stools",
    "dizziness": "dizzy|lightheaded",
    "dyspnea": "shortness of breath|short of breath|trouble breathing",
    "dysuria": "burning urination",
    "eczema": "",
    "fever": "febrile|temperature high",
    "gonorrhea": "",
    "headache": "head hurts",
    "hypertension": "high blood pressure",
    "jaundice": "icteric|jaundiced",
    "migraine": "",
    "murmur": "",
    "myocardial infarction": "MI|heart attack",
    "nausea": "nauseous|nauseated",
    "night sweats": "",
    "nitrites": "",
    "oedema": "edema|swelling",
    "palpitations": "",
    "pneumonia": "",
    "pulmonary embolism": "PE",
    "rash": "",
    "allergy": "drug allergies",
    "rebound tenderness": "rebound",
    "seizure": "convulsion",
    "sore throat": "throat hurts",
    "stroke": "",
    "syncope": "passed out|fainted|loss of consciousness",
    "tuberculosis": "TB",
    "vomiting": "vomited|throwing up|emesis|vomits",
    "weight loss": "losing weight",
    "wheeze": "wheezing|wheezes",
    "pain": "",
    "smoking": "smoked|smoker",
    "pregnancy": "pregnant",
    "stiff neck": "neck stiffness",
    "depression": "depressed",
    "appendectomy": "",
    "crackles": "rales",
    "guarding": "",
    "hepatomegaly": "",
    "HIV": "",
    "Murphy sign": "Murphy's sign",
}
VOCABULARY = Vocabulary(
    (phrase, Entry(label, "")) for label, others in PHRASES.items() for phrase in (label, *others.split("|")) if phrase
)
# Each line: sentence => label status, ... ; every finding of the sentence that the dictionary above knows is listed.
SUITE = """
# denied, with and without a list
Denies syncope, dyspnea, or palpitations but has cough. => syncope absent, dyspnea absent, palpitations absent, cough present
Both eyes red without discharge, cracked red lips, rash on trunk. => rash present
Hx hypertension, sudden chest pain and dyspnea. => hypertension past, chest pain present, dyspnea present
Young infants often do not cough: fever or vomiting may come first. => cough absent, fever present, vomiting present
No appetite, vomiting and weight loss. => vomiting present, weight loss present
No fever or chills; vomiting started yesterday. => fever absent, chills absent, vomiting present
The exanthem came without fever. => fever absent
A 4-year-old girl without rash. => rash absent
She denied having had fever. => fever absent
He denies that he has had any seizure. => seizure absent
The patient denies a history of asthma. => asthma absent
She denies any prior stroke or seizure. => stroke absent, seizure absent
Denies: fever, chills, night sweats. => fever absent, chills absent, night sweats absent
No fever, chills, night sweats, weight loss. => fever absent, chills absent, night sweats absent, weight loss absent
She has no fever, vomiting, or rash. => fever absent, vomiting absent, rash absent
There is no rash, and the neck is stiff with headache. => rash absent, stiff neck present, headache present
He has no fever and has had a cough for a week. => fever absent, cough present
He has no fever, has a cough, and vomits. => fever absent, cough present, vomiting present
No cough; headache since Monday. => cough absent, headache present
No cough. headache since Monday. => cough absent, headache present
He has neither fever nor chills. => fever absent, chills absent
She does not have headache, nor does she have vomiting. => headache absent, vomiting absent
She had no fever, however she developed a rash. => fever absent, rash present
Absence of fever is noted. => fever absent
In the absence of fever, the cough was thought viral. => fever absent, cough present
The child is free of pain and has no oedema. => pain absent, oedema absent
He is pain-free at rest. => pain absent
Negative for fever, chills, and cough. => fever absent, chills absent, cough absent
Review of systems is negative for weight loss and positive for cough. => weight loss absent, cough present
Urinalysis is negative for nitrites. => nitrites absent
Ruled out for MI. => myocardial infarction absent
She was ruled out for PE with a scan. => pulmonary embolism absent
Pneumonia was ruled out. => pneumonia absent
PE has been excluded. => pulmonary embolism absent
No evidence of pneumonia on the film. => pneumonia absent
There are no signs of jaundice. => jaundice absent
No sign or symptom of stroke. => stroke absent
No known drug allergies. => allergy absent
There is no history of seizure. => seizure absent
He has no personal or family history of cancer. => cancer absent
There is no family history of breast cancer. => breast cancer absent
She has never had a seizure. => seizure absent
He has never smoked. => smoking absent
Never smoker, no asthma. => smoking absent, asthma absent
Has not taken ibuprofen for headache. => headache present
He does not use tobacco and has never smoked. => smoking absent
Lacks rebound tenderness. => rebound tenderness absent
The patient is not jaundiced, pale or febrile. => jaundice absent, fever absent
He is not febrile. => fever absent
He is not febrile and coughs all day with wheezing. => fever absent, cough present, wheeze present
Cough is not associated with fever. => cough present, fever absent
Fever: none. => fever absent
Fever - no. => fever absent
Rash: absent. => rash absent
Fever is denied. => fever absent
Wheezes are absent. => wheeze absent
Murmurs were not heard. => murmur absent
Oedema is not present. => oedema absent
Fever and cough are absent, but headache persists. => fever absent, cough absent, headache present
Headache is present and fever is absent. => headache present, fever absent
Murphy sign was negative. => Murphy sign absent
Negative Murphy sign. => Murphy sign absent
HIV test was negative. => HIV absent
HIV negative, cough for 2 weeks. => HIV absent, cough present
(-) fever, (+) cough. => fever absent, cough present
+fever -chills => fever present, chills absent
Pulmonary embolism is unlikely. => pulmonary embolism absent
She has had no syncope, and her rash is fading. => syncope absent, rash present
No chest pain at rest, positive dyspnea. => chest pain absent, dyspnea present
Denies vomiting, some nausea. => vomiting absent, nausea present
No symptoms other than cough. => cough present
She denies any complaint except headache. => headache present
Aside from headache there is no fever. => headache present, fever absent
He reports cough without wheeze, with chest pain on exertion. => cough present, wheeze absent, chest pain present
No vomiting, and with a mild rash. => vomiting absent, rash present
No fever or cough, and a new rash. => fever absent, cough absent, rash present
No fever, which is unusual given the rash. => fever absent, rash present
He can no longer work but no longer has fever. => fever absent
There has been no vomiting or diarrhea. => vomiting absent, diarrhoea absent
No one in the household has had fever. => fever absent
Not known to have asthma. => asthma absent
Nil fever, nil rash. => fever absent, rash absent
Per Dr. Green there is no rash. => rash absent
No symptoms of infection (e.g. fever or chills). => fever absent, chills absent
No rash vs. the first visit. => rash absent
Temperature 38.5 with no rash or cough. => rash absent, cough absent
He was not found to have hepatomegaly. => hepatomegaly absent
Examination did not show hepatomegaly, jaundice, or oedema. => hepatomegaly absent, jaundice absent, oedema absent
Chest examination shows no crackles or wheezes. => crackles absent, wheeze absent
Rebound could not be elicited. => rebound tenderness absent
The film excludes pneumonia. => pneumonia absent
The mother denies fever. => fever absent
Her father denies fever or rash in the child. => fever absent, rash absent
No one else at home has a rash. => rash absent
No nausea/vomiting/diarrhea. => nausea absent, vomiting absent, diarrhoea absent
ROS: +cough, -fever, -rash => cough present, fever absent, rash absent
Neg for cough, pos for fever. => cough absent, fever present
Cough yes, fever no. => cough present, fever absent
Cough (+), fever (-). => cough present, fever absent
He appears well, not jaundiced, with mild oedema. => jaundice absent, oedema present
History negative for stroke or seizure. => stroke absent, seizure absent
HIV-negative man with fever. => HIV absent, fever present
The child has had no vomiting since yesterday but has fever. => vomiting absent, fever present
# the normal examination
The abdomen is soft and non-tender. => -
He is afebrile and anicteric. => -
Normal heart sounds, lungs are clear. => -
Heart sounds are normal without murmur. => murmur absent
Lungs are clear, no wheezes. => wheeze absent
The abdomen is soft, without guarding or rebound. => guarding absent, rebound tenderness absent
A non-smoker with cough and an old stroke. => smoking absent, cough present, stroke past
I cannot recall any headache. => headache absent
Non-diabetic, non-smoker. => diabetes mellitus absent, smoking absent
There is no oedema of the legs and the liver is not felt. => oedema absent
# wordings that look like a denial and are none
The pain is not relieved by rest. => pain present
The headache has not resolved. => headache present
There is no relief of the headache with tablets. => headache present
No change in the cough. => cough present
There was no improvement in dyspnea. => dyspnea present
Cough without improvement for two weeks. => cough present
Not only fever but also rash. => fever present, rash present
She has no doubt that the cough is worse. => cough present
The rash does not itch. => rash present
He is not able to sleep because of cough. => cough present
She has not been sleeping, coughing all night. => cough present
He is not eating and is vomiting. => vomiting present
Gram-negative rods, fever and chills. => fever present, chills present
A nonproductive cough. => cough present
Non-bloody diarrhea and non-bilious vomiting. => diarrhoea present, vomiting present
Chest pain that does not radiate. => chest pain present
She takes no medication for her hypertension. => hypertension present
No longer than an hour after the meal comes vomiting. => vomiting present
No history, presents with fever. => fever present
With no significant past medical history, he presents with headache. => headache present
No other complaints; cough is dry. => cough present
He has not taken anything for the headache. => headache present
The fever does not respond to paracetamol. => fever present
There is no known cause for the vomiting. => vomiting present
No, I have a headache. => headache present
She cannot walk because of dizziness. => dizziness present
Previously healthy man with fever. => fever present
She feels as if she might vomit, with nausea. => vomiting present, nausea present
The nausea is never better. => nausea present
Negative thoughts and weight loss. => weight loss present
It is the worst headache he has ever had. => headache present
I never had such a headache. => headache present
He has not had a headache like this. => headache present
I cannot stop vomiting. => vomiting present
Has had multiple episodes of vomiting, none bloody. => vomiting present
# past
History of hypertension. => hypertension past
A man with a history of stroke and hypertension presents with chest pain. => stroke past, hypertension past, chest pain present
A woman with a history of asthma has fever. => asthma past, fever present
Past medical history is significant for asthma and migraine. => asthma past, migraine past
Past medical history: hypertension, diabetes. => hypertension past, diabetes mellitus past
PMH of stroke. => stroke past
h/o TB, now with cough. => tuberculosis past, cough present
He was treated for gonorrhea 2 years ago. => gonorrhea past
She had a stroke three years ago. => stroke past
Five years ago he vomited blood and had syncope. => vomiting past, syncope past
As a child he had eczema. => eczema past
He had asthma as a child. => asthma past
She had pneumonia last winter. => pneumonia past
Status post appendectomy, here with abdominal pain. => appendectomy past, abdominal pain present
S/p appendectomy. => appendectomy past
Appendectomy in 2015. => appendectomy past
He had a seizure at age 12. => seizure past
She had migraine in the past. => migraine past
Previous stroke, now dizzy. => stroke past, dizziness present
Known diabetic with fever. => diabetes mellitus past, fever present
He is a known case of tuberculosis. => tuberculosis past
The rash has resolved. => rash past
Her cancer is in remission. => cancer past
She recovered from pneumonia. => pneumonia past
He used to have migraine. => migraine past
Medical history includes asthma; he has a cough. => asthma past, cough present
History of migraine, no stroke. => migraine past, stroke absent
No stroke, history of migraine. => stroke absent, migraine past
Two weeks ago she had a sore throat; now she has oedema. => sore throat past, oedema present
# the time of the illness is not the past
A 3-day history of fever. => fever present
A two-week history of cough and weight loss. => cough present, weight loss present
He presents with a 2 year history of headache. => headache present
History of fever for 3 days. => fever present
History of present illness: cough and fever. => cough present, fever present
Fever began 3 days ago. => fever present
She noticed a rash 2 weeks ago. => rash present
He developed a cough two months ago. => cough present
In the past 3 days he has had vomiting. => vomiting present
Over the past month she has had night sweats. => night sweats present
Three weeks ago he started having headache. => headache present
Prior to admission he had vomiting. => vomiting present
A 60-year-old man with fever. => fever present
She has been vomiting since yesterday. => vomiting present
She has lost weight over the last year, with night sweats over the last year. => night sweats present
He comes because of a history of dyspnea. => dyspnea present
A history of worsening headache. => headache present
Several weeks' history of diarrhea. => diarrhoea present
# family and others
She lives with her grandmother, who has a cough. => cough family
A friend has a fever and a rash. => fever family, rash family
History of asthma in her brother. => asthma family
Her mother had breast cancer. => breast cancer family
Family history of diabetes. => diabetes mellitus family
Family history is positive for stroke. => stroke family
Family history: hypertension. => hypertension family
His father died of a heart attack at age 52. => myocardial infarction family
Her mother and sister both have migraine. => migraine family
His brother, who has asthma, is well. => asthma family
Two siblings have eczema. => eczema family
Asthma runs in the family. => asthma family
Breast cancer in her mother and aunt. => breast cancer family
His maternal grandmother had diabetes. => diabetes mellitus family
The mother was diagnosed with hypertension. => hypertension family
His father has diabetes, and he has a cough. => diabetes mellitus family, cough present
Her husband has a cough. => cough family
Her two older children have asthma. => asthma family
A classmate has had fever. => fever family
A friend with TB visited; she has had a cough since. => tuberculosis family, cough present
His mother's migraine began early. => migraine family
# a relative who tells or brings is not the one who has it
The mother brings him because of fever. => fever present
His mother reports vomiting. => vomiting present
Brought by her father with cough and fever. => cough present, fever present
The mother has noticed a rash. => rash present
Her mom has noted bruising. => bruising present
His parents are concerned about his weight loss. => weight loss present
The mother says her son has a cough. => cough present
His wife noticed jaundice. => jaundice present
A pale child with jaundice. => jaundice present
A mother of two with headache. => headache present
He was brought in by his wife after a seizure. => seizure present
My wife says I have been coughing. => cough present
My son has a fever and a rash. => fever present, rash present
# uncertain
Possible pneumonia. => pneumonia uncertain
Suspected PE. => pulmonary embolism uncertain
She may have pneumonia. => pneumonia uncertain
It could be a stroke. => stroke uncertain
Call back if fever develops. => fever uncertain
Return for vomiting or headache. => vomiting uncertain, headache uncertain
Should fever occur, come back. => fever uncertain
If she has fever, give paracetamol. => fever uncertain
He is worried that he might have caught TB. => tuberculosis uncertain
He is worried about cancer. => cancer uncertain
She is afraid of a heart attack. => myocardial infarction uncertain
Pneumonia cannot be excluded. => pneumonia uncertain
We cannot rule out PE. => pulmonary embolism uncertain
Admitted to rule out MI. => myocardial infarction uncertain
Tests for HIV are pending. => HIV uncertain
Stroke vs. migraine. => stroke uncertain, migraine uncertain
? pneumonia => pneumonia uncertain
Pneumonia? => pneumonia uncertain
Do you have any fever? => fever uncertain
Any chest pain or vomiting? => chest pain uncertain, vomiting uncertain
At risk of stroke. => stroke uncertain
There is concern for stroke. => stroke uncertain
PE is suspected. => pulmonary embolism uncertain
She wonders whether it is cancer. => cancer uncertain
# patients' words
I don't have any fever. => fever absent
I do not have chest pain, but I have a cough. => chest pain absent, cough present
Nope, no headaches. => headache absent
I haven't been vomiting. => vomiting absent
He hasn't got a rash. => rash absent
I\u2019ve never passed out. => syncope absent
She isn't coughing. => cough absent
I didn't notice any swelling. => oedema absent
My chest hurts and I can't sleep. => chest pain present
I have no fever, I just feel dizzy. => fever absent, dizziness present
No fever, just a cough. => fever absent, cough present
I'm not short of breath. => dyspnea absent
There wasn't any rash. => rash absent
No I haven't had diarrhea. => diarrhoea absent
Yeah, I get headaches. => headache present
I haven't had fever but I've been throwing up. => fever absent, vomiting present
No it is more of a headache. => headache present
I do n't have nausea. => nausea absent
I dont have a sore throat. => sore throat absent
It hurts in my tummy, I have a tummy ache but I'm not throwing up. => abdominal pain present, vomiting absent
I have chest pain, is it dangerous? => chest pain present
My dad had a heart attack. => myocardial infarction family
I used to get migraine. => migraine past
"""


def _cases() -> list[tuple[str, dict[str, str]]]:
    cases = []
    for line in SUITE.strip().splitlines():
        if line.startswith("#"):
            continue
        sentence, _, told = line.partition(" => ")
        pairs = [] if told == "-" else [one.rsplit(" ", 1) for one in told.split(", ")]
        cases.append((sentence, dict(pairs)))
    return cases


CASES = _cases()


def test_the_suite_is_as_large_as_promised():
    assert len({sentence for sentence, _ in CASES}) == len(CASES) >= 150


@pytest.mark.parametrize(("sentence", "told"), CASES, ids=[sentence for sentence, _ in CASES])
def test_each_finding_has_the_status_that_the_sentence_gives_it(sentence, told):
    read = {found.entry.label: status_at(sentence, found.start, found.end) for found in VOCABULARY.find(sentence)}
    assert read == told


@pytest.mark.parametrize("sentence", ["Fever.", "She has fever", "fever and cough", "On examination: fever"])
def test_a_finding_simply_named_is_present(sentence):
    assert status_at(sentence, sentence.lower().index("fever"), sentence.lower().index("fever") + 5) == "present"


@given(st.text(max_size=300))
def test_any_text_gets_a_status(text):
    assert status_at(text, 0, len(text)) in ("present", "absent", "past", "family", "uncertain")


@given(
    st.sampled_from(["rash", "cough", "wheeze"]),
    st.sampled_from(["No {}.", "He denies {}.", "Without {}.", "{}: none"]),
)
def test_a_denial_holds_for_whatever_is_denied(finding, form):
    sentence = form.format(finding)
    start = sentence.index(finding)
    assert status_at(sentence, start, start + len(finding)) == "absent"


def test_a_long_sentence_without_an_end_is_read_in_a_blink():
    sentence = "no rash and mother has " * 800
    began = time.perf_counter()
    status_at(sentence, len(sentence) - 3, len(sentence))
    assert time.perf_counter() - began < 2
