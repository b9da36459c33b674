"""Sentences of our own, each with the status its finding must be read with: present, absent, past, family, uncertain, or none.

A row is judged by the findings read from the words it names. The suite is measured as a whole, because rules are mended for
forms and not for sentences. The rules were mended by these sentences, so they show what is held, not what unseen ones give.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from assistant.reading import CaseReader, Vocabulary

SUITE = Path(__file__).with_name("status_suite.tsv")
STATUSES = ("present", "absent", "past", "family", "uncertain", "none")


def _rows() -> list[tuple[str, str, str]]:
    lines = [line for line in SUITE.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    rows = [line.split("\t") for line in lines]
    return [(text.replace("\\n", "\n"), words, status) for text, words, status in rows]


@pytest.fixture(scope="module")
def judged() -> list[tuple[str, str, str, frozenset[str]]]:
    reader = CaseReader(Vocabulary.load(None))
    return [(*row, _read(reader, row[0], row[1])) for row in _rows()]


def _read(reader: CaseReader, text: str, words: str) -> frozenset[str]:
    """Return the statuses of the findings that are read from these words of a text."""
    case = reader.read(text)
    start = case.narrative.lower().index(words.lower())
    end = start + len(words)
    return frozenset(
        finding.status
        for finding in case.findings
        if any(span.start < end and start < span.end for span in finding.spans)
    )


def _is_right(status: str, read: frozenset[str]) -> bool:
    return not read & {"present", "past"} if status == "none" else read == {status}


def test_it_holds_three_hundred_sentences_of_every_status() -> None:
    counts = Counter(status for _, _, status in _rows())
    assert set(counts) == set(STATUSES)
    assert sum(counts.values()) >= 300
    assert min(counts.values()) >= 15


def test_what_is_read_has_its_status(judged: list[tuple[str, str, str, frozenset[str]]]) -> None:
    wrong = [
        (text, words, status, set(read)) for text, words, status, read in judged if read and not _is_right(status, read)
    ]
    assert wrong == []


def test_nearly_all_are_read(judged: list[tuple[str, str, str, frozenset[str]]]) -> None:
    """What is not read are names of diseases, which the dictionary knows from HPO's data alone; here it goes without."""
    unread = [text for text, _, status, read in judged if status != "none" and not read]
    assert len(unread) <= 26, unread


def test_what_is_denied_or_of_others_is_never_taken_as_present(
    judged: list[tuple[str, str, str, frozenset[str]]],
) -> None:
    """Promise 7: negated and historical findings are not used as present."""
    taken = [text for text, _, status, read in judged if status != "present" and "present" in read]
    assert taken == []
