"""What is left of an entitlement, and what a use takes from where.

Units are whatever the agreement counts: visits, hours or incidents. No Odoo here.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from datetime import date

#: Half of the smallest quantity that is kept: two decimals.
EPSILON = 0.005


@dataclass(frozen=True)
class Lot:
    """Units granted together, that expire together."""

    key: Hashable
    remaining: float
    expires_on: date | None = None
    granted_on: date | None = None


def expiry_order(lot: Lot) -> tuple[date, date, str]:
    """Sort key: what expires first is used first; what never expires, last."""
    return (
        lot.expires_on or date.max,
        lot.granted_on or date.max,
        str(lot.key),
    )


def allocate(
    lots: Iterable[Lot], quantity: float
) -> tuple[list[tuple[Hashable, float]], float]:
    """Take *quantity* from *lots*, the oldest expiring first.

    :return: [(key of the lot, units taken)] and the units nothing is left for.
    :raises ValueError: when the quantity is negative.
    """
    if quantity < 0:
        raise ValueError("a use is not negative")
    taken = []
    for lot in sorted(lots, key=expiry_order):
        if quantity < EPSILON:
            break
        part = round(min(lot.remaining, quantity), 2)
        if part >= EPSILON:
            taken.append((lot.key, part))
            quantity = round(quantity - part, 2)
    return taken, max(quantity, 0.0) if quantity >= EPSILON else 0.0


def carry(
    remaining: float, rule: str, limit: float = 0.0, carried: float = 0.0
) -> tuple[float, float]:
    """Return (units carried to the next period, units that expire).

    :param rule: ``none``, ``limited`` or ``all``
    :param limit: most units that go over, when limited
    :param carried: units of the same lot that went over before (a late reversal)
    :raises ValueError: when the rule is unknown.
    """
    remaining = max(remaining, 0.0)
    if rule == "none":
        over = 0.0
    elif rule == "all":
        over = remaining
    elif rule == "limited":
        over = min(remaining, max(limit - carried, 0.0))
    else:
        raise ValueError(rule)
    return round(over, 2), round(remaining - over, 2)


def billed_units(quantity: float, step: float = 0.0, minimum: float = 0.0) -> float:
    """Return the units that count for a piece of work: begun steps, at least so many.

    >>> billed_units(1.1, 0.5)
    1.5
    """
    if quantity <= 0:
        return 0.0
    if step > 0:
        quantity = math.ceil(round(quantity / step, 6)) * step
    return round(max(quantity, minimum), 2)
