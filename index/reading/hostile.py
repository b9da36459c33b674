"""Recognise text that speaks to a program instead of a clinician: "ignore previous instructions", "you are now an AI".

Conservative on purpose: clinical prose such as "ignore the result if the sample is haemolysed" must pass. It sees wording
only; a false statement in plain prose is beyond it, and so is an instruction in a cipher.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence

from index.headings import heading_of
from index.sentences import sentence_spans

INSTRUCTION_FLAG = "instruction-like text"
HIDDEN_FLAG = "hidden text left out"

_PROGRAM = (
    r"(?:ai (?:language )?(?:model|assistant|system|agent|bot)s?|llms?|(?:large )?language models?|chatbots?|chatgpt"
    r"|gpt-?\d)"
)
_COMMANDED = (
    r"(?:^|[\"'\u201c\u2018(\[{*>:;,.!?=-]\s{0,3}"
    r"|\b(?:please|now|and|then|must|should|to|you|will|always|immediately|simply)\s)"
)
_PATTERNS = (
    # Previous instructions are to be dropped.
    rf"{_COMMANDED}(?:ignore|disregard|forget|override|bypass|discard|drop)\s(?:[\w']+\s){{0,4}}?"
    r"(?:previous|prior|above|earlier|preceding|foregoing|existing|original|system|your|all|any|these|those)\s"
    r"(?:[\w']+\s){0,3}?(?:instructions?|prompts?|directives?|system messages?|programming|training)\b",
    rf"{_COMMANDED}(?:ignore|disregard|forget)\s(?:everything|anything|all)\s(?:of\s)?(?:the\s|that\s)?"
    r"(?:above|before|prior|previous|you (?:were|have been|know)|was said|i said|else in)",
    r"\bnew (?:system )?instructions?\s?:",
    r"\b(?:system|developer) (?:prompt|message|instructions?|override)\s?[:=]",
    r"\b(?:reveal|disclose|repeat|print|leak|output|show)\s(?:me\s)?(?:your|the|this)\s(?:system |hidden |initial )?prompt\b",
    # It is told what it is, or spoken to.
    rf"\byou(?: are|'re)(?: now)?(?: an?| the| my)?\s(?:[\w-]+\s){{0,3}}?{_PROGRAM}\b",
    r"\byou(?: are|'re) now(?: an?| the| my)?\s(?:[\w-]+\s){0,3}?(?:assistant|bot|model|agent|persona|character|program)\b",
    rf"\bas an? (?:{_PROGRAM}\b|ai,? (?:you|i)\b)",
    rf"\b(?:act|behave|respond|answer) (?:as|like) (?:an? )?(?:[\w-]+\s){{0,2}}?{_PROGRAM}\b",
    r"\bpretend (?:to be|that you are|you are) (?:an? )?(?:\w+\s){0,2}?(?:ai|assistant|model|bot)\b",
    r"\b(?:instructions?|message|note|attention|notice|important)\s?(?:to|for|:)\s(?:the |all |any )?"
    rf"(?:{_PROGRAM}\b|ai\s?[:,])",
    rf"\b(?:if|when) you are (?:an? )?(?:ai\b|{_PROGRAM}\b)",
    rf"^(?:dear |hey |hello |attention,? )?(?:{_PROGRAM}|ai)\s?[:,]\s(?:you|please|do not|always|never|ignore|when|if)\b",
    # It is told how to answer.
    r"^\W*(?:system|assistant|developer|user)\s?:\s?(?:you|your|ignore|disregard|do not|don't|never|always|respond|reply"
    r"|answer|output|say|from now|new|rank|list|please|the user|i (?:am|will|cannot))\b",
    r"\bfrom now on,?\s(?:you (?:will|must|should|shall|are to)\s)?(?:only\s|always\s)?"
    r"(?:answer|respond|reply|output|print|ignore|rank|act as|speak)\b",
    r"^\W*(?:always\s|only\s|just\s|you must\s)?(?:respond|reply|answer|output)\s(?:only|exactly|solely)?\s?(?:with|in)\s"
    r"(?:only\s)?(?:json|the (?:word|phrase|string|text|sentence)|exactly)\b",
    r"\b(?:when|if|whenever) (?:the|a|any) user (?:asks|says|types|queries|wants)\b",
    r"\bthe user'?s (?:question|query|prompt|request|input)\b",
    r"\bregardless of (?:the |what the )?(?:user|prompt|query|input)\b",
    r"\b(?:do not|don't|never) (?:tell|inform|alert|warn|mention (?:this|it) to) the user\b",
    r"\b(?:jailbreak|prompt injection|developer mode|dan mode|do anything now)\b",
    # The marks with which programs part the turns of a chat.
    r"<\|[a-z_]{2,30}\|>|\[/?inst\]|<</?sys>>|</?(?:system|assistant)>",
    # The same order in other languages.
    r"\bignore[zr]?\s(?:\w+\s){0,3}?instructions\s(?:\w+\s)?(?:précédentes|antérieures|ci-dessus)",
    r"\bignor(?:a|e|ar|en)\s(?:\w+\s){0,3}?(?:instrucciones|instruções)\s(?:anteriores|previas)",
    r"\bignorier(?:e|en sie)\s(?:\w+\s){0,3}?(?:vorherigen|bisherigen|obigen)\s(?:anweisungen|instruktionen)",
    r"(?:忽略|无视|忘记)(?:之前|以上|上述|先前|前面)的?(?:所有|全部)?的?(?:指令|指示|提示|说明)",
)
_INSTRUCTION = re.compile("|".join(f"(?:{pattern})" for pattern in _PATTERNS))
# One of these stands in every text that a pattern fits; most passages hold none and are done. Searched one by one, because
# that is many times faster than a pattern of alternatives.
_HINT_WORDS = (
    "ignor disregard forget overrid bypass discard drop instruction prompt llm chatbot gpt assistant persona system"
    " developer respond reply answer output user jailbreak <| [inst [/inst sys>> pretend 忽略 无视 忘记"
)
_HINTS = (
    *_HINT_WORDS.split(),
    "ai ",
    "ai,",
    "ai:",
    "an ai",
    "language model",
    "you are now",
    "you're now",
    "now on",
    "dan mode",
    "do anything",
)
# Cyrillic letters and the Greek omicron, which look like these Latin ones.
_LETTERS_ALIKE = str.maketrans("\u0430\u0435\u043e\u0440\u0441\u0445\u0443\u0456\u0455\u0458\u03bf", "aeopcxyisjo")
_SPACES = re.compile(r"\s+")
# Longer than any sentence that is worth judging as one.
_LONGEST = 2000
_OVERLAP = 200


def is_instruction_like(sentence: str) -> bool:
    """Say whether a sentence reads like an instruction to a language model."""
    folded = _folded(sentence).strip()
    return _is_hinted(folded) and any(_INSTRUCTION.search(part) for part in _parts(folded))


def instruction_spans(text: str) -> list[tuple[int, int]]:
    """Return the stretches of a text that must not reach a language model, in order.

    Each runs from an instruction-like sentence or heading to the end of its line, because what follows it there is said
    to the program too.
    """
    return list(_line_ends(text, _instruction_starts(text)))


def _instruction_starts(text: str) -> list[int]:
    """Return where the sentences and heading lines that speak to a program begin, in order."""
    if not _is_hinted(_folded(text)):
        return []
    starts = [start for start, end in sentence_spans(text) if is_instruction_like(text[start:end])]
    position = 0
    for line in text.split("\n"):
        if (heading := heading_of(line)) is not None and is_instruction_like(heading.text):
            starts.append(position)
        position += len(line) + 1
    return sorted(starts)


def _line_ends(text: str, starts: Sequence[int]) -> Iterator[tuple[int, int]]:
    reached = -1
    for start in starts:
        if start >= reached:
            end = text.find("\n", start)
            reached = len(text) if end < 0 else end
            yield start, reached


def without_instructions(text: str) -> str:
    """Return a text as it is searched and embedded: without what speaks to a program, bare list markers included."""
    spans = instruction_spans(text)
    if not spans:
        return text
    kept, position = [], 0
    for start, end in spans:
        line_start = text.rfind("\n", position, start) + 1 if "\n" in text[position:start] else position
        bare = not any(char.isalnum() for char in text[line_start:start])
        kept.append(text[position : line_start if bare else start].rstrip(" "))
        position = end
    return "".join([*kept, text[position:]]).strip("\n")


def count_instructions(text: str) -> int:
    """Return how many sentences and headings of a text speak to a program."""
    return len(_instruction_starts(text))


def _is_hinted(folded: str) -> bool:
    return any(hint in folded for hint in _HINTS)


def _folded(text: str) -> str:
    """Return a text in lower case, with letters that only look alike made the same and white space made plain."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text).translate(_LETTERS_ALIKE).replace("\u2019", "'")
    return _SPACES.sub(" ", text.casefold())


def _parts(folded: str) -> Iterator[str]:
    """Yield the text whole, or in overlapping parts where it is longer than a sentence ever is."""
    for start in range(0, max(1, len(folded) - _OVERLAP), _LONGEST - _OVERLAP):
        yield folded[start : start + _LONGEST]
