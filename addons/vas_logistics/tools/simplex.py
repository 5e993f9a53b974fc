"""A small linear programme: the simplex method on a dense table.

Meant for tens of unknowns and about a hundred limits, where a library would be heavier
than the problem.
"""

from __future__ import annotations

import numpy as np

TINY = 1e-9
MOST_STEPS = 20_000
# Steepest first; after so many steps the first possible, which never goes in circles.
CAREFUL_AFTER = 2_000


class Infeasible(Exception):  # noqa: N818
    """No point keeps all limits."""


def minimise(goal: np.ndarray, rows: np.ndarray, limits: np.ndarray) -> np.ndarray:
    """The ``x ≥ 0`` with ``rows @ x ≤ limits`` and the smallest ``goal @ x``.

    Raises ``Infeasible`` where there is none, ``ArithmeticError`` where the goal has no
    smallest value or the numbers are too bad.
    """
    count, unknowns = rows.shape
    negative = limits < 0
    sign = np.where(negative, -1.0, 1.0)
    helpers = np.flatnonzero(negative)
    width = unknowns + count + len(helpers)
    table = np.zeros((count, width + 1))
    table[:, :unknowns] = rows * sign[:, None]
    table[:, unknowns : unknowns + count] = np.diag(sign)
    table[:, -1] = limits * sign
    basis = np.arange(unknowns, unknowns + count)
    for number, row in enumerate(helpers):
        table[row, unknowns + count + number] = 1.0
        basis[row] = unknowns + count + number
    scale = max(float(np.abs(limits).max(initial=0.0)), 1.0)
    if len(helpers):
        first = np.zeros(width)
        first[unknowns + count :] = 1.0
        if _run(table, basis, first, width) > TINY * scale * 100:
            raise Infeasible("The limits contradict each other.")
        for row in np.flatnonzero(basis >= unknowns + count):
            column = int(np.argmax(np.abs(table[row, : unknowns + count])))
            if abs(table[row, column]) > TINY:
                _pivot(table, basis, int(row), column)
    second = np.zeros(width)
    second[:unknowns] = goal
    _run(table, basis, second, unknowns + count)
    result = np.zeros(width)
    result[basis] = table[:, -1]
    return result[:unknowns]


def _run(table: np.ndarray, basis: np.ndarray, goal: np.ndarray, usable: int) -> float:
    """Improve until nothing improves; only the first ``usable`` unknowns may enter."""
    for step in range(MOST_STEPS):
        gain = goal[:usable] - goal[basis] @ table[:, :usable]
        better = np.flatnonzero(gain < -TINY)
        if not better.size:
            return float(goal[basis] @ table[:, -1])
        careful = step >= CAREFUL_AFTER
        column = int(better[0] if careful else better[np.argmin(gain[better])])
        entries = table[:, column]
        possible = np.flatnonzero(entries > TINY)
        if not possible.size:
            raise ArithmeticError("The goal has no smallest value.")
        ratios = table[possible, -1] / entries[possible]
        ties = possible[ratios <= ratios.min() + TINY]
        _pivot(table, basis, int(ties[np.argmin(basis[ties])]), column)
    raise ArithmeticError("The simplex method did not end.")


def _pivot(table: np.ndarray, basis: np.ndarray, row: int, column: int) -> None:
    table[row] /= table[row, column]
    factors = table[:, column].copy()
    factors[row] = 0.0
    table -= factors[:, None] * table[row]
    basis[row] = column
