"""Tell a heading line from running text: Markdown headings, numbered ones, capitals, and the usual clinical sections.

Judges one line at a time and conservatively: a heading taken for text costs a little context, but text taken for a
heading can never be quoted.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_MARKDOWN = re.compile(r"^(#{1,6})\s+(.*?)[\s#]*$")
_PART = r"(?i:chapter|section|part|annex|appendix)\s+"
_NUMBERED = re.compile(rf"^(?:{_PART})?(\d{{1,2}}(?:\.\d{{1,2}}){{1,4}})\.?\s+[A-Z][A-Za-z]{{2,}}")
_CHAPTER = re.compile(rf"^{_PART}(?:\d{{1,2}}|[A-Z]|[IVX]{{1,5}})\b[ :.\u2013-]*(.*)$")
_LEADING_NUMBER = re.compile(r"^\d{1,2}\.?\s+")
_OF = re.compile(r" (?:of|in|for) ")
_LONGEST = 90
# A line marked as a heading that is longer than this is running text: every passage below would have to carry it.
_LONGEST_MARKED = 400
_MOST_WORDS = 10
_SECTION_NAMES = (
    "introduction|background|definition|definitions|overview|aetiology|etiology|causes|risk factors|"
    "pathophysiology|epidemiology|presentation|clinical features|clinical presentation|"
    "clinical manifestations|symptoms|signs|signs and symptoms|symptoms and signs|features|history|"
    "examination|physical examination|diagnosis|red flags|diagnostic criteria|investigations|"
    "other investigations|laboratory investigations|tests|imaging|differential|differential diagnosis|"
    "differential diagnoses|complications|prognosis|prevention|treatment|treatment goals|goals|"
    "treatment objectives|management|general management|non-drug treatment|drug treatment|"
    "non-pharmacological treatment|pharmacological treatment|first-line treatment|second-line treatment|"
    "supportive measures|supportive treatment|definitive treatment|surgical treatment|follow-up|follow up|"
    "referral|when to refer|monitoring|contraindications|cautions|adverse effects|side effects|"
    "adverse drug reactions|dosage|recommendations|key points|summary|references"
)
_SECTIONS = frozenset(_SECTION_NAMES.split("|"))

# Levels of headings found by their looks start below the six of Markdown, so that a reader's own headings enclose them.
_CAPITALS_LEVEL = 11
_SECTION_LEVEL = 20


class Heading(NamedTuple):
    """A heading line: its depth (1 is outermost) and its words."""

    level: int
    text: str


def heading_of(line: str) -> Heading | None:
    """Return the heading that `line` is, or None for running text, bullets and table rows."""
    line = line.strip()
    if len(line) > _LONGEST_MARKED:
        return None
    if match := _MARKDOWN.match(line):
        return Heading(len(match[1]), match[2]) if match[2] else None
    if not line or len(line) > _LONGEST or len(line.split()) > _MOST_WORDS or "|" in line or line[-1] in ".;,?!":
        return None
    return _numbered(line) or _capitals(line) or _section(line)


def is_section_name(words: str) -> bool:
    """Say whether words in lower case are the usual name of a section, which many documents have: "overview"."""
    return words in _SECTIONS


def _numbered(line: str) -> Heading | None:
    if match := _NUMBERED.match(line):
        return Heading(_CAPITALS_LEVEL + match[1].count("."), line)
    if (match := _CHAPTER.match(line)) and (not match[1] or match[1][0].isupper()):
        return Heading(_CAPITALS_LEVEL - 1, line)
    return None


def _capitals(line: str) -> Heading | None:
    words = _LEADING_NUMBER.sub("", line).rstrip(":").strip()
    letters = [char for char in words if char.isalpha()]
    long_word = any(sum(char.isalpha() for char in word) >= 4 for word in words.split())
    if not long_word or not words[0].isalpha() or not all(char.isupper() for char in letters):
        return None
    # "COMPLICATIONS OF SYPHILIS" stands beside "Treatment goals", not above it.
    level = _SECTION_LEVEL if _OF.split(words.lower(), maxsplit=1)[0] in _SECTIONS else _CAPITALS_LEVEL
    return Heading(level, line.rstrip(":").strip())


def _section(line: str) -> Heading | None:
    words = line.rstrip(":").strip()
    if words[:1].isupper() and words.lower() in _SECTIONS:
        return Heading(_SECTION_LEVEL, words)
    return None
