"""Piece-rate pay: more work, more pay (catalogue SKP-01; anchors R1–R6).

Money is exact inside and rounded half away from zero once per component, so a payslip
can be checked with a pocket calculator. Units: money per unit, hours, minutes.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from .allocation import round_shares

Number = int | float | Decimal


def _decimal(number: Number) -> Decimal:
    # The shortest text of a float is what a person typed: 0.185, not 0.18499….
    return number if isinstance(number, Decimal) else Decimal(repr(number))


def money(amount: Number, rounding: float = 0.01) -> float:
    """Round half away from zero to a multiple of the currency's smallest unit.

    >>> money(-0.555), money(91.575)
    (-0.56, 91.58)
    """
    step = _decimal(rounding)
    if step <= 0:
        raise ValueError(f"the rounding unit must be positive, not {rounding}")
    units = (_decimal(amount) / step).quantize(Decimal(1), rounding=ROUND_HALF_UP)
    return float(units * step)


def earned(quantity: Number, rate: Number, rounding: float = 0.01) -> float:
    """Pay of a quantity at a rate per unit; a correction has a negative quantity."""
    return money(_decimal(quantity) * _decimal(rate), rounding)


def top_up(
    pay: Number, hours: Number, floor_per_hour: Number, rounding: float = 0.01
) -> float:
    """What is missing to the guaranteed pay; 0 when the pay reaches it (R1)."""
    floor = money(_decimal(hours) * _decimal(floor_per_hour), rounding)
    return max(0.0, money(_decimal(floor) - _decimal(pay), rounding))


def standard_minutes(
    good: Number, scrap: Number, minutes: Number, base: Number = 1
) -> float:
    """Standard time of a quantity: (good + scrap) × minutes ÷ base quantity (R4)."""
    if _decimal(base) <= 0:
        raise ValueError(f"the base quantity must be positive, not {base}")
    units = _decimal(good) + _decimal(scrap)
    return float(units * _decimal(minutes) / _decimal(base))


def efficiency(standard: Number, used: Number) -> float | None:
    """Standard time ÷ time used as a ratio; None when no time was recorded (R3)."""
    if not used:
        return None
    return float(_decimal(standard) / _decimal(used))


def split_pool(
    pool: Number, members: Mapping[str, tuple[Number, Number]]
) -> dict[str, float]:
    """Share a team's money by hours × factor; the shares add up to the cent (R5).

    :param members: key → (hours, factor); equal shares when nobody has hours.
    :raises ValueError: without members, or with negative hours or factors.
    """
    if not members:
        raise ValueError("There is nobody in the team to share with.")
    keys = {
        key: Fraction(str(hours)) * Fraction(str(factor))
        for key, (hours, factor) in members.items()
    }
    if min(keys.values()) < 0:
        raise ValueError("Hours and factors must not be negative.")
    total = sum(keys.values())
    amount = Fraction(str(pool))
    if not total:
        return round_shares({key: amount / len(keys) for key in keys}, amount)
    return round_shares(
        {key: amount * share / total for key, share in keys.items()}, amount
    )


def over_task(quantity: Number, task: Number, per_unit: Number, fixed: Number) -> float:
    """Reward for more than the task: a fixed amount and an amount per unit above it."""
    above = _decimal(quantity) - _decimal(task)
    if above <= 0:
        return 0.0
    return money(_decimal(fixed) + above * _decimal(per_unit))


def capped(amount: Number, pay: Number, cap: Number, rounding: float = 0.01) -> float:
    """A deduction, at most the share ``cap`` of the pay; a cap of 0 is no limit.

    >>> capped(90, 300, 0.2), capped(50, 300, 0.2), capped(90, 300, 0)
    (60.0, 50.0, 90.0)
    """
    whole = money(amount, rounding)
    if not cap:
        return whole
    return max(0.0, min(whole, money(_decimal(pay) * _decimal(cap), rounding)))
