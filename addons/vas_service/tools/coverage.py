"""Is a repair covered, and until when? Whole days; no Odoo here (CON-06)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from .calendar_terms import last_day_of_term

#: How far ahead a working day is looked for: a calendar without one is refused.
LOOK_AHEAD_DAYS = 366


@dataclass(frozen=True)
class Answer:
    """Whether a day is covered. ``reason``: early, expired, separate, covered."""

    covered: bool
    until: date
    reason: str


def answer(
    start: date,
    term_months: int,
    on: date,
    part_months: int = 0,
    separate: bool = False,
    separate_served: bool = True,
) -> Answer:
    """Answer for one day.

    :param start: the first day of the term
    :param term_months: the term of the whole
    :param on: the day that counts: diagnosis or report
    :param part_months: the own term of the part; 0: the term of the whole. The own term
        holds whatever the term of the whole is.
    :param separate: the part was bought by itself
    :param separate_served: such parts are served too
    :raises ValueError: when a term is not positive.
    """
    until = last_day_of_term(start, part_months or term_months)
    if separate and not separate_served:
        return Answer(False, until, "separate")
    if on < start:
        return Answer(False, until, "early")
    if on > until:
        return Answer(False, until, "expired")
    return Answer(True, until, "covered")


def counted_from(
    moment: datetime, cut_off: float | None, opens: Callable[[date], bool]
) -> datetime:
    """Return from when a next-business-day promise counts (AMB-28).

    After the cut-off hour of a working day a diagnosis counts as made at the start of
    the next working day. *moment* is local time, *cut_off* hours after midnight.

    :param opens: whether a day is a working day
    :raises ValueError: when no day opens within a year.
    """
    late = cut_off is not None and (
        (moment - datetime.combine(moment.date(), datetime.min.time(), moment.tzinfo))
        >= timedelta(hours=cut_off)
    )
    if not late or not opens(moment.date()):
        return moment
    day = moment.date()
    for _ahead in range(LOOK_AHEAD_DAYS):
        day += timedelta(days=1)
        if opens(day):
            return datetime.combine(day, datetime.min.time(), moment.tzinfo)
    raise ValueError("no working day within a year")
