"""What a changed rule would do: migration between bands and thresholds for a share.

Scores are points as a scorecard gives them; a higher score is better. Shares are
fractions of all scores given, 0…1. Nothing here reads or writes a database.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from typing import NamedTuple

from .scale import exact

#: Decimals tried, the fewest first, when a threshold is chosen between two scores.
THRESHOLD_DIGITS = range(0, 10)


class WhatIfError(ValueError):
    """A question that has no answer; the message says what was expected."""


class Threshold(NamedTuple):
    """A lower bound (inclusive) and the share of scores that it lets in."""

    value: float
    share: float
    count: int


class Matrix(NamedTuple):
    """Counts of moves: ``cells[row][column]``, with their totals."""

    rows: list[Hashable]
    columns: list[Hashable]
    cells: list[list[int]]
    row_totals: list[int]
    column_totals: list[int]
    total: int


def migration(
    moves: Iterable[tuple[Hashable, Hashable, int]],
    rows: Sequence[Hashable],
    columns: Sequence[Hashable],
) -> Matrix:
    """Return the matrix of ``(old, new, number)`` in the order of rows and columns.

    :raises WhatIfError: when a move names a row or column that is not listed, because
        the totals would silently lose it.
    """
    counts: Counter[tuple[Hashable, Hashable]] = Counter()
    for old, new, number in moves:
        if old not in rows or new not in columns:
            raise WhatIfError(f"a move from {old!r} to {new!r} has no place")
        counts[old, new] += number
    cells = [[counts[row, column] for column in columns] for row in rows]
    return Matrix(
        list(rows),
        list(columns),
        cells,
        [sum(line) for line in cells],
        [sum(line[index] for line in cells) for index in range(len(columns))],
        sum(map(sum, cells)),
    )


def round_between(low: float, high: float) -> float:
    """Return the number with the fewest decimals in ``(low, high]``.

    Between 84.2 and 86.43 lies 86: a threshold that people can remember.
    :raises WhatIfError: when nothing lies between.
    """
    if not low < high:
        raise WhatIfError(f"nothing lies above {low} and up to {high}")
    for digits in THRESHOLD_DIGITS:
        scale = 10**digits
        # Scores carry the noise of sums: 86.0 must not become 85.
        candidate = math.floor(exact(high) * scale + 1e-9) / scale
        if low < candidate <= high:
            return candidate
    return high


def thresholds(scores: Sequence[float], upper: float | None = None) -> list[Threshold]:
    """Return every lower bound that changes who is in, the strictest first.

    :param upper: scores at or above it belong to a better band and are not counted in
        (they still belong to the base of the share).
    """
    total = len(scores)
    if not total:
        return []
    known = sorted((exact(score) for score in scores), reverse=True)
    inside = [s for s in known if upper is None or s < exact(upper)]
    result = []
    for index, score in enumerate(inside):
        count = index + 1
        if count < len(inside) and inside[count] == score:
            continue
        below = inside[count] if count < len(inside) else score - 1.0
        result.append(Threshold(round_between(below, score), count / total, count))
    return result


def share_at(
    scores: Sequence[float], threshold: float, upper: float | None = None
) -> float:
    """Return the share of scores from ``threshold`` on (and below ``upper``)."""
    if not scores:
        return 0.0
    low = exact(threshold)
    count = sum(
        1
        for score in map(exact, scores)
        if score >= low and (upper is None or score < exact(upper))
    )
    return count / len(scores)


def threshold_for_share(
    scores: Sequence[float], share: float, upper: float | None = None
) -> Threshold | None:
    """Return the lower bound whose share comes closest to ``share``.

    With equal scores a share may not be reachable exactly; of two bounds equally far
    the stricter one is taken. None when there is no score to draw a line under.
    :raises WhatIfError: when ``share`` is not between 0 and 1.
    """
    if not 0.0 <= share <= 1.0:
        raise WhatIfError(f"a share lies between 0 and 1, not {share}")
    candidates = thresholds(scores, upper)
    if not candidates:
        return None
    return min(candidates, key=lambda item: (abs(item.share - share), item.count))


def best_first(bounds: Sequence[tuple[float | None, float | None]]) -> list[int]:
    """Return the indexes of ``(min, max)`` ranges from the highest to the lowest."""
    infinity = math.inf

    def key(index: int) -> tuple[float, float]:
        low, high = bounds[index]
        return (
            -(-infinity if low is None else low),
            -(infinity if high is None else high),
        )

    return sorted(range(len(bounds)), key=key)
