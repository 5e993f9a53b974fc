"""Money of one settlement period (catalogue STL-01…04).

Amounts are in the agreement's currency. The exact amount is carried along and only
the running total is rounded, half away from zero, so the components always add up
to the rounded exact total: 3 × 33.333 is not 99.99 in one place and 100.00 in another.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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


class Rule(NamedTuple):
    """A bonus or deduction of one period; exactly one of the three measures is given.

    :param key: identifies the rule across periods.
    :param kind: ``bonus`` or ``penalty``.
    :param amount: money, without sign.
    :param percent: percent of the fee.
    :param share: percent of the amount at risk (P7).
    :param capped: whether a penalty counts towards the amount at risk.
    """

    key: str
    kind: str
    amount: float | Decimal | None = None
    percent: float | None = None
    share: float | None = None
    capped: bool = True


class Effect(NamedTuple):
    """Signed money of one rule or limit; ``kind`` adds cap, minimum and maximum."""

    key: str
    kind: str
    amount: float


class Limits(NamedTuple):
    """What a period may cost or bring at most; None: no such limit.

    :param at_risk_percent: percent of the fee that capped penalties may take.
    """

    at_risk_percent: float | None = None
    minimum: float | None = None
    maximum: float | None = None


def percent_off_target(
    score: float,
    target: float,
    percent_per_point: float,
    most: float | None,
    above: bool,
) -> float:
    """Return the percent that a distance from a target makes (cases P1 to P4).

    :param above: count the points above the target (bonus), else those below.
    :param most: the percent never exceeds this; None: no limit.
    :return: 0.0 on the other side of the target.
    """
    distance = _decimal(score) - _decimal(target)
    points = max(distance if above else -distance, Decimal(0))
    percent = points * _decimal(percent_per_point)
    return float(percent if most is None else min(percent, _decimal(most)))


def share_of(amount: float, percent: float, rounding: float = 0.01) -> float:
    """Return ``percent`` % of ``amount``, rounded to the currency."""
    exact = _decimal(amount) * _decimal(percent) / 100
    return round_amount(exact, rounding)


def add_up(amounts: Sequence[float]) -> float:
    """Add amounts exactly, so that their order does not matter."""
    return float(sum(map(_decimal, amounts), Decimal(0)))


def apply_rules(
    fee: float, rules: Sequence[Rule], limits: Limits, rounding: float = 0.01
) -> list[Effect]:
    """Return what rules and the cap do to a fee, each rounded on its own line.

    Rules that bring nothing are left out. When capped penalties together take more
    than the amount at risk, a ``cap`` effect gives the excess back, so every penalty
    keeps its own traceable line. The result does not depend on the order of rules.

    :raises SettlementError: for an unknown kind or a negative measure.
    """
    at_risk = None
    if limits.at_risk_percent is not None:
        at_risk = max(share_of(fee, limits.at_risk_percent, rounding), 0.0)
    effects: list[Effect] = []
    taken: list[float] = []
    for rule in rules:
        if rule.kind not in ("bonus", "penalty"):
            raise SettlementError(f"a rule is a bonus or a penalty, not {rule.kind!r}")
        if rule.amount is not None:
            size = round_amount(rule.amount, rounding)
        elif rule.percent is not None:
            size = share_of(fee, rule.percent, rounding)
        else:
            size = share_of(at_risk or 0.0, rule.share or 0.0, rounding)
        if size < 0:
            raise SettlementError(f"{rule.key}: a measure cannot be negative: {size}")
        if not size:
            continue
        if rule.kind == "penalty":
            effects.append(Effect(rule.key, "penalty", -size))
            if rule.capped:
                taken.append(size)
        else:
            effects.append(Effect(rule.key, "bonus", size))
    if at_risk is not None:
        excess = add_up([*taken, -at_risk])
        if excess > 0:
            effects.append(Effect("cap", "cap", excess))
    return effects


def apply_limits(total: float, limits: Limits) -> list[Effect]:
    """Return the effect that lifts or lowers a period's total to its agreed bounds.

    :raises SettlementError: when the minimum exceeds the maximum.
    """
    low, high = limits.minimum, limits.maximum
    if low is not None and high is not None and low > high:
        raise SettlementError(f"the minimum {low:g} exceeds the maximum {high:g}")
    if low is not None and total < low:
        return [Effect("minimum", "limit", add_up([low, -total]))]
    if high is not None and total > high:
        return [Effect("maximum", "limit", add_up([high, -total]))]
    return []


def earned_back(
    taken: float, uncapped: float, cap: float, percent: float, rounding: float = 0.01
) -> float:
    """Return what good periods give back of one penalty (case P8).

    :param taken: the penalty, without sign.
    :param uncapped: all penalties of its period that counted towards the cap.
    :param cap: what the cap gave back in that period; its part of this penalty was
        never taken.
    """
    exact = _decimal(taken)
    if uncapped > 0 and cap > 0:
        exact -= exact * _decimal(cap) / _decimal(uncapped)
    return round_amount(exact * _decimal(percent) / 100, rounding)


def deltas(
    settled: Mapping[str, float], corrected: Mapping[str, float]
) -> dict[str, float]:
    """Return ``{component: difference}`` that turns what was settled into the new.

    ``settled`` includes earlier corrections, so a delta of a delta adds up. Components
    without a difference are left out.
    """
    result = {}
    for key in (*settled, *(key for key in corrected if key not in settled)):
        difference = add_up([corrected.get(key, 0.0), -settled.get(key, 0.0)])
        if difference:
            result[key] = difference
    return result
