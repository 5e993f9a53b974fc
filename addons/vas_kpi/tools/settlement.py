"""Money of one settlement period (catalogue STL-01…04).

Amounts are in the agreement's currency. The exact amount is carried along and only
the running total is rounded, half away from zero, so the components always add up
to the rounded exact total: 3 × 33.333 is not 99.99 in one place and 100.00 in another.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple


class SettlementError(ValueError):
    """Input that cannot be settled; the message says what was expected."""


class Tier(NamedTuple):
    """Units up to and including ``up_to`` (None: all further) cost ``unit_price``."""

    up_to: float | None
    unit_price: float


class Component(NamedTuple):
    """One amount with the arithmetic behind it.

    ``kind`` is base, tier or factor; ``quantity × unit_price`` is the basis of base
    and tier, ``factor`` the multiplier of the factor component.
    """

    kind: str
    quantity: float
    unit_price: float
    factor: float | None
    amount: float


def _decimal(value: float) -> Decimal:
    # The shortest text of a float is what the user typed: 0.85, not 0.84999….
    return Decimal(repr(float(value)))


def round_amount(amount: float | Decimal, rounding: float = 0.01) -> float:
    """Round half away from zero to a multiple of ``rounding`` (currency unit)."""
    step = _decimal(rounding)
    if step <= 0:
        raise SettlementError(f"the rounding unit must be positive, not {rounding}")
    exact = amount if isinstance(amount, Decimal) else _decimal(amount)
    return float((exact / step).quantize(Decimal(1), rounding=ROUND_HALF_UP) * step)


def multiply(quantity: float, price: float) -> Decimal:
    """Return the exact product of two typed numbers."""
    return _decimal(quantity) * _decimal(price)


def check_tiers(tiers: Sequence[Tier]) -> None:
    """Raise :class:`SettlementError` when tier limits cannot be used."""
    start = Decimal(0)
    for index, tier in enumerate(tiers):
        if tier.up_to is None:
            if index != len(tiers) - 1:
                raise SettlementError("only the last tier may be without a limit")
        else:
            limit = _decimal(tier.up_to)
            if limit <= start:
                raise SettlementError(
                    f"tier limits must rise: {tier.up_to:g} does not exceed {start}"
                )
            start = limit


def split_by_tiers(quantity: float, tiers: Sequence[Tier]) -> list[tuple[float, float]]:
    """Return ``(quantity, unit price)`` per tier touched: each unit at its own price.

    :raises SettlementError: when limits do not rise or the quantity exceeds them.
    """
    if quantity < 0:
        raise SettlementError(f"a quantity cannot be negative: {quantity}")
    check_tiers(tiers)
    parts: list[tuple[float, float]] = []
    start = Decimal(0)
    left = _decimal(quantity)
    for tier in tiers:
        width = left
        if tier.up_to is not None:
            limit = _decimal(tier.up_to)
            width = min(left, limit - start)
            start = limit
        if width > 0:
            parts.append((float(width), tier.unit_price))
            left -= width
    if left > 0:
        raise SettlementError(f"no tier covers the last {left} units of {quantity}")
    return parts


def components(
    quantity: float,
    unit_price: float,
    tiers: Sequence[Tier] = (),
    factor: float | None = None,
    rounding: float = 0.01,
) -> list[Component]:
    """Return base (or tier) components and, when given, the effect of ``factor``.

    :param factor: multiplier from the score; its component is the difference it makes.
    :raises SettlementError: for a negative quantity or unusable tiers.
    """
    if quantity < 0:
        raise SettlementError(f"a quantity cannot be negative: {quantity}")
    kind = "tier" if tiers else "base"
    parts = split_by_tiers(quantity, tiers) if tiers else [(quantity, unit_price)]
    result: list[Component] = []
    running, rounded = Decimal(0), Decimal(0)
    for part_quantity, price in parts:
        running += multiply(part_quantity, price)
        total = _decimal(round_amount(running, rounding))
        result.append(
            Component(kind, part_quantity, price, None, float(total - rounded))
        )
        rounded = total
    if factor is not None:
        total = _decimal(round_amount(running * _decimal(factor), rounding))
        result.append(
            Component("factor", 1.0, float(running), factor, float(total - rounded))
        )
    return result
