"""What a sentence of guidance recommends: for or against, first or later, how, for whom, and how strongly it says so.

Knows wording. Does not know medicines: what may be recommended is named by the caller. What a sentence says only under a
condition ("if allergic", "in asthma") is read as conditional, and never as a recommendation in general.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

from index.dosage import Dosage, read_dosage, routes_in

Direction = Literal["for", "against", "unclear"]


class Mention(NamedTuple):
    """An intervention named in a text at `text[start:end]`."""

    name: str
    start: int
    end: int


@dataclass(frozen=True)
class Recommendation:
    """What is said of one intervention, named at `start`.

    `setting` holds for whom and at which stage; empty for patients in general.
    """

    intervention: str
    start: int
    direction: Direction
    dosage: Dosage
    setting: frozenset[str]
    first: bool = False


_STRENGTHS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"\b(?:strong|weak|conditional|discretionary)(?:ly)?\s+(?:\w+\s+)?recommend(?:ation|ed)\b(?:[,;]?\s*(?:very low|low|"
        r"moderate|high)[- ](?:quality|certainty)(?: of)?(?: evidence)?)?",
        r"\bstrength of (?:the )?recommendation:?\s*(?:strong|weak|conditional|[A-D])\b",
        r"\b(?:grade|class)\s+(?:[A-D]|[12][ABC]|I{1,3}[ab]?)\s+recommendation\b",
        r"\bclass\s+(?:I{1,3}[ab]?|[123][ab]?)[,;]\s*(?:level|loe)(?: of evidence)?:?\s*[A-C]\b",
        r"(?<=[(\[])(?:grade\s+)?[12][A-D](?=[)\]])",
        r"(?<=[(\[])(?:grade|recommendation)\s+[A-D](?=[)\],;])",
    )
)
_AGAINST_BEFORE = re.compile(
    r"\b(?:avoid(?:ing)?|do not (?:give|use|offer|prescribe|start)|don't (?:give|use)|not recommended:?|contraindicated:?|"
    r"should not (?:be )?(?:given|use|used|receive|treated with)|never (?:give|use)|must not be given)\s+"
    r"(?:(?:the|use|of|routine|routinely|oral|any)\s+){0,3}$",
    re.IGNORECASE,
)
_AGAINST_AFTER = re.compile(
    r"^\s*(?:(?:is|are)\s+(?:\w+\s+)?(?:not (?:recommended|indicated|advised)|contraindicated|no longer recommended)|"
    r"(?:should|must)\s+(?:not|never)\s+be\s+(?:given|used|prescribed)|has no (?:role|place)|have no (?:role|place))",
    re.IGNORECASE,
)
_FIRST = re.compile(
    r"\b(?:first[- ]line|1st[- ]line|first choice|(?:drugs?|medicines?|treatments?|antibiotics?|agents?) of (?:first )?choice)"
    r"\b",
    re.IGNORECASE,
)
_CONDITION = re.compile(
    r"\b(?:if|unless|when|where|except|until|once (?:the|he|she|they|patients?|stable)|"
    r"in (?:the )?(?:presence|absence|case|event)|in (?:patients|people|those|"
    r"persons|individuals|cases|areas|women|men|children) (?:with|who|where|of)|allerg\w+|intoleran\w+|contraindicated in|"
    r"hypersensitiv\w+|resistan\w+|fail\w*|caution\w*|consider|may|can be|could|suspected|alone|"
    r"mono-?therapy|routine(?:ly)?|empiric\w*)\b",
    re.IGNORECASE,
)
# Patients and stages that have recommendations of their own; a sentence in general has none of these words.
_SETTINGS = {
    "newborn": r"neonat\w*|newborns?|pre-?term|premature",
    "child": r"child\w*|infants?|pa?ediatric\w*|paed|years? old|months? old|boys?|girls?|adolescents?|"
    r"\d+\s*-?\s*(?:yrs?|years)",
    "pregnancy": r"pregnan\w*|trimester|breast-?feeding|lactati\w+|labour|postpartum|gestation\w*",
    "elderly": r"elderly|older (?:people|adults|patients)|frail\w*",
    "kidney": r"renal|kidney|dialysis|creatinine|egfr",
    "hiv": r"hiv|aids|immun\w*(?:compromised|suppressed|deficien\w*)|cd4",
    "severe": r"sever\w+|complicated|life-?threatening|critical\w*|shock|icu|inpatients?|hospitali[sz]ed|fulminant|emergenc\w+",
    "mild": r"mild|moderate|minor",
    "disseminated": r"disseminated|invasive|systemic|neuro\w+|cerebral|meningitis|endocarditis|tertiary|latent|congenital",
    "prevention": r"prophyla\w+|prevent\w*|contacts?|carriers?|vaccin\w*|exposure",
    "first dose": r"loading|initial(?:ly)?|stat|start(?:ing)?|immediately|bolus|day 1|test dose",
    "later dose": r"maintenance|then|follow\w*|increas\w+|titrat\w+|reduc\w+|taper\w*|maximum|max|up to|continu\w+|add\w*|"
    r"thereafter",
    "later line": r"second[- ]line|third[- ]line|alternativ\w*|failure|failed|resistan\w+|relaps\w+|recurren\w+|refractory|"
    r"poor response|not responding|unavailable|not available|persist\w*|intoleran\w+|allerg\w+",
    "acute": r"acute\w*|attacks?|exacerbat\w+|crisis|flare\w*",
    "chronic": r"chronic\w*|long[- ]term|stable",
}
_SETTING = {name: re.compile(rf"\b(?:{pattern})\b", re.IGNORECASE) for name, pattern in _SETTINGS.items()}
_CLAUSE = re.compile(r"[;]|\.(?=\s)|\b(?:but|however)\b", re.IGNORECASE)
# What goes on with a regimen begun above: what that one is for is not known here.
_GOES_ON = re.compile(r"\W*(?:plus|with|in addition|followed by|then)\b", re.IGNORECASE)
_REFUSAL = re.compile(r"\b(?:not|no|never|avoid|without|contraindicat\w+)\b", re.IGNORECASE)
_YOUNG = frozenset(("child", "newborn"))
_ADULT = re.compile(r"\badults?\b", re.IGNORECASE)
# A group of patients that opens a part of a sentence: "Adult: ", "Child 1 month - 12 years: ".
_PATIENTS = re.compile(
    r"\b(?:adults?|child(?:ren)?|infants?|neonates?|newborns?|elderly|pregnan\w+)\b[^:;.]{0,50}:", re.IGNORECASE
)


def strength_of(text: str) -> str:
    """Return the strength of recommendation that a sentence states, in its own words; "" where it states none."""
    for pattern in _STRENGTHS:
        if found := pattern.search(text):
            return " ".join(found[0].split())
    return ""


def settings_in(text: str) -> frozenset[str]:
    """Return the groups of patients and the stages that a text names."""
    return frozenset(name for name, pattern in _SETTING.items() if pattern.search(text))


def recommendations(text: str, mentions: Sequence[Mention], context: Iterable[str] = ()) -> list[Recommendation]:
    """Return what a sentence says of each intervention it names, for each group of patients it tells apart.

    `context` is what stands above the sentence and holds for it: headings, the head of its table.
    """
    above = " . ".join(context)
    return [
        _recommendation(text, mention, said, setting, above)
        for mention in mentions
        for label, said in _parts(text, mention, _next(mention, mentions, text))
        for setting in _for_whom(label, said, settings_in(above))
    ]


def _next(mention: Mention, mentions: Sequence[Mention], text: str) -> int:
    """Return where the words about a mention end: at the next mention or the next clause."""
    following = min((other.start for other in mentions if other.start >= mention.end), default=len(text))
    clause = _CLAUSE.search(text, mention.end, following)
    return clause.start() if clause else following


def _parts(text: str, mention: Mention, end: int) -> list[tuple[str, str]]:
    """Return what is said of a mention, for each group of patients that labels tell apart ("Adult: ..., Child: ...").

    Where there are none, the whole sentence says for whom its one part is.
    """
    labels = list(_PATIENTS.finditer(text, mention.end, end))
    if not labels:
        return [(text, text[mention.end : end])]
    ends = [label.start() for label in labels[1:]] + [end]
    return [(label[0], text[label.end() : stop]) for label, stop in zip(labels, ends, strict=True)]


def _for_whom(label: str, said: str, above: frozenset[str]) -> list[frozenset[str]]:
    """Return the settings of a part: two of them where it is for adults and for children."""
    named = settings_in(label)
    setting = above | named | settings_in(said)
    if not _ADULT.search(label):
        return [setting]
    grown = setting - _YOUNG
    return [grown, grown | (named & _YOUNG)] if named & _YOUNG else [grown]


def _recommendation(text: str, mention: Mention, said: str, setting: frozenset[str], above: str) -> Recommendation:
    before = text[: mention.start]
    dosage = read_dosage(said)
    return Recommendation(
        intervention=mention.name,
        start=mention.start,
        direction=_direction(text, before, text[mention.end :]),
        dosage=dosage if dosage.routes else replace(dosage, routes=routes_in(before[-40:])),
        setting=setting,
        first=bool(_FIRST.search(text) or _FIRST.search(above)),
    )


def _direction(text: str, before: str, after: str) -> Direction:
    if _CONDITION.search(text) or _GOES_ON.match(text):
        return "unclear"
    if _AGAINST_BEFORE.search(before) or _AGAINST_AFTER.search(after):
        return "against"
    return "unclear" if _REFUSAL.search(text) else "for"
