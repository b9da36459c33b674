"""Whether a sentence only warns of what it names: "return if chest pain develops" says of no pain that it is there.

Narrower than a doubt: what is suspected or feared is not only warned of, and "if he walks he gets chest pain" states the
pain. Knows wording. Does not know findings.
"""

from __future__ import annotations

import re

_ADVICE = (
    r"\b(?:told|advised|warned|instructed|counsel+ed|educated|reminded|asked|safety[- ]?net(?:ted|ting)?|please|"
    r"return|come back|call|ring|seek|report|attend|contact|go to|present to|re-?present|999|911|112)\b"
)
# "if", with advice anywhere in the sentence; or "should ... develop", which is advice by itself.
_IF = re.compile(
    r"\b(?:if|unless|in case(?: of)?|in the event(?: of)?|(?:as soon as|whenever)(?= \w+ (?:notice|develop)))\b", re.I
)
_ADVISED = re.compile(_ADVICE, re.I)
_SHOULD = re.compile(r"\bshould\s+(?:[\w-]+\s+){0,7}(?:[\w-]+-)?$", re.I)
_COMES = re.compile(
    r"[^.;]{0,60}?\b(?:develops?|occurs?|recurs?|arises?|appears?|happens?|worsens?|returns?|starts?|begins?)\b", re.I
)
# Advice that names the sign itself: "to return with fever", "watch out for a stiff neck", "warned about bleeding".
_NAMED = re.compile(
    r"(?:(?<!had )\bto (?:return|come back|call|ring|re-?attend|seek (?:\w+ ){1,3})|"
    r"\b(?:watch|look|looking|watching)(?: out)?|\bwarned|\bcounsel+ed|\badvised|\beducated|\bsafety[- ]?net(?:ted|ting)?|"
    r"\b(?:return|warning|safety[- ]net) (?:precautions|advice|signs|instructions)"
    r"(?: were| was| are)?(?: given| discussed| explained)?)"
    r"(?: immediately| urgently| at once| promptly)?\s*"
    r"(?:for|with|about|of|on|regarding|re:?|including|such as|:)\s+(?P<rest>[^.;]*)$",
    re.I,
)
_TURN = re.compile(r"\b(?:but|however|although|now|today|because|since|after)\b|;", re.I)


def only_warned_of(sentence: str, start: int, end: int) -> bool:
    """Return whether `sentence[start:end]` is named only as what might come."""
    before, after = sentence[:start], sentence[end:]
    if named := _NAMED.search(before):
        return not _TURN.search(named["rest"])
    if _SHOULD.search(before):
        return _COMES.match(after) is not None
    conditions = list(_IF.finditer(before))
    if not conditions or _TURN.search(before, conditions[-1].end()):
        return False
    return _ADVISED.search(sentence) is not None
