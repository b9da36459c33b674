"""Which entries of OMIM and Orphanet are one disease under two ids, judged by their names.

Knows names. Does not know what is annotated. Two entries of one catalogue are never joined: the same name with two OMIM ids
is two genes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from index.spelling import american
from index.terms import words

_EMPTY = frozenset(("a", "an", "and", "the", "of", "in", "to", "due", "type"))
_KEPT_ENDS = ("ss", "us", "is", "as")


def name_key(name: str) -> str:
    """Return a key under which spellings of one name are equal: "Bowen-Conradi syndrome", "SYNDROME, BOWEN CONRADI"."""
    return " ".join(sorted({_singular(american(word)) for word in words(name)} - _EMPTY))


def one_disease_each(names: Mapping[str, Iterable[str]]) -> list[tuple[str, ...]]:
    """Return the ids grouped by disease, OMIM first in each group; `names` holds all names that an id goes by."""
    bearers: dict[str, set[str]] = defaultdict(set)
    for disease, known in names.items():
        for name in known:
            bearers[name_key(name)].add(disease)
    partner: dict[str, str] = {}
    for sharing in bearers.values():
        catalogues = sorted(one.split(":")[0] for one in sharing)
        first, *others = sorted(sharing)
        if catalogues == ["OMIM", "ORPHA"] and first not in partner and others[0] not in partner:
            partner[first], partner[others[0]] = others[0], ""
    return [(one, partner[one]) if partner.get(one) else (one,) for one in sorted(names) if partner.get(one, one)]


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith(_KEPT_ENDS) else word
