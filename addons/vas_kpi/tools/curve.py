"""Where the steps of a scale overlap or leave something out, for drawing it.

The scale itself is defined in ``scale.py``; the first band that holds a value wins, so
an overlap is not an error there, but whoever reads the picture must see it.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Any, NamedTuple

from .scale import exact, in_bounds

INFINITY = float("inf")


class Overlap(NamedTuple):
    """Two bands that hold the same values; ``first`` wins. None: without end."""

    first: int
    second: int
    low: float | None
    high: float | None


def _ends(band: dict[str, Any]) -> tuple[float, float]:
    low, high = band.get("min"), band.get("max")
    return (
        -INFINITY if low is None else exact(low),
        INFINITY if high is None else exact(high),
    )


def overlaps(bands: Sequence[dict[str, Any]]) -> list[Overlap]:
    """Return every pair of bands that shares at least one value."""
    result = []
    for first, second in combinations(range(len(bands)), 2):
        (low_a, high_a), (low_b, high_b) = _ends(bands[first]), _ends(bands[second])
        low, high = max(low_a, low_b), min(high_a, high_b)
        if low > high:
            continue
        if low == high and not (
            in_bounds(low, bands[first]) and in_bounds(low, bands[second])
        ):
            continue
        result.append(
            Overlap(
                first,
                second,
                None if low == -INFINITY else low,
                None if high == INFINITY else high,
            )
        )
    return result


def is_monotone(points: Sequence[float | None]) -> bool:
    """Say whether points only rise or only fall along the curve."""
    known = [value for value in points if value is not None]
    steps = [after - before for before, after in zip(known, known[1:], strict=False)]
    return all(step >= -1e-9 for step in steps) or all(step <= 1e-9 for step in steps)
