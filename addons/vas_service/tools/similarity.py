"""How alike two short texts are, for Latin and Chinese writing, without Odoo."""

from __future__ import annotations

import re
import unicodedata

_WORD = re.compile(r"[0-9a-z]+|[^\W_a-z0-9]", re.IGNORECASE)


def pieces(text: str) -> set[str]:
    """Return the comparable pieces of *text*: Latin words and pairs of other letters.

    Case and width are ignored (ＡＴＭ equals atm). A single Chinese letter stands for
    itself, so that no text with letters is without pieces.
    """
    folded = unicodedata.normalize("NFKC", text or "").casefold()
    found: set[str] = set()
    previous = ""
    for token in _WORD.findall(folded):
        if token.isascii():
            found.add(token)
            previous = ""
            continue
        found.add(previous + token if previous else token)
        previous = token
    return found


def likeness(left: str, right: str) -> float:
    """Return the share of common pieces, 0.0 (nothing) to 1.0 (the same), symmetric."""
    a, b = pieces(left), pieces(right)
    if not a or not b:
        return 0.0
    return len(a & b) / len(a | b)
