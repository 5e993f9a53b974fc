"""Calendar periods that scorecards and settlements run on. All bounds inclusive."""

from __future__ import annotations

from datetime import date, timedelta

from dateutil.relativedelta import relativedelta

PERIOD_MONTHS = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}


def period_bounds(period_type: str, day: date) -> tuple[date, date]:
    """Return the first and last day of the period that holds ``day``.

    :raises ValueError: for a period type other than week, month, quarter, half_year
        or year.
    """
    if period_type == "week":
        start = day - timedelta(days=day.weekday())
        return start, start + timedelta(days=6)
    if period_type not in PERIOD_MONTHS:
        raise ValueError(f"unknown period type {period_type!r}")
    months = PERIOD_MONTHS[period_type]
    start = date(day.year, (day.month - 1) // months * months + 1, 1)
    return start, start + relativedelta(months=months, days=-1)


def previous_period(period_type: str, day: date) -> tuple[date, date]:
    """Return the bounds of the last period that ended before the one of ``day``."""
    start, _end = period_bounds(period_type, day)
    return period_bounds(period_type, start - timedelta(days=1))


def period_code(date_from: date, date_to: date) -> str:
    """Name a period shortly: 2026, 2026-H1, 2026-Q1, 2026-03 or both dates."""
    if date_from.day == 1 and (date_to + timedelta(days=1)).day == 1:
        months = (
            (date_to.year - date_from.year) * 12 + date_to.month - date_from.month + 1
        )
        if months == 1:
            return f"{date_from.year}-{date_from.month:02d}"
        if (date_from.month - 1) % months == 0 and months in (3, 6, 12):
            number = (date_from.month - 1) // months + 1
            return {
                3: f"{date_from.year}-Q{number}",
                6: f"{date_from.year}-H{number}",
                12: f"{date_from.year}",
            }[months]
    return f"{date_from.isoformat()} – {date_to.isoformat()}"
