"""Is a line a fact, a question, or both? Decided sentence by sentence, from wording alone.

Knows how questions and notes are worded in English. Does not know which findings, medicines or diseases there are: a
statement that is not a question is taken as a fact, and reading decides whether it says anything.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from assistant.words import content_stems
from index.sentences import sentence_spans

_SUBJECT = (
    r"(i|we|you|he|she|it|they|there|this|that|these|those|the|an?|any|his|her|my|our|their|its|all|both|every|one)\b"
)
_AUXILIARY = r"(is|are|was|were|do|does|did|can|could|should|would|will|shall|may|might|must|has|have|had)"
_JUDGED = (
    r"(safe|indicated|contraindicated|needed|required|necessary|recommended|appropriate|useful|enough|ok|okay|likely)"
)
# Each is tried at the start of a sentence. A bare auxiliary is not enough: notes leave the subject out ("Is febrile").
_OPENINGS = (
    r"what\b(?! (looks|appears|seems))",
    r"how\b(?!ever)",
    r"why\b",
    r"whe(n|re)('s)? " + _AUXILIARY + r"\b",
    r"(at what|in which|in what|for how|to what|on which|by how|with what|with which)\b",
    r"(which|whose)\b(?! (started|began|is|was|were|has|have|had|did|does|came|got|made|lasted|radiates?|resolved))",
    r"who (should|needs?|gets?|can|must|would)\b",
    _AUXILIARY + r"(n't| not)? " + _SUBJECT,
    rf"(is|are) (\w+[ -]){{1,4}}(\w+ )?{_JUDGED}\b",
    r"(can|could|should|must|may|will|would|does|do) (?!not\b)(\w+[ -]){1,3}(be|cause|help|work|rule|exclude|explain|mean)\b",
    r"(please )?(tell|show|give|help|remind|advise) (me|us)\b",
    r"(please )?(explain|suggest|recommend|compare|describe|list|summari[sz]e|name)\b",
    r"(any|some)( other| more| further)? (ideas?|thoughts|suggestions?|advice)\b",
    r"(and|or|so|then|ok|okay|well|but|also|now)?,? ?(what|how) (about|if|else|now|next)\b",
    r"i (would|'d) (like|love) to know|i (wonder|need to know|want to know)|(we )?wonder(ing)? (if|whether)",
    r"(suppose|imagine|assume|assuming|hypothetically|let's say|say (he|she|they))\b",
)
_JOINING = r"(and |so |ok,? |okay,? |then |but |also,? |well,? |now,? |please,? )?"
_QUESTION_START = re.compile(rf"\W*{_JOINING}(?:{'|'.join(_OPENINGS)})", re.IGNORECASE)
_QUESTION_INSIDE = re.compile(
    r"\b(should (i|we)|do (i|we) (need|have)|would you|what if|what about|what (would|should|do) (you|i|we)|could (this|it) be|"
    r"is (it|there)\b[^.]*\?)",
    re.IGNORECASE,
)
# What is asked for without a verb ("first-line treatment", "dose of amoxicillin in children").
_TOPIC = (
    r"(treatment|management|therapy|dos(e|es|age|ing)|antibiotics?|drug of choice|investigations?|tests?|work-?up|imaging|"
    r"red flags?|danger signs?|differential( diagnosis)?|diagnos[ie]s|referral|contraindications?|side[- ]effects|"
    r"complications|prognosis|causes|symptoms|signs|risk factors|follow-?up|next (steps?|tests?))"
)
_TOPIC_ASKED = re.compile(
    rf"\W*(the )?((first|second)[- ]line |best |next |usual |initial |recommended |adult |p(a)?ediatric |further )*{_TOPIC}"
    r"( (of|for|in|if|during)\b|( \w+)?\W*$)",
    re.IGNORECASE,
)
_RESULT = re.compile(
    r"\b(negative|positive|normal|abnormal|raised|elevated|low|high|started|given|stopped|done|pending|none|denied|absent|"
    r"present|no|not|since|yesterday|today|\d+)\b",
    re.IGNORECASE,
)
_SUPPOSED = re.compile(
    r"\W*(and |so |but )?(suppose|imagine|assume|assuming|hypothetically|let's say|say (he|she|they)|if)\b", re.I
)
_DIFFERENTIAL_ASKED = re.compile(
    r"\b(what|which)( is|'s| are| would be| could be| do you think is)?( the| your| his| her| this)?"
    r"( (most likely|likeliest|likely|probable|leading|working|main|best|differential|correct|underlying|top|single))*"
    r"( (diagnos[ie]s|differential|condition|disease|cause|explanation)){1,2}( of (these|his|her|the|this) [\w ]+| here| now"
    r"| in this (case|patient)| for (this|the) (case|patient))?\W*$"
    r"|^\W*(what (do you think|is (this|it|going on|wrong( with (him|her|the patient))?)|could (this|it) be|does (he|she) have)"
    r"|(the )?(differential( diagnosis)?|diagnosis))\W*$",
    re.IGNORECASE,
)
# A question with fewer words of its own belongs to the one before it ("What dose?").
_LEAST_WORDS = 2


@dataclass(frozen=True)
class Said:
    """What a line says: the statements about the patient, "" for none, and the questions, in order."""

    facts: str = ""
    questions: tuple[str, ...] = ()


def understand(text: str) -> Said:
    """Return the statements and the questions of a line; what is only supposed is part of the question it leads to."""
    facts: list[str] = []
    questions: list[str] = []
    supposed: list[str] = []
    for sentence in _sentences(text):
        if not is_question(sentence):
            facts.append(sentence)
        elif _SUPPOSED.match(sentence) and "?" not in sentence:
            supposed.append(sentence)
        else:
            questions.append(" ".join([*supposed, sentence]))
            supposed = []
    if supposed:
        questions.append(" ".join(supposed))
    return Said(_joined(text, facts), tuple(_with_short_ones_joined(questions)))


def is_question(sentence: str) -> bool:
    """Say whether a sentence asks for something, with or without a question mark."""
    stripped = sentence.strip().rstrip("\"'\u201d\u2019)")
    if stripped.endswith("?") or _QUESTION_START.match(sentence) or _QUESTION_INSIDE.search(sentence):
        return True
    return bool(_TOPIC_ASKED.match(sentence)) and not _RESULT.search(sentence)


def asks_for_differential(question: str) -> bool:
    """Say whether a question asks for what the differential itself answers: what the patient may have."""
    return bool(_DIFFERENTIAL_ASKED.search(question))


def _sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in sentence_spans(text)] or [text.strip()]


def _joined(text: str, facts: list[str]) -> str:
    """Return the statements as they were written where nothing else was; else sentence after sentence."""
    everything = " ".join(_sentences(text))
    return text.strip() if " ".join(facts) == everything else " ".join(facts).strip()


def _with_short_ones_joined(questions: list[str]) -> list[str]:
    joined: list[str] = []
    for question in questions:
        if joined and len(content_stems(question)) < _LEAST_WORDS:
            joined[-1] += f" {question}"
        else:
            joined.append(question)
    return joined
