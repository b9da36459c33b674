"""Which topics are kept out of everything that is trained or chosen, by name alone.

Knows names. Does not know documents, queries or indexes, so that every part of the house divides topics alike.
"""

from __future__ import annotations

import hashlib
import re

from assistant.words import name_key

HELD_OUT_SHARE = 0.3
_BRACKETS = re.compile(r"\s*[(\[][^)\]]*[)\]]")


def topic_key(topic: str) -> str:
    """Return what two spellings of a topic have in common: stems in order of the alphabet, brackets left out."""
    return name_key(_BRACKETS.sub("", topic)) or name_key(topic) or topic.strip().casefold()


def held_out(topic: str) -> bool:
    """Say whether a topic is held out: three of ten are, by a hash of the name that no release changes.

    A judged query goes by the main name of its topic alone, so whoever trains must also leave out the synonyms of the
    topics held out, and the topics that bear one of them as a synonym.
    """
    digest = hashlib.sha256(topic_key(topic).encode()).digest()
    return int.from_bytes(digest[:4]) < HELD_OUT_SHARE * 2**32
