"""Telephone numbers as they come from a telephone system, without Odoo."""

from __future__ import annotations

import re
from urllib.parse import unquote

import phonenumbers

_KEEP = re.compile(r"[^0-9+]")
_EXTENSION = re.compile(r"(?:;|,|#|\bext\b|\bx\b|转|分机).*$", re.IGNORECASE)


def clean(number: str) -> str:
    """Return the digits of *number*, with a leading plus if it had one.

    Accepts what telephones and links say: ``tel:`` and ``sip:`` prefixes, percent
    encoding, brackets, blanks and dots; an extension behind the number is left out.
    """
    text = unquote(str(number or "")).strip()
    text = re.sub(r"^(tel|sip|callto):", "", text, flags=re.IGNORECASE)
    text = _EXTENSION.sub("", text.split("@")[0])
    text = _KEEP.sub("", text)
    plus = "+" if text.startswith("+") else ""
    return plus + text.replace("+", "")


def normalise(number: str, country: str = "") -> str:
    """Return *number* in E.164 (+8613800138000) read in *country* (ISO code).

    A number that no country knows is returned as its digits, an empty one as "".
    """
    text = clean(number)
    if not text.strip("+"):
        return ""
    if text.startswith("00"):
        text = f"+{text[2:]}"
    try:
        parsed = phonenumbers.parse(text, region=country or None)
    except phonenumbers.NumberParseException:
        return text
    if not text.startswith("+") and not phonenumbers.is_valid_number(parsed):
        # A local number without its area code is not taken for an international one.
        return text
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def tail(number: str, digits: int) -> str:
    """Return the last *digits* digits, all of them when there are fewer."""
    plain = clean(number).lstrip("+")
    return plain[-digits:] if digits > 0 else plain


def same(left: str, right: str, country: str = "", digits: int = 0) -> bool:
    """Whether two numbers are the same line.

    Equal in E.164; or, with *digits* over 0, equal in that many last digits when one of
    them is written without country or area code.
    """
    a, b = normalise(left, country), normalise(right, country)
    if not a or not b:
        return False
    if a == b:
        return True
    if digits <= 0 or (a.startswith("+") and b.startswith("+")):
        return False
    a, b = tail(a, digits), tail(b, digits)
    return len(a) == digits and a == b
