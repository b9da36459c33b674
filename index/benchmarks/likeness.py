"""Passages in any number that are like given ones: words as frequent, vectors as near to each other.

Random words and random vectors would flatter or wrong an index: a million passages of even words have no common ones, and
vectors without neighbourhoods no lists to search. Knows text and vectors; does not know how they are indexed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

# How far a vector is moved, in a way that two real neighbours differ: two mixes of one pair of neighbours then have a cosine
# of about 1 / (1 + _NOISE ** 2), 0.8, which is that of real neighbours.
_NOISE = 0.5
_NEIGHBOURS = 8
# A passage takes half its words from a real one, so that words keep company, and half from all, so that no two are alike.
_OWN_WORDS = 0.5
# Of so many words one is of a kind: numbers, names and misspellings go on forever.
_RARE = 0.005
_KINDS = 10_000_000


@dataclass(frozen=True)
class Seed:
    """Real passages, the vector of each, and questions with their vectors: short ones, and narratives as of cases."""

    texts: Sequence[str]
    vectors: NDArray[np.float32]
    short: Sequence[str]
    short_vectors: NDArray[np.float32]
    long: Sequence[str]
    long_vectors: NDArray[np.float32]


class Likeness:
    """Makes texts and vectors like those of a seed; the same places always give the same."""

    def __init__(self, texts: Sequence[str], vectors: NDArray[np.float32], seed: int = 0) -> None:
        self._seed = seed
        self._vectors = vectors
        self._neighbours = _neighbours(vectors)
        vocabulary: dict[str, int] = {}
        given = [[vocabulary.setdefault(word, len(vocabulary)) for word in text.split()] for text in texts]
        given = [words for words in given if words]
        self._words = np.array(list(vocabulary), object)
        self._lengths = np.array([len(words) for words in given])
        self._starts = np.concatenate([[0], np.cumsum(self._lengths)[:-1]])
        self._said = np.concatenate([np.array(words) for words in given])

    def texts(self, first: int, count: int) -> list[str]:
        """Return the texts at the places from `first` on."""
        random = np.random.default_rng((self._seed, 1, first))
        return [self._text(random) for _ in range(count)]

    def _text(self, random: np.random.Generator) -> str:
        own = random.integers(len(self._lengths))
        start, length = self._starts[own], self._lengths[own]
        places = random.integers(len(self._said), size=length)
        mine = random.random(length) < _OWN_WORDS
        places[mine] = start + np.flatnonzero(mine)
        words = self._words[self._said[places]]
        rare = np.flatnonzero(random.random(length) < _RARE)
        words[rare] = [f"q{number}" for number in random.integers(_KINDS, size=len(rare))]
        return " ".join(words)

    def vectors(self, first: int, count: int) -> NDArray[np.float32]:
        """Return the vectors at the places from `first` on: mixes of two neighbours, and how two others differ."""
        random = np.random.default_rng((self._seed, 2, first))
        one = random.integers(len(self._vectors), size=count)
        other = self._neighbours[one, random.integers(self._neighbours.shape[1], size=count)]
        share = random.random((count, 1), dtype=np.float32)
        mixed = _unit((1 - share) * self._vectors[one] + share * self._vectors[other])
        elsewhere = random.integers(len(self._vectors), size=count)
        beside = self._neighbours[elsewhere, random.integers(self._neighbours.shape[1], size=count)]
        return _unit(mixed + np.float32(_NOISE) * _unit(self._vectors[elsewhere] - self._vectors[beside]))


def _neighbours(vectors: NDArray[np.float32]) -> NDArray[np.int64]:
    import faiss

    index = faiss.IndexFlatIP(vectors.shape[1])
    index.add(np.ascontiguousarray(vectors))
    found: NDArray[np.int64] = index.search(vectors, min(_NEIGHBOURS + 1, len(vectors)))[1]
    return found[:, 1:] if found.shape[1] > 1 else found


def _unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    unit: NDArray[np.float32] = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), np.float32(1e-9))
    return unit


class HashedWords:
    """Vectors without any model: the sum of a random direction a word, rarer words weighing more."""

    def __init__(self, texts: Sequence[str], dimension: int = 384) -> None:
        self.dimension = dimension
        self._directions: dict[str, NDArray[np.float32]] = {}
        counts: dict[str, int] = {}
        for text in texts:
            for word in set(text.lower().split()):
                counts[word] = counts.get(word, 0) + 1
        self._weights = {word: float(np.log((1 + len(texts)) / count)) for word, count in counts.items()}

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return a unit vector a text."""
        return _unit(np.stack([self._sum(text) for text in texts]))

    def _sum(self, text: str) -> NDArray[np.float32]:
        total = np.zeros(self.dimension, np.float32)
        for word in text.lower().split():
            total += np.float32(self._weights.get(word, 1.0)) * self._direction(word)
        return total

    def _direction(self, word: str) -> NDArray[np.float32]:
        if word not in self._directions:
            random = np.random.default_rng(list(word.encode()))
            self._directions[word] = random.standard_normal(self.dimension).astype(np.float32)
        return self._directions[word]
