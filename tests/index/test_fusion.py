from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from index.fusion import fuse


def _ranked(scores: dict[int, float]) -> dict[int, float]:
    return dict(sorted(scores.items(), key=lambda entry: -entry[1]))


_LEXICAL = st.dictionaries(st.integers(0, 30), st.floats(0, 50), max_size=20).map(_ranked)
_DENSE = st.dictionaries(st.integers(0, 30), st.floats(-1, 1), max_size=20).map(_ranked)


@given(_LEXICAL, _DENSE, st.integers(1, 10))
def test_fused_scores_lie_in_the_unit_interval(
    lexical: dict[int, float], dense: dict[int, float], candidates: int
) -> None:
    fused = fuse(lexical, dense, candidates)
    assert all(0.0 <= score <= 1.0 for score in fused.values())
    assert set(fused) == {*list(lexical)[:candidates], *list(dense)[:candidates]}


@given(_LEXICAL, _DENSE)
def test_better_on_both_paths_is_never_worse(lexical: dict[int, float], dense: dict[int, float]) -> None:
    both = set(lexical) & set(dense)
    fused = fuse(lexical, dense, 50)
    for one in both:
        for other in both:
            if lexical[one] >= lexical[other] and dense[one] >= dense[other]:
                assert fused[one] >= fused[other] - 1e-9


def test_one_path_alone_ranks_by_itself() -> None:
    assert fuse({1: 4.0, 2: 2.0}, {}, 10) == {1: 1.0, 2: 0.5}
    assert fuse({}, {1: 0.9, 2: 0.1}, 10) == {1: 1.0, 2: 0.0}


def test_each_path_decides_where_the_other_cannot() -> None:
    by_meaning = fuse({1: 2.0, 2: 2.0}, {2: 0.9, 1: 0.1}, 10)
    assert by_meaning[2] > by_meaning[1]
    by_words = fuse({2: 2.0, 1: 1.0}, {1: 0.5, 2: 0.5}, 10)
    assert by_words[2] > by_words[1]
