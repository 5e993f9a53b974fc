"""Add points up to a total and name it by a band (catalogue KPI-01, GRD-07).

Weights may be fractions, percents or any positive numbers: they are divided by
their sum. Points and maxima share one unit per section. Sums are exact (``fsum``), so
that a total does not depend on the order of criteria.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from math import fsum
from typing import Any, NamedTuple

from .scale import exact, in_bounds

MISSING_RULES = ("reweight", "zero", "full")
AGGREGATES = ("sum", "weighted")


class ScoringError(ValueError):
    """Input that cannot be scored; the message says what was expected."""


class Criterion(NamedTuple):
    """One criterion: its section, its maximum and its points (None = missing)."""

    code: str
    section: str
    max_points: float
    points: float | None


class LineResult(NamedTuple):
    """What one criterion adds to the total.

    ``points`` are those used after the missing rule (None: left out), ``share``
    is the part of the total weight it carried, 0…1, ``contribution`` its points
    of the total.
    """

    points: float | None
    share: float
    contribution: float


class Score(NamedTuple):
    """Total before and after adjustments (None: nothing could be scored)."""

    base: float | None
    total: float | None
    coverage: float
    lines: dict[str, LineResult]


def show(value: float) -> str:
    """Write points with two decimals, half up as the screens of the client round.

    >>> show(9.625), show(-0.005)
    ('9.63', '-0.01')
    """
    number = Decimal(repr(exact(value)))
    return str(number.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP))


def _used_points(criterion: Criterion, missing: str) -> float | None:
    if criterion.points is not None:
        return float(criterion.points)
    return {"zero": 0.0, "full": float(criterion.max_points)}.get(missing)


def adjust(points: float, delta: float, floor: float | None) -> float:
    """Return ``points + delta`` but not below ``floor`` (catalogue AMB-02)."""
    result = points + delta
    if floor is not None and delta < 0:
        # A floor protects from the deduction; it never lifts the points.
        result = max(result, min(floor, points))
    return exact(result)


def _sum(
    criteria: Sequence[Criterion], missing: str
) -> tuple[float | None, dict[str, LineResult]]:
    total_max = fsum(abs(c.max_points) for c in criteria)
    used = {c.code: _used_points(c, missing) for c in criteria}
    lines = {
        c.code: LineResult(
            used[c.code],
            abs(c.max_points) / total_max if total_max else 0.0,
            used[c.code] or 0.0,
        )
        for c in criteria
    }
    known = [points for points in used.values() if points is not None]
    return (fsum(known) if known else None), lines


def _weighted(
    sections: Sequence[tuple[str, float]], criteria: Sequence[Criterion], missing: str
) -> tuple[float | None, dict[str, LineResult]]:
    by_section: dict[str, list[Criterion]] = {code: [] for code, _weight in sections}
    for criterion in criteria:
        by_section[criterion.section].append(criterion)
    used = {c.code: _used_points(c, missing) for c in criteria}
    section_max = {
        code: fsum(c.max_points for c in members if used[c.code] is not None)
        for code, members in by_section.items()
    }
    # A section in which nothing counts follows the missing rule as a whole.
    counted = [
        (code, weight)
        for code, weight in sections
        if section_max[code] > 0 or missing != "reweight"
    ]
    weight_sum = fsum(weight for _code, weight in counted)
    lines = {c.code: LineResult(used[c.code], 0.0, 0.0) for c in criteria}
    if weight_sum <= 0:
        return None, lines
    parts = []
    for code, weight in counted:
        part = weight / weight_sum
        if section_max[code] <= 0:
            parts.append(100.0 * part if missing == "full" else 0.0)
            continue
        for criterion in by_section[code]:
            points = used[criterion.code]
            if points is None:
                continue
            share = part * criterion.max_points / section_max[code]
            contribution = part * points / section_max[code] * 100.0
            lines[criterion.code] = LineResult(points, share, contribution)
            parts.append(contribution)
    return fsum(parts), lines


def score(
    sections: Sequence[tuple[str, float]],
    criteria: Sequence[Criterion],
    missing: str = "zero",
    aggregate: str = "weighted",
    adjustments: Iterable[float] = (),
    min_coverage: float = 0.0,
) -> Score:
    """Score one subject.

    :param sections: ``(code, weight)`` pairs.
    :param missing: ``reweight`` leaves a criterion without points out and spreads
        its weight, ``zero`` counts it as nothing, ``full`` as its maximum. With the
        plain sum there is no weight to spread: left out adds nothing.
    :param aggregate: ``sum`` or ``weighted`` (per section points ÷ maximum × 100).
    :param adjustments: signed points added to the total.
    :param min_coverage: least share of the weight that must be measured, 0…1; with
        less there is no score, whatever the missing rule.
    :raises ScoringError: for unknown rules, sections or negative weights.
    """
    if missing not in MISSING_RULES:
        raise ScoringError(f"missing is one of {MISSING_RULES}, not {missing!r}")
    if aggregate not in AGGREGATES:
        raise ScoringError(f"aggregate is one of {AGGREGATES}, not {aggregate!r}")
    codes = {code for code, _weight in sections}
    for code, weight in sections:
        if weight < 0:
            raise ScoringError(f"section {code} has a negative weight {weight}")
    for criterion in criteria:
        if criterion.section not in codes:
            raise ScoringError(
                f"criterion {criterion.code}: no section {criterion.section!r}"
            )
    if aggregate == "sum":
        base, lines = _sum(criteria, missing)
    else:
        base, lines = _weighted(sections, criteria, missing)
    coverage = _coverage(sections, criteria, aggregate)
    if base is None or coverage < exact(min_coverage):
        return Score(None, None, coverage, lines)
    return Score(exact(base), exact(fsum([base, *adjustments])), coverage, lines)


def _coverage(
    sections: Sequence[tuple[str, float]], criteria: Sequence[Criterion], aggregate: str
) -> float:
    """Return the share of the weight that was really measured, 0…1."""
    if aggregate == "sum":
        total = fsum(abs(c.max_points) for c in criteria)
        known = fsum(abs(c.max_points) for c in criteria if c.points is not None)
        return exact(known / total) if total else 0.0
    weights = dict(sections)
    section_max = {
        code: fsum(c.max_points for c in criteria if c.section == code)
        for code in {c.section for c in criteria}
    }
    total = fsum(weights.values())
    if total <= 0:
        return 0.0
    known = fsum(
        weights[c.section] * c.max_points / section_max[c.section]
        for c in criteria
        if c.points is not None and section_max[c.section] > 0
    )
    return exact(known / total)


def find_band(total: float | None, bands: Sequence[dict[str, Any]]) -> int | None:
    """Return the index of the first band that holds ``total``; None when none does."""
    if total is None:
        return None
    for index, band in enumerate(bands):
        if in_bounds(total, band):
            return index
    return None


def standing(scores: Sequence[float], periods: int) -> float | None:
    """Return the mean of the latest scores, the newest counting most.

    Of ``periods`` = 12 the newest weighs 12, the one before 11 and the oldest 1 part;
    older scores do not count. Without scores there is no standing.

    :param scores: totals of the periods, newest first.

    >>> round(standing([100, 50], 12), 1)
    76.1
    """
    weights = [max(0, periods - index) for index in range(len(scores))]
    total = sum(weights)
    if not total:
        return None
    weighted = [weight * score for weight, score in zip(weights, scores, strict=True)]
    return exact(fsum(weighted) / total)


class Stay(NamedTuple):
    """Which band is in force once the stay rule has spoken, and why.

    ``reason`` is ``off``, ``first``, ``same``, ``margin``, ``periods`` or ``held``;
    ``periods`` counts the periods in a row on this side of the band held before, this
    one included; ``beyond`` is how many points the total lies outside that band.
    """

    index: int | None
    reason: str
    periods: int
    beyond: float


def _side(total: float, band: dict[str, Any]) -> int:
    """Return −1 below, 0 inside, +1 above the band."""
    if in_bounds(total, band):
        return 0
    high = band.get("max")
    return 1 if high is not None and exact(total) >= exact(high) else -1


def stay(
    total: float | None,
    computed: int | None,
    previous: int | None,
    earlier: Sequence[float],
    bands: Sequence[dict[str, Any]],
    periods: int = 0,
    margin: float = 0.0,
) -> Stay:
    """Let a subject keep its band until the change has proved itself.

    The band changes when the total has been on the same side outside the band for
    ``periods`` periods in a row, or when it lies at least ``margin`` points beyond
    the limit; 0 switches either condition off, both 0 the whole rule.

    :param computed: index of the band that holds ``total``.
    :param previous: index of the band held so far; None: nothing to keep.
    :param earlier: totals of the periods before, newest first.
    """
    if total is None or not (periods or margin):
        return Stay(computed, "off", 0, 0.0)
    if previous is None:
        return Stay(computed, "first", 0, 0.0)
    side = _side(total, bands[previous])
    if side == 0:
        return Stay(previous, "same", 0, 0.0)
    bound = bands[previous]["max" if side > 0 else "min"]
    beyond = exact(abs(exact(total) - exact(bound)))
    count = 1
    for value in earlier:
        if _side(value, bands[previous]) != side:
            break
        count += 1
    if margin and beyond >= exact(margin):
        return Stay(computed, "margin", count, beyond)
    if periods and count >= periods:
        return Stay(computed, "periods", count, beyond)
    return Stay(previous, "held", count, beyond)


def band_problems(bands: Sequence[dict[str, Any]]) -> list[tuple[str, int, int]]:
    """Return ``(problem, index, index)`` for ``overlap``, ``gap`` and ``empty``.

    Bands are compared in the order of their lower bounds. The ends may stay open
    (a total below the lowest band simply has no name, catalogue AMB-01), the inside
    may not: a total between two bands must never fall through.
    """
    infinity = float("inf")

    def low(band: dict[str, Any]) -> tuple[float, bool]:
        bound = band.get("min")
        return (
            -infinity if bound is None else exact(bound),
            bool(band.get("min_open")),
        )

    def high(band: dict[str, Any]) -> tuple[float, bool]:
        bound = band.get("max")
        # An open end sorts before a closed one at the same value.
        return (infinity if bound is None else exact(bound), not band.get("max_open"))

    problems: list[tuple[str, int, int]] = []
    order = sorted(range(len(bands)), key=lambda index: low(bands[index]))
    for index in order:
        start, start_open = low(bands[index])
        end, end_closed = high(bands[index])
        if start > end or (start == end and (start_open or not end_closed)):
            problems.append(("empty", index, index))
    for first, second in pairwise(order):
        end, end_closed = high(bands[first])
        start, start_open = low(bands[second])
        if start < end or (start == end and end_closed and not start_open):
            problems.append(("overlap", first, second))
        elif start > end or (not end_closed and start_open):
            problems.append(("gap", first, second))
    return problems
