"""Share a trip's cost among its customers, to the cent.

Exact fractions inside; the cents that rounding leaves go to the largest remainders,
ties by id, so the shares always add up. Catalogue COD-05; units: money, kg, m³, km.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from fractions import Fraction
from itertools import combinations
from math import factorial

METHODS = {
    "tonne_km": ("kg", "km"),
    "volume_km": ("m3", "km"),
    "stand_alone": ("stand_alone",),
}
Number = int | float | Decimal | Fraction


def _exact(number: Number) -> Fraction:
    """The number as people wrote it: 0.1 is one tenth."""
    if isinstance(number, float):
        return Fraction(str(number))
    return Fraction(number)


def round_shares(shares: Mapping[str, Fraction], cost: Number) -> dict[str, float]:
    """Cents by the largest remainder; the result adds up to ``cost`` rounded to cents.

    >>> round_shares({k: Fraction(100, 3) for k in "ABC"}, 100)
    {'A': 33.34, 'B': 33.33, 'C': 33.33}
    """
    total = round(_exact(cost) * 100)
    floors = {key: (share * 100).__floor__() for key, share in shares.items()}
    left = total - sum(floors.values())
    ranked = sorted(shares, key=lambda key: (floors[key] - shares[key] * 100, key))
    step = 1 if left >= 0 else -1
    for index in range(abs(left)):
        floors[ranked[index % len(ranked)]] += step
    return {key: cents / 100 for key, cents in floors.items()}


def proportional(cost: Number, keys: Mapping[str, Number]) -> dict[str, float]:
    """Share by one key per customer; equal shares when all keys are zero.

    Raises ``ValueError`` without customers or with a negative key.
    """
    if not keys:
        raise ValueError("There is no customer to share the cost with.")
    exact = {key: _exact(value) for key, value in keys.items()}
    if min(exact.values()) < 0:
        raise ValueError("A share key must not be negative.")
    total = sum(exact.values())
    amount = _exact(cost)
    if not total:
        return round_shares({key: amount / len(exact) for key in exact}, cost)
    return round_shares(
        {key: amount * value / total for key, value in exact.items()}, cost
    )


def shapley(cost: Number, coalitions: Mapping[frozenset[str], Number]) -> dict:
    """Average marginal cost over all orders of joining.

    ``coalitions`` gives the cost of every non-empty group of customers; the group of
    all must cost ``cost``. Raises ``ValueError`` for a missing group.
    """
    players: list[str] = sorted(set().union(*coalitions)) if coalitions else []
    if not players:
        raise ValueError("There is no customer to share the cost with.")
    values: dict[frozenset[str], Fraction] = {frozenset(): Fraction(0)}
    for size in range(1, len(players) + 1):
        for group in combinations(players, size):
            key = frozenset(group)
            if key not in coalitions:
                raise ValueError(f"The cost of {', '.join(group)} together is missing.")
            values[key] = _exact(coalitions[key])
    if values[frozenset(players)] != _exact(cost):
        raise ValueError("The group of all customers must cost the cost to share.")
    count = len(players)
    shares = {}
    for player in players:
        others = [other for other in players if other != player]
        share = Fraction(0)
        for size in range(count):
            weight = Fraction(
                factorial(size) * factorial(count - size - 1), factorial(count)
            )
            for group in combinations(others, size):
                base = frozenset(group)
                share += weight * (values[base | {player}] - values[base])
        shares[player] = share
    return round_shares(shares, cost)


def allocate(
    method: str,
    cost: Number,
    customers: Iterable[Mapping],
    coalitions: Mapping[frozenset[str], Number] | None = None,
) -> dict[str, float]:
    """Share ``cost`` by ``method``: tonne_km, volume_km, stand_alone or shapley.

    Each customer has ``id`` and the measures of the method. Raises ``ValueError`` for
    an unknown method, a missing measure or the errors of the method itself.
    """
    customers = list(customers)
    if method == "shapley":
        return shapley(cost, coalitions or {})
    if method not in METHODS:
        raise ValueError(f"Unknown way to share a cost: {method}.")
    keys: dict[str, Fraction] = {}
    for customer in customers:
        key = Fraction(1)
        for measure in METHODS[method]:
            if customer.get(measure) is None:
                raise ValueError(f"{customer['id']}: {measure} is missing.")
            key *= _exact(customer[measure])
        keys[customer["id"]] = key
    return proportional(cost, keys)
