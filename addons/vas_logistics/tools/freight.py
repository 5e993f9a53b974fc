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


def spread(cost: Number, planned: Mapping[str, Number]) -> dict[str, float]:
    """Share an actual cost as the planned one was shared; adds up to the cent."""
    return proportional(cost, planned)
