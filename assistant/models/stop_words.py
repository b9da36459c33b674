"""End a stream of text at the first stop word, for runtimes that know only stop tokens."""

from __future__ import annotations

from collections.abc import Sequence


class StopWords:
    """Passes text on, holds back what may be the beginning of a stop word, and ends at the first whole one."""

    def __init__(self, words: Sequence[str]) -> None:
        self._words = [word for word in words if word]
        self._held = ""
        self.reached = False

    def feed(self, text: str) -> str:
        """Return what may be shown now; after a stop word `reached` is true and nothing more comes."""
        if self.reached:
            return ""
        held = self._held + text
        found = [place for word in self._words if (place := held.find(word)) >= 0]
        if found:
            self.reached, self._held = True, ""
            return held[: min(found)]
        keep = max((_overlap(held, word) for word in self._words), default=0)
        self._held = held[len(held) - keep :]
        return held[: len(held) - keep]

    def rest(self) -> str:
        """Return what was held back, once no more text will come."""
        held, self._held = self._held, ""
        return held


def _overlap(text: str, word: str) -> int:
    """Return the length of the longest end of `text` that begins `word`."""
    return next((size for size in range(min(len(word) - 1, len(text)), 0, -1) if text.endswith(word[:size])), 0)
