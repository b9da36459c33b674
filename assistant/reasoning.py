"""What the language model is asked, and how its answers are held to the evidence.

Four jobs: weigh candidates, pick evidence sentences, summarise, answer a question. Each is a prompt from `prompts/`, an
output held to a schema, and a check by code. A model that says nothing, or nonsense, costs time but no truth.
"""

from __future__ import annotations

import json
import logging
import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from assistant.case import Case, Status, age_in_words
from assistant.grounding import Quote, support
from assistant.models.language_model import LanguageModel, Message, complete
from assistant.words import content_sequence, content_stems
from prompts import Rendered, render

_LOG = logging.getLogger(__name__)
PROMPTS = ("weigh", "rank", "pick", "summary", "answer")
SENTENCES_SHOWN = 6
_PICK_TOKENS = 110
PICKED = 3
LEAST_TO_CHOOSE = 3
_SUMMARY_TOKENS = 60
_ANSWER_TOKENS = 240
_BRIEF_FINDINGS = 14
_BRIEF_STATUSES: tuple[tuple[str, Status], ...] = (("", "present"), ("history of ", "past"), ("no ", "absent"))
ANSWER_SENTENCES = 3
# From this weight on a model may choose its own sources; the small default is below it.
TRUSTED = 0.3
_NUMBERING = re.compile(r"^\s*(\d{1,2}[.)]\s+)+")
_NEXT_ITEM = re.compile(r"(?<=[.;:])\s+\d{1,2}[.)]\s")
_REPEATED_WORDS = 3


@dataclass(frozen=True)
class Pick:
    """The findings a model chose as most telling for a diagnosis, and its reason in words ("" from an untrusted model)."""

    findings: tuple[str, ...] = ()
    because: str = ""


@dataclass(frozen=True)
class Wording:
    """A sentence a model wrote about one source (a position in the list it was shown)."""

    source: int
    text: str


def brief(case: Case) -> str:
    """Return the case in one short paragraph: what a prompt can afford to hold."""
    age = "" if case.age_years is None else f"{age_in_words(case.age_years)} "
    who = f"{age}{case.sex if case.sex != 'unknown' else 'patient'}{', pregnant' if case.pregnant else ''}"
    parts = [who]
    for title, status in _BRIEF_STATUSES:
        labels = [finding.label for finding in case.with_status(status)][:_BRIEF_FINDINGS]
        if labels:
            parts.append(title + ", ".join(labels))
    medicines = [mention.name for mention in case.medications]
    if medicines:
        parts.append("takes " + ", ".join(medicines[:5]))
    return "; ".join(parts) + "."


def weigh(case: Case, names: Sequence[str], model: LanguageModel) -> dict[str, float]:
    """Return the model's share of belief in each candidate name, summing to 1; empty when it has no opinion.

    Where the model can score continuations, a name's score is its mean log-probability given the case less the same
    without the case, so that short and common names gain nothing (the domain-conditional PMI of Holtzman et al., EMNLP
    2021, doi:10.18653/v1/2021.emnlp-main.564). Otherwise the model is asked for an order, and rank r counts 1 / r.
    """
    if model.weight <= 0 or len(names) < 2:
        return {}
    listed = "; ".join(names)
    given = model.scores(_messages(render("weigh", case=brief(case), candidates=listed)), list(names))
    if given is None:
        return _asked_order(case, names, model)
    alone = model.scores(_messages(render("weigh", case="not described.", candidates=listed)), list(names)) or []
    gains = [with_case - without for with_case, without in zip(given, alone, strict=True)]
    powers = [math.exp(gain - max(gains)) for gain in gains]
    return {name: power / sum(powers) for name, power in zip(names, powers, strict=True)}


def _asked_order(case: Case, names: Sequence[str], model: LanguageModel) -> dict[str, float]:
    numbered = "\n".join(f"{number}. {name}" for number, name in enumerate(names, 1))
    schema = _object({"ranking": _numbers(len(names))})
    reply = _json(model, render("rank", case=brief(case), candidates=numbered), schema, 4 * len(names) + 16)
    order = [number for number in dict.fromkeys(_integers(reply.get("ranking"))) if 1 <= number <= len(names)]
    total = sum(1 / place for place in range(1, len(order) + 1))
    return {names[number - 1]: 1 / place / total for place, number in enumerate(order, 1)}


def pick(case: Case, diagnosis: str, findings: Sequence[str], sentences: Sequence[Quote], model: LanguageModel) -> Pick:
    """Let the model choose which matched findings tell most for a diagnosis; a trusted one also says why in words.

    The choice is among findings that quotes already support, so that the worst a model can do is choose badly.
    """
    if len(findings) < LEAST_TO_CHOOSE:
        return Pick()
    chosen = {"type": "array", "items": {"enum": list(findings)}, "minItems": 1, "maxItems": PICKED}
    fields: dict[str, Any] = {"findings": chosen}
    if model.weight >= TRUSTED:
        fields["because"] = {"type": "string", "minLength": 20, "maxLength": 200}
    prompt = render(
        "pick",
        case=brief(case),
        diagnosis=diagnosis,
        findings="; ".join(findings),
        sentences="\n".join(f"- {quote.text}" for quote in sentences) if model.weight >= TRUSTED else "",
    )
    reply = _json(model, prompt, _object(fields), _PICK_TOKENS)
    picked = reply.get("findings")
    names = dict.fromkeys(name for name in picked if name in findings) if isinstance(picked, list) else {}
    because = reply.get("because")
    return Pick(tuple(names), tidied(because) if isinstance(because, str) else "")


def summarise(case: Case, model: LanguageModel) -> str:
    """Return the model's one-sentence summary, or "" when it says nothing that the case fully supports, or stammers."""
    told = case.narrative[:1200] if len(case.narrative) < 400 else brief(case)
    text = " ".join(
        complete(model, _messages(render("summary", case=told)), max_tokens=_SUMMARY_TOKENS, stop=("\n",)).split()
    )
    first = text.split(". ")[0].strip()
    if first and not _stammers(first, told) and support(first, [case.narrative], context=[brief(case)]).supported:
        return first if first.endswith(".") else first + "."
    return ""


def _stammers(text: str, told: str) -> bool:
    """Say whether a text uses a content word more often than what it was made from: a small model's way of failing."""
    known = Counter(content_sequence(told))
    return any(count > max(known[word], 1) for word, count in Counter(content_sequence(text)).items())


def answer(case: Case | None, question: str, sentences: Sequence[Quote], model: LanguageModel) -> Iterator[Wording]:
    """Yield the model's answer sentence by sentence, each as soon as it is complete; closing stops the model.

    A model whose choices are trusted may cite the sources in any order, or none of them; another words the first ones as they
    come, best first, since the search orders them better than it would.
    """
    if not sentences:
        return
    count = len(sentences)
    if model.weight >= TRUSTED:
        listed: dict[str, Any] = {"items": _sentence(range(1, count + 1)), "maxItems": ANSWER_SENTENCES}
    else:
        fixed = [_sentence([number]) for number in range(1, min(count, ANSWER_SENTENCES) + 1)]
        listed = {"prefixItems": fixed, "items": False, "minItems": len(fixed), "maxItems": len(fixed)}
    schema = _object({"answer": {"type": "array", **listed}})
    prompt = render(
        "answer",
        case="none given." if case is None else brief(case),
        question=question,
        sentences=_numbered(sentences),
    )
    received, done = "", 0
    for piece in model.stream(_messages(prompt), max_tokens=_ANSWER_TOKENS, schema=schema):
        received += piece
        complete_items = _complete_items(received)
        for found in complete_items[done:]:
            wording = _wording(found, len(sentences))
            if wording is not None:
                yield wording
        done = len(complete_items)


def _sentence(sources: Iterable[int]) -> dict[str, Any]:
    return _object({"source": _one_of(sources), "text": {"type": "string", "minLength": 10, "maxLength": 240}})


def _complete_items(text: str) -> list[Any]:
    """Return the objects of the first list in a JSON text that may still be growing."""
    start = text.find("[")
    decoder, items = json.JSONDecoder(), []
    position = start + 1
    while start >= 0:
        while position < len(text) and text[position] in ", \n\t\r":
            position += 1
        try:
            found, position = decoder.raw_decode(text, position)
        except ValueError:
            break
        items.append(found)
    return items


def _wording(found: object, count: int) -> Wording | None:
    if not isinstance(found, dict):
        return None
    source, text = found.get("source"), found.get("text")
    if isinstance(source, int) and 1 <= source <= count and isinstance(text, str):
        return Wording(source - 1, tidied(text))
    return None


def tidied(text: str) -> str:
    """Return a model's sentence in single spaces, without the list numbers it may have copied and what followed them."""
    return " ".join(_NEXT_ITEM.split(_NUMBERING.sub("", text), maxsplit=1)[0].split())


def worth_showing(statement: str) -> bool:
    """Say whether a withheld statement says anything a reader could check: not a stump, not a loop."""
    said = statement.lower().split()
    runs = Counter(zip(said, said[1:], said[2:], strict=False))
    return len(content_stems(statement)) >= _REPEATED_WORDS and max(runs.values(), default=0) < _REPEATED_WORDS


def _messages(prompt: Rendered) -> list[Message]:
    return [Message("system", prompt.system), Message("user", prompt.user)]


def _json(model: LanguageModel, prompt: Rendered, schema: dict[str, Any], max_tokens: int) -> dict[str, Any]:
    """Return the model's JSON object; {} when it gave none. A reply cut short still yields its complete fields."""
    text = complete(model, _messages(prompt), max_tokens=max_tokens, schema=schema).strip()
    for tail in ("", '"}', "]}", "}"):
        try:
            reply = json.loads(text + tail)
        except ValueError:
            continue
        return reply if isinstance(reply, dict) else {}
    _LOG.info("no JSON object from %s for prompt %s", model.identity.name, prompt.name)
    return {}


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def _numbers(count: int) -> dict[str, Any]:
    return {"type": "array", "items": _one_of(range(1, count + 1)), "maxItems": count}


def _one_of(numbers: Iterable[int]) -> dict[str, Any]:
    return {"type": "integer", "enum": list(numbers)}


def _numbered(sentences: Sequence[Quote]) -> str:
    return "\n".join(f"{number}. {' '.join(quote.text.split())}" for number, quote in enumerate(sentences, 1))


def _integers(value: object) -> list[int]:
    return [number for number in value if isinstance(number, int)] if isinstance(value, list) else []
