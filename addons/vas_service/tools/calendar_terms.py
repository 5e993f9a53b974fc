"""Months, terms and periods of agreements. Plain arithmetic on dates.

A term of a year that begins on 1 March ends on the last day of February; a period
that begins on the 31st keeps to the 31st wherever the month has one (CON-06, CON-07).
"""

from __future__ import annotations

import calendar
from collections.abc import Iterator
from datetime import date, timedelta

#: Months of the periods an agreement may be divided into.
PERIOD_MONTHS = {"month": 1, "quarter": 3, "year": 12}
YEAR_MONTHS = 12


def add_months(start: date, months: int) -> date:
    """Return the same day *months* later, or the last day of a shorter month.

    >>> add_months(date(2026, 1, 31), 1)
    datetime.date(2026, 2, 28)
    """
    index = start.year * YEAR_MONTHS + start.month - 1 + months
    year, month = divmod(index, YEAR_MONTHS)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(start.day, last))


def last_day_of_term(start: date, months: int) -> date:
    """Return the last day of a term of *months* that begins on *start* (CON-06).

    When the day does not exist after the term (29 February), the last day of that month
    still belongs to it: nobody loses a day.

    >>> last_day_of_term(date(2024, 3, 1), 36)
    datetime.date(2027, 2, 28)

    :raises ValueError: when the term is not positive.
    """
    if months <= 0:
        raise ValueError("a term has at least one month")
    after = add_months(start, months)
    return after if after.day < start.day else after - timedelta(days=1)


def first_of_period(day: date, months: int) -> date:
    """Return the first day of the calendar period of *months* that holds *day*.

    *months* divides the year (1, 3, 6 or 12).

    >>> first_of_period(date(2026, 5, 17), 3)
    datetime.date(2026, 4, 1)
    """
    return date(day.year, (day.month - 1) // months * months + 1, 1)


def periods(
    anchor: date, months: int, date_from: date, date_to: date
) -> Iterator[tuple[date, date]]:
    """Yield (first day, last day) of the periods that touch *date_from* … *date_to*.

    Periods are counted from *anchor*, never from each other, so that the 31st comes
    back after February. Periods before the anchor do not exist.
    """
    number = 0
    while True:
        begin = add_months(anchor, number * months)
        end = add_months(anchor, (number + 1) * months) - timedelta(days=1)
        if begin > date_to:
            return
        if end >= date_from:
            yield begin, end
        number += 1


def months_between(date_from: date, date_to: date) -> float:
    """Return how many months a span covers; parts of a month by its days.

    >>> months_between(date(2026, 1, 1), date(2026, 3, 31))
    3.0
    """
    total, day = 0.0, date_from
    while day <= date_to:
        length = calendar.monthrange(day.year, day.month)[1]
        last = min(date(day.year, day.month, length), date_to)
        total += ((last - day).days + 1) / length
        day = last + timedelta(days=1)
    return total
