"""Whatever a file holds, the time to read it stays in proportion to its length: no line can hang a reader."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from index.document import Document
from index.errors import UnreadableFile
from index.reading import DocumentDefaults, Limits, cleaning, markdown, pdf, records, web_page
from index.reading.drafts import title_from
from index.reading.hostile import count_instructions, without_instructions
from index.sentences import sentence_spans
from index.splitting import split

pytestmark = pytest.mark.slow

# A reader that takes more than this per character of the worst text is not linear: the slowest linear one takes 15 µs.
_SIZE, _MOST_SECONDS = 60_000, 6.0
# Repeated to the full size, each makes some pattern try again and again.
_PIECES = (
    '( * _ __a **a *a ** *** [ ]( [a]( ![ ![a]( [a](x [a](x(y ![a ` `a < </a <a <!-- \\ \\* # | |- - = 1 . … ? ! 。 … • " ." ?)'
    " a.b iv &lt; &#65 </p> <p> <li> <td> <br> <! <? <![CDATA[ & <h1> <h1>a</h1> <table><tr><td> { ﷺ <b>a</b> <|im_start|>"
).split()
_SPACED = (
    *(
        " ",
        "\t",
        "- ",
        "1. ",
        "(a) ",
        "a) ",
        " - ",
        ". ",
        "<a ",
        "# ",
        "# a ",
        "| ",
        "e.g. ",
        "A. ",
        "Dr. ",
        "1.1 ",
        "x ",
        "a , ",
    ),
    *(
        "---\n",
        "=\n",
        "a-\n",
        "a\n",
        "A\n",
        ".\n",
        "\n",
        " \n",
        "**a ",
        "x **a ",
        "a **b ** ",
        "<!-- a ",
        ": - A",
        "• ",
    ),
    *(
        "section 1. ",
        "ignore all ",
        "ignore previous ",
        "you are now a ",
        "as an ai ",
        "system: ",
        "from now on ",
        "the user ",
    ),
    *("<a b='", "\u0301", "\u0301\u0316", "\u200b", "\ue000", "\U000e0041", "\ud7b0", "\u3002"),
)


def _document(text: str) -> Document:
    return Document(id="a" * 16, title="t", text=text)


def _reader(module, name: str) -> Callable[[str], object]:
    def read(text: str) -> object:
        return list(module.read(Path(name), text.encode(), Limits(), DocumentDefaults()))

    return read


_WORK: dict[str, Callable[[str], object]] = {
    "clean_text": cleaning.clean_text,
    "joined_paragraphs": cleaning.joined_paragraphs,
    "markdown": _reader(markdown, "a.md"),
    "web_page": _reader(web_page, "a.html"),
    "records": lambda text: _reader(records, "a.jsonl")(json.dumps({"title": "a", "text": f"x {text}"})),
    "pdf": lambda text: pdf.join_pages([text, text]),
    "title": lambda text: title_from(text, Path("a")),
    "sentences": sentence_spans,
    "split": lambda text: split(_document(text)),
    "instructions": lambda text: (count_instructions(text), without_instructions(text)),
}


@contextmanager
def _at_most(seconds: float, what: str) -> Iterator[None]:
    def late(*_: object) -> None:
        raise AssertionError(f"{what} takes over {seconds} s")

    before = signal.signal(signal.SIGVTALRM, late)
    # Counts the processor's time, so that a busy machine does no harm.
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


@pytest.mark.parametrize("name", _WORK)
def test_no_text_takes_more_than_its_length_allows(name: str) -> None:
    for piece in (*_PIECES, *_SPACED):
        text = piece * (_SIZE // len(piece)) + "x"
        with _at_most(_MOST_SECONDS, f"{name} of {piece!r}"):
            try:
                _WORK[name](text)
            except UnreadableFile:
                continue


def test_ten_megabytes_of_one_line_are_read_in_time() -> None:
    start = time.process_time()
    document = _document("Fever and cough (see above). " * 350_000)
    assert len(split(document)) > 5_000
    assert time.process_time() - start < 60
