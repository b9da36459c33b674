"""British and American spellings of clinical words, so that "anemia" finds "anaemia" and the other way round."""

from __future__ import annotations

import re
from functools import lru_cache

# (British, American); a pattern that begins with ^ counts only at the start of a word.
_PAIRS = (
    "oedem=edem ^haem=^hem anaem=anem aemi=emi rrhoe=rrhe pnoe=pne oesoph=esoph ^paed=^ped orthopaed=orthoped"
    " ^foet=^fet tumour=tumor gynaec=gynec leuco=leuko caec=cec ^faec=^fec anaes=anes oestr=estr coeliac=celiac"
    " ischaem=ischem caesar=cesar sulph=sulf colour=color fibre=fiber litre=liter centre=center odour=odor"
    " labour=labor humour=humor behaviour=behavior amoeb=ameb aesthe=esthe ^aetiol=^etiol mould=mold ^grey=^gray"
    " haemat=hemat haemo=hemo paraes=pares ^gonorrhoe=^gonorrhe ^uraem=^urem thalassaem=thalassem"
    " isation=ization ised=ized haemorrh=hemorrh"
)
_RULES = tuple(
    (re.compile(source), target.removeprefix("^"))
    for pair in _PAIRS.split()
    for british, american in [pair.split("=")]
    for source, target in ((british, american), (american, british))
)


@lru_cache(maxsize=20_000)
def variants(word: str) -> tuple[str, ...]:
    """Return other spellings of a lower-case word; some may not exist, which does no harm in a search."""
    if len(word) < 4:
        return ()
    found = dict.fromkeys(pattern.sub(target, word) for pattern, target in _RULES if pattern.search(word))
    return tuple(variant for variant in found if variant != word)


@lru_cache(maxsize=20_000)
def american(word: str) -> str:
    """Return a lower-case word in American spelling, so that two spellings of a name compare equal."""
    for british_pattern, target in _RULES[::2]:
        word = british_pattern.sub(target, word)
    return word
