"""Turn extracted text into text worth quoting: one paragraph or bullet a line, no invisible characters.

Everything that changes characters happens here, before the text becomes `Document.text`, so that offsets stay exact.
Does not know file formats.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import cache

from index.headings import heading_of

# Bullets as typeset: geometric shapes, and the private-use code points of symbol fonts.
_BULLET = re.compile(
    r"^\s*[\u2022\u00b7\u2023\u2043\u25e6\u25aa\u25ab\u25a0\u25a1\u25cf\u25cb\u25c6\u25c7\u30fb\u2219\u27a2\u2713\ue000-\uf8ff]\s*(?=\S)"
)
_LIST_ITEM = re.compile(r"^\s*(?:[-*+\u2013]|\(?\d{1,2}[.)]|\(?[a-z][.)])\s+\S")
_BLANKS = re.compile(r"[^\S\n]+")
_BLANK_LINES = re.compile(r"\n{3,}")
_INVISIBLE = frozenset(("Cc", "Cf", "Cs", "Cn"))
_SENTENCE_END = (".", "?", "!", ":", ";", "\u3002", "\uff1f", "\uff01")
_LIGATURES = str.maketrans({"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"})
# A word part before a line-end hyphen that keeps the hyphen: "non-\nsteroidal" is not "nonsteroidal" in a quote.
_HYPHENATED_PREFIXES = "non self well long short high low left right first second third post pre anti co one two"
_KEEPS_HYPHEN = frozenset(_HYPHENATED_PREFIXES.split())
# A word broken at a line end is looked for in this many last characters; a longer run of letters is no word.
_LONGEST_WORD = 100
_BROKEN_WORD = re.compile(r"(?<![^\W\d_])([^\W\d_]+)-$")
_AFTER_HYPHEN = re.compile(r"\w-$")
_FIRST_WORD = re.compile(r"[^\W_]{1,100}")
# A line at least this share of the usual width was broken by the typesetter, not by the author.
_FULL_LINE = 0.75
_TYPESET_WIDTHS = range(30, 160)


def clean_text(text: str) -> str:
    """Return `text` in NFC with plain line ends and blanks, and without control and zero-width characters.

    Applying it twice changes nothing more.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n")
    text = _stream_safe(text)
    text = text.replace("\x0b", "\n").replace("\x0c", "\n").replace("\x85", "\n")
    lines = (_BLANKS.sub(" ", _visible(line)).strip() for line in unicodedata.normalize("NFC", text).split("\n"))
    return _BLANK_LINES.sub("\n\n", "\n".join(lines)).strip("\n")


def _stream_safe(text: str) -> str:
    """Return text with at most 30 combining marks on one letter: putting longer runs in order takes quadratic time."""
    return text if text.isascii() else _too_many_marks().sub(r"\1", text)


@cache
def _too_many_marks() -> re.Pattern[str]:
    marks = "".join(char for char in map(chr, range(0x300, 0x1F000)) if unicodedata.combining(char))
    return re.compile(f"([{marks}]{{30}})[{marks}]+")


def _visible(line: str) -> str:
    if line.isascii() and line.isprintable():
        return line
    kept = "".join(c for c in line.translate(_LIGATURES) if c == "\t" or unicodedata.category(c) not in _INVISIBLE)
    # What stood apart by an invisible character may now compose.
    return unicodedata.normalize("NFC", kept)


def plain_bullet(line: str) -> str:
    """Return the line with a typeset bullet replaced by "- "."""
    return _BULLET.sub("- ", line)


def one_line(text: str) -> str:
    """Return `text` cleaned and folded to one line."""
    return " ".join(clean_text(text).split())


def joined_paragraphs(text: str) -> str:
    """Return cleaned `text` with the lines a typesetter broke joined again, and words hyphenated at line ends mended.

    Lines are joined only where nothing speaks against it: bullets, headings and finished sentences keep their own line.
    A paragraph that is cut after a finished sentence does no harm, because nothing is quoted across sentences.
    """
    lines = [plain_bullet(line) for line in clean_text(text).split("\n")]
    width = _usual_width(lines)
    words = frozenset(re.findall(r"[^\W\d_]+(?:-[^\W\d_]+)*", text.lower()))
    joined: list[str] = []
    last = tail = ""
    for line in lines:
        if joined and _continues(last, line, width):
            dropped, glue = _seam(tail, line, words)
            joined[-1] = joined[-1][: len(joined[-1]) - dropped]
            joined.append(glue + line)
            tail = (tail[: len(tail) - dropped] + glue + line)[-_LONGEST_WORD:]
        else:
            joined.append(f"\n{line}" if joined else line)
            tail = line[-_LONGEST_WORD:]
        last = line
    return clean_text("".join(joined))


def _usual_width(lines: Sequence[str]) -> int:
    """Return the width the text was set in, 0 when it does not look set in a column."""
    lengths = sorted(len(line) for line in lines if line)
    width = lengths[len(lengths) * 9 // 10] if lengths else 0
    return width if width in _TYPESET_WIDTHS else 0


def _continues(last: str, line: str, width: int) -> bool:
    if not last or not line or heading_of(last) or heading_of(line) or _LIST_ITEM.match(line):
        return False
    if "|" in line or "|" in last:
        return False
    if last.endswith("-") and line[0].islower():
        return True
    if last.endswith(_SENTENCE_END):
        return False
    return line[0].islower() or (width > 0 and len(last) >= width * _FULL_LINE)


def join_lines(first: str, second: str, words: frozenset[str] = frozenset()) -> str:
    """Join two lines of one paragraph; `words` are the words of the document, which decide about a line-end hyphen."""
    dropped, glue = _seam(first[-_LONGEST_WORD:], second, words)
    return f"{first[: len(first) - dropped]}{glue}{second}"


def _seam(first: str, second: str, words: frozenset[str]) -> tuple[int, str]:
    """Return how many characters go from the end of the first line, and what comes between it and the second."""
    if not (match := _BROKEN_WORD.search(first)) or not second[:1].islower():
        return 0, "" if _AFTER_HYPHEN.search(first) else " "
    rest = _FIRST_WORD.match(second)
    before, after = match[1].lower(), rest[0].lower() if rest else ""
    keeps = before + after not in words and (f"{before}-{after}" in words or before in _KEEPS_HYPHEN)
    return (0 if keeps else 1), ""
