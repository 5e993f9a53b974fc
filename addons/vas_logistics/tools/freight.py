"""What a customer pays for transport: contract price, share of cost, or the lower.

Money is exact inside and rounded half away from zero once per charge; kg, m³, km.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import NamedTuple

from .allocation import proportional
from .piece_rate import Number, _decimal, money

#: What a tariff multiplies its price with.
BASES = ("order", "kg", "tonne", "m3", "km", "tonne_km")
#: Those that need to know how far it is.
DISTANCE_BASES = ("km", "tonne_km")
#: How goods are charged that were carried out and came back.
RETURN_METHODS = ("free", "percent", "price", "share")


class Cargo(NamedTuple):
    """One order as a tariff sees it."""

    kg: float
    m3: float
    km: float | None


def quantity(basis: str, cargo: Cargo) -> Decimal:
    """Units that the price of a tariff is multiplied with.

    :raises ValueError: for an unknown basis, or for a distance that nobody knows.
    """
    if basis == "order":
        return Decimal(1)
    if basis == "kg":
        return _decimal(cargo.kg)
    if basis == "tonne":
        return _decimal(cargo.kg) / 1000
    if basis == "m3":
        return _decimal(cargo.m3)
    if basis not in BASES:
        raise ValueError(f"unknown basis {basis!r}, expected one of {BASES}")
    if cargo.km is None:
        raise ValueError("the distance is not known")
    if basis == "km":
        return _decimal(cargo.km)
    return _decimal(cargo.kg) / 1000 * _decimal(cargo.km)


def price(
    basis: str,
    cargo: Cargo,
    unit_price: Number,
    minimum: Number = 0,
    rounding: float = 0.01,
) -> float:
    """Contract price of one order, never less than the minimum.

    >>> price("tonne_km", Cargo(6000, 30, 480), 0.5)
    1440.0
    """
    exact = quantity(basis, cargo) * _decimal(unit_price)
    return money(max(exact, _decimal(minimum)), rounding)


def charge(method: str, contract: float | None, share: float | None) -> float | None:
    """What is charged: the contract price, the cost share, or the lower of both.

    None when the figure that the method needs is missing; "lower" takes what there is.
    """
    if method == "contract":
        return contract
    if method == "share":
        return share
    if method != "lower":
        raise ValueError(f"unknown way of charging {method!r}")
    known = [amount for amount in (contract, share) if amount is not None]
    return min(known) if known else None


def return_charge(
    method: str,
    rate: Number,
    outward: float | None,
    own_price: float | None,
    share: float | None,
    rounding: float = 0.01,
) -> float | None:
    """What is charged for goods that were carried out and came back.

    :param rate: 0.5 is half of the outward price, for "percent"
    :param outward: what the delivery would have been charged
    :param own_price: the agreed price of goods that come back
    :param share: what these goods bear of the trip's cost
    :return: None when the figure that the method needs is missing
    :raises ValueError: for an unknown method

    >>> return_charge("percent", 0.5, 288.55, None, None)
    144.28
    """
    if method not in RETURN_METHODS:
        raise ValueError(f"unknown way of charging returns {method!r}")
    if method == "free":
        return 0.0
    if method == "percent":
        return (
            None
            if outward is None
            else money(_decimal(outward) * _decimal(rate), rounding)
        )
    amount = own_price if method == "price" else share
    return None if amount is None else money(amount, rounding)


def spread_with_returns(
    cost: Number,
    planned: Mapping[str, Number],
    returns: Mapping[str, Number],
    rounding: float = 0.01,
) -> dict[str, float]:
    """Share a trip's cost; who caused the way back bears what it cost.

    :param planned: customer → share of the planned cost
    :param returns: customer → what the carrier asks for the goods carried back; taken
        from ``cost`` first, in proportion when it does not reach
    :return: customer → cost; adds up to ``cost`` to the cent

    >>> spread_with_returns(130, {"a": 1, "b": 1}, {"b": 30})
    {'a': 50.0, 'b': 80.0}
    """
    back = min(_decimal(cost), sum(map(_decimal, returns.values()), Decimal(0)))
    parts = proportional(_decimal(cost) - back, planned, rounding)
    if back:
        for key, amount in proportional(back, returns, rounding).items():
            parts[key] = money(_decimal(parts[key]) + _decimal(amount), rounding)
    return parts


def spread(
    cost: Number, planned: Mapping[str, Number], rounding: float = 0.01
) -> dict[str, float]:
    """Share an actual cost as the planned one was shared; adds up to the cent."""
    return proportional(cost, planned, rounding)
