"""Period words in domains: ``period_start`` and ``period_end`` with an offset.

A rule such as "first business less than a year before the end of the period" is
written ``[("vas_first_business_date", ">", "period_end -1y")]``. Before use the word
becomes a date of the period that is being measured.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from dateutil.relativedelta import relativedelta

_WORD = re.compile(r"period_(start|end)(?:\s*([+-])\s*(\d{1,4})\s*([dwmy]))?")
_ALMOST = re.compile(r"period_(start|end)\b")
_OPERATORS = {"=", "!=", "<", ">", "<=", ">=", "in", "not in", "any", "not any"}
_UNITS = {"d": "days", "w": "weeks", "m": "months", "y": "years"}


class PeriodWordError(ValueError):
    """A period word with an unreadable offset."""


def resolve_word(text: str, date_from: date, date_to: date) -> date | None:
    """Return the date of a period word; ``None`` for any other text.

    :raises PeriodWordError: for text that begins like a period word but is not one.
    """
    match = _WORD.fullmatch(text.strip())
    if not match:
        if _ALMOST.match(text.strip()):
            raise PeriodWordError(
                f"{text!r} is not a period word; expected period_start or period_end, "
                "optionally with an offset such as -1y, +3m, -2w or -10d"
            )
        return None
    side, sign, number, unit = match.groups()
    day = date_from if side == "start" else date_to
    if number:
        amount = int(number) * (-1 if sign == "-" else 1)
        day += relativedelta(**{_UNITS[unit]: amount})
    return day


def _resolve_value(value: Any, date_from: date, date_to: date) -> Any:
    if isinstance(value, str):
        day = resolve_word(value, date_from, date_to)
        return value if day is None else day.isoformat()
    if isinstance(value, (list, tuple)):
        kind = type(value)
        return kind(resolve(item, date_from, date_to) for item in value)
    return value


def resolve(domain: Any, date_from: date, date_to: date) -> Any:
    """Return ``domain`` (a list in prefix form) with its period words as ISO dates.

    Only values are touched; names and operators stay as they are. Nested domains
    (``any``) are walked too.
    """
    if isinstance(domain, (list, tuple)):
        kind = type(domain)
        if len(domain) == 3 and isinstance(domain[1], str) and domain[1] in _OPERATORS:
            name, operator, value = domain
            return kind((name, operator, _resolve_value(value, date_from, date_to)))
        return kind(resolve(item, date_from, date_to) for item in domain)
    return _resolve_value(domain, date_from, date_to)
