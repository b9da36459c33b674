"""One disease under its several names: which candidates, headings and gold answers mean the same condition.

Knows names, synonyms and codes. Does not know cases.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from assistant.words import name_key
from index.document import Condition

_BRACKETS = re.compile(r"\s*[(\[][^)\]]*[)\]]")


def keys(condition: Condition) -> frozenset[str]:
    """Return the keys of a condition's name and synonyms, with and without what stands in brackets."""
    names = (condition.name, *condition.synonyms)
    return frozenset(name_key(form) for name in names for form in (name, _BRACKETS.sub("", name)) if name_key(form))


def merged(first: Condition, others: Iterable[Condition]) -> Condition:
    """Return `first` with the synonyms and codes of the others added, its own traits kept."""
    everyone = (first, *others)

    def joined(values: Iterable[str]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(value for value in values if value and value != first.name))

    return first.model_copy(
        update={
            "synonyms": joined(name for one in everyone for name in (*one.synonyms, one.name)),
            "icd10cm": joined(code for one in everyone for code in one.icd10cm),
            "omim": joined(code for one in everyone for code in one.omim),
            "orpha": joined(code for one in everyone for code in one.orpha),
        }
    )
