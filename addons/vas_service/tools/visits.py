"""When the next return visit to a customer is due (catalogue GRD-09)."""

from __future__ import annotations

from datetime import date

from dateutil.relativedelta import relativedelta

UNITS = ("days", "weeks", "months", "years")


def next_visit(last: date, number: int, unit: str) -> date | None:
    """Return the day on which the next visit is due, or None without a duty.

    *number* *unit*s are counted from *last* on the calendar. A month that is too short
    is clamped to its last day: 30 November plus three months is 28 or 29 February.

    :param last: day of the last visit, or the first day of the duty
    :param number: how many units lie between two visits; 0 means no duty
    :param unit: one of "days", "weeks", "months", "years"
    :raises ValueError: the unit is unknown, the number is negative, or the result lies
        beyond the calendar
    """
    if unit not in UNITS:
        raise ValueError(f"unit {unit!r} is not one of {', '.join(UNITS)}")
    if number < 0:
        raise ValueError(f"number of {unit} between visits is negative: {number}")
    if number == 0:
        return None
    try:
        return last + relativedelta(**{unit: number})
    except OverflowError as error:
        raise ValueError(
            f"{number} {unit} after {last} is beyond the calendar"
        ) from error
