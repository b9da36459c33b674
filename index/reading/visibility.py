"""Tell whether an element of a web page is hidden from the reader's eye by what it says of itself.

Sees attributes and inline styles. Does not know style sheets, so what a class hides is taken for visible.
"""

from __future__ import annotations

import re
from typing import Any

_DECLARATION = re.compile(r"\s*([a-z-]{1,40})\s*:\s*([^;]{1,200})")
_ZERO = re.compile(r"0*(?:\.0+)?(?:px|pt|em|rem|ex|%|vh|vw)?(?:\s*!important)?$")
_AWAY = re.compile(r"-\d{3,}(?:\.\d+)?(?:px|pt|em|rem|%)?")
_WHITE = re.compile(r"(?:white|#fff|#ffffff|rgba?\(\s*255\s*,\s*255\s*,\s*255\b.*)$")
_LONGEST_STYLE = 2000


def is_hidden(element: Any) -> bool:
    """Say whether an element, and with it all that it holds, cannot be seen."""
    if element.get("hidden") is not None or (element.tag == "input" and element.get("type") == "hidden"):
        return True
    style = _style(element)
    if not style:
        return (element.get("color") or "").strip().lower() in ("white", "#fff", "#ffffff") and not _is_on_colour(
            element
        )
    if style.get("display") == "none" or style.get("visibility") in ("hidden", "collapse"):
        return True
    if any(_ZERO.match(style[name]) for name in ("font-size", "opacity") if style.get(name)):
        return True
    if any(_AWAY.match(style.get(name, "")) for name in ("left", "top", "text-indent", "margin-left")):
        return True
    return _is_ink_of_paper(style, element)


def _style(element: Any) -> dict[str, str]:
    said = (element.get("style") or "")[:_LONGEST_STYLE].lower()
    return {name: value.replace("!important", "").strip() for name, value in _DECLARATION.findall(said)}


def _is_ink_of_paper(style: dict[str, str], element: Any) -> bool:
    """Say whether text has the colour of what it stands on; unless something says otherwise that is white."""
    ink = style.get("color", "")
    paper = style.get("background-color") or style.get("background", "")
    if ink == "transparent" or (ink and ink == paper):
        return True
    if not _WHITE.match(ink):
        return False
    return bool(_WHITE.match(paper)) if paper else not _is_on_colour(element)


def _is_on_colour(element: Any) -> bool:
    """Say whether an element or one around it may have a colour behind it: one is set, or a class may set it."""
    while element is not None:
        if element.get("class") or element.get("id") or element.get("bgcolor") or "background" in _style(element):
            return True
        if "background-color" in _style(element):
            return True
        element = element.getparent()
    return False
