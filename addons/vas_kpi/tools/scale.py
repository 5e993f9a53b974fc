"""Turn a measured value into points (catalogue KPI-07, LEA-01, GRD-03…05).

A scale is a plain dictionary, so that it can be stored, shown, tested and
exchanged without a database:

* ``{"type": "knots", "knots": [[value, points], …], "below": P | "clamp",
  "above": P | "clamp"}``: straight lines between knots; ``below`` and ``above``
  say what a value under the smallest or over the largest knot earns.
* ``{"type": "bands", "bands": [{"min", "max", "min_open", "max_open",
  "points"}, …], "default": points | None}``: the first band that holds the value
  wins; a bound is closed unless ``*_open`` is true.
* ``{"type": "per_unit", "points_per_unit": p, "cap": c | None}``: points are
  ``value × p``; the cap limits them in the direction of ``p``.

Boundaries are business rules ("reaches 3,000,000.00"), so both sides of every
comparison are rounded to nine decimals first: 0.1 + 0.2 meets a bound of 0.3.
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any, NamedTuple

#: Decimals kept when a value meets a boundary.
COMPARE_DIGITS = 9


class ScaleError(ValueError):
    """A scale that cannot be evaluated; the message says what was expected."""


class Hit(NamedTuple):
    """Points of a value and the part of the scale that gave them.

    ``rule`` is one of ``missing``, ``between``, ``below``, ``above``, ``band``,
    ``default``, ``per_unit``, ``cap``; ``data`` holds the numbers of that part.
    """

    points: float | None
    rule: str
    data: dict[str, Any]


def exact(value: float) -> float:
    """Round ``value`` to the precision at which boundaries are compared.

    A double holds 15 decimal digits; what lies beyond them is noise of the arithmetic.
    Without cutting it, 3,000,000 rounded to nine decimals by the ORM is
    3000000.000000003 and no longer equal to itself.
    """
    return round(float(f"{float(value):.15g}"), COMPARE_DIGITS)


def in_bounds(value: float, bounds: dict[str, Any]) -> bool:
    """Say whether ``value`` lies in ``{"min", "max", "min_open", "max_open"}``.

    An absent or ``None`` bound does not limit.
    """
    number = exact(value)
    low, high = bounds.get("min"), bounds.get("max")
    if low is not None:
        low = exact(low)
        if number < low or (number == low and bounds.get("min_open")):
            return False
    if high is not None:
        high = exact(high)
        if number > high or (number == high and bounds.get("max_open")):
            return False
    return True


def _is_number(value: Any) -> bool:
    return (
        isinstance(value, (int, float))
        and not isinstance(value, bool)
        and math.isfinite(value)
    )


def _validate_knots(scale: dict[str, Any]) -> None:
    knots = scale.get("knots")
    if not isinstance(knots, (list, tuple)) or not knots:
        raise ScaleError("a scale of knots needs at least one [value, points] pair")
    for knot in knots:
        if (
            not isinstance(knot, (list, tuple))
            or len(knot) != 2
            or not all(_is_number(number) for number in knot)
        ):
            raise ScaleError(f"a knot is [value, points], not {knot!r}")
    for side in ("below", "above"):
        rule = scale.get(side, "clamp")
        if rule != "clamp" and not _is_number(rule):
            raise ScaleError(f'"{side}" is a number of points or "clamp", not {rule!r}')


def _validate_bands(scale: dict[str, Any]) -> None:
    bands = scale.get("bands")
    if not isinstance(bands, (list, tuple)):
        raise ScaleError('a scale of bands needs a list "bands"')
    default = scale.get("default")
    if default is not None and not _is_number(default):
        raise ScaleError(f'"default" is a number of points or empty, not {default!r}')
    for band in bands:
        if not isinstance(band, dict) or not _is_number(band.get("points")):
            raise ScaleError(f'a band is a dictionary with "points", not {band!r}')
        low, high = band.get("min"), band.get("max")
        for bound in (low, high):
            if bound is not None and not _is_number(bound):
                raise ScaleError(f"a bound is a number, not {bound!r}")
        if low is not None and high is not None:
            empty = exact(low) == exact(high) and (
                band.get("min_open") or band.get("max_open")
            )
            if exact(low) > exact(high) or empty:
                raise ScaleError(f"no value can lie between {low} and {high}")


def _validate_per_unit(scale: dict[str, Any]) -> None:
    if not _is_number(scale.get("points_per_unit")):
        raise ScaleError('"points_per_unit" must be a number')
    cap = scale.get("cap")
    if cap is not None and not _is_number(cap):
        raise ScaleError(f'"cap" is a number of points or empty, not {cap!r}')


_VALIDATORS = {
    "knots": _validate_knots,
    "bands": _validate_bands,
    "per_unit": _validate_per_unit,
}


def validate(scale: Any) -> None:
    """Raise :class:`ScaleError` when ``scale`` cannot be evaluated."""
    if not isinstance(scale, dict) or scale.get("type") not in _VALIDATORS:
        raise ScaleError(
            'a scale is a dictionary with "type" knots, bands or per_unit, '
            f"not {scale!r}"
        )
    _VALIDATORS[scale["type"]](scale)


def _evaluate_knots(value: float, scale: dict[str, Any]) -> Hit:
    knots = sorted(
        ((exact(x), float(points)) for x, points in scale["knots"]),
        key=lambda knot: knot[0],
    )
    number = exact(value)
    same = [points for x, points in knots if x == number]
    if same:
        # Two knots on one value are a step: the better side counts.
        points = max(same)
        return Hit(points, "between", {"knots": [[number, points], [number, points]]})
    if number < knots[0][0]:
        return _beyond(number, knots, "below", scale)
    if number > knots[-1][0]:
        return _beyond(number, knots, "above", scale)
    for (x0, y0), (x1, y1) in pairwise(knots):
        if x0 < number < x1:
            points = y0 + (y1 - y0) * (number - x0) / (x1 - x0)
            return Hit(exact(points), "between", {"knots": [[x0, y0], [x1, y1]]})
    raise AssertionError("sorted knots leave no gap")


def _beyond(
    number: float, knots: list[tuple[float, float]], side: str, scale: dict[str, Any]
) -> Hit:
    rule = scale.get(side, "clamp")
    edge = knots[0] if side == "below" else knots[-1]
    if rule == "clamp":
        # With a step at the edge the outer side of the step is the last one hit.
        ends = [points for x, points in knots if x == edge[0]]
        points = ends[0] if side == "below" else ends[-1]
    else:
        points = float(rule)
    return Hit(points, side, {"edge": edge[0], "clamp": rule == "clamp"})


def _evaluate_bands(value: float, scale: dict[str, Any]) -> Hit:
    for index, band in enumerate(scale["bands"]):
        if in_bounds(value, band):
            bounds = {
                key: band.get(key) for key in ("min", "max", "min_open", "max_open")
            }
            return Hit(float(band["points"]), "band", {"index": index, **bounds})
    default = scale.get("default")
    return Hit(None if default is None else float(default), "default", {})


def _evaluate_per_unit(value: float, scale: dict[str, Any]) -> Hit:
    per_unit = float(scale["points_per_unit"])
    points, rule = exact(float(value) * per_unit), "per_unit"
    cap = scale.get("cap")
    if cap is not None:
        limited = max(points, float(cap)) if per_unit < 0 else min(points, float(cap))
        if limited != points:
            points, rule = limited, "cap"
    return Hit(points, rule, {"points_per_unit": per_unit, "cap": cap})


_EVALUATORS = {
    "knots": _evaluate_knots,
    "bands": _evaluate_bands,
    "per_unit": _evaluate_per_unit,
}


def evaluate(value: float | None, scale: dict[str, Any]) -> Hit:
    """Return the points of ``value`` on ``scale`` and why.

    ``None`` (nothing was measured) gives no points; it is not zero.
    :raises ScaleError: when the scale is not usable.
    """
    validate(scale)
    if value is None:
        return Hit(None, "missing", {})
    return _EVALUATORS[scale["type"]](value, scale)


def points_of(value: float | None, scale: dict[str, Any]) -> float | None:
    """Return only the points of ``value``; ``None`` when there are none."""
    return evaluate(value, scale).points
