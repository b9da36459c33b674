import itertools

from hypothesis import given
from hypothesis import strategies as st

from assistant.models.stop_words import StopWords

TEXT = st.text("ab.\n", max_size=40)
WORDS = st.lists(st.text("ab.\n", min_size=1, max_size=4), max_size=3)


def _shown(pieces: list[str], words: list[str]) -> str:
    stopper = StopWords(words)
    shown = ""
    for piece in pieces:
        shown += stopper.feed(piece)
    return shown + stopper.rest()


@given(text=TEXT, words=WORDS, cuts=st.lists(st.integers(0, 40), max_size=6))
def test_every_split_of_a_text_shows_the_same_and_never_a_stop_word(text: str, words: list[str], cuts: list[int]):
    places = sorted({0, len(text), *(cut for cut in cuts if cut < len(text))})
    pieces = [text[a:b] for a, b in itertools.pairwise(places)]
    shown = _shown(pieces, words)
    assert text.startswith(shown)
    assert not any(word in shown for word in words)
    if not any(word in text for word in words):
        assert shown == text


def test_nothing_comes_after_the_stop_word():
    stopper = StopWords(["\n"])
    assert stopper.feed("one\ntwo") == "one"
    assert stopper.reached
    assert stopper.feed("three") + stopper.rest() == ""
