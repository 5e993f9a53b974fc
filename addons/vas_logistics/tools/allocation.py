"""Share a trip's cost among its customers, to the cent.

Exact fractions inside; the cents that rounding leaves go to the largest remainders,
ties by id, so the shares always add up. Catalogue COD-05; units: money, kg, m³, km,
share of the vehicle's capacity.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import factorial, lcm
from typing import Literal

import numpy as np

from .simplex import Infeasible, minimise

METHODS = {
    "tonne_km": ("kg", "km"),
    "volume_km": ("m3", "km"),
    "capacity_km": ("capacity", "km"),
    "stand_alone": ("stand_alone",),
}
# Rules that look at every group of customers; more players have too many groups.
GAMES = ("shapley", "equal_profit")
MOST_PLAYERS = 14
SMALL_MONEY = 1e-7
CUTS_AT_ONCE = 6
Number = int | float | Decimal | Fraction
Note = Literal["", "core_empty", "too_many", "above_alone", "capped"]


def _exact(number: Number) -> Fraction:
    """The number as people wrote it: 0.1 is one tenth."""
    if isinstance(number, float):
        return Fraction(str(number))
    return Fraction(number)


def _unit(rounding: Number) -> Fraction:
    """The smallest coin of a currency: 0.01, 1 for yen, 0.001 for dinars."""
    unit = _exact(rounding)
    if unit <= 0:
        raise ValueError(f"the rounding unit must be positive, not {rounding}")
    return unit


def round_shares(
    shares: Mapping[str, Fraction], cost: Number, rounding: Number = 0.01
) -> dict[str, float]:
    """Cents by the largest remainder; the result adds up to ``cost`` rounded to cents.

    :param rounding: smallest unit of the currency

    >>> round_shares({k: Fraction(100, 3) for k in "ABC"}, 100)
    {'A': 33.34, 'B': 33.33, 'C': 33.33}
    >>> round_shares({k: Fraction(100, 3) for k in "ABC"}, 100, 1)
    {'A': 34.0, 'B': 33.0, 'C': 33.0}
    """
    unit = _unit(rounding)
    total = (_exact(cost) / unit + Fraction(1, 2)).__floor__()
    exact = {key: share / unit for key, share in shares.items()}
    floors = {key: share.__floor__() for key, share in exact.items()}
    left = total - sum(floors.values())
    ranked = sorted(shares, key=lambda key: (floors[key] - exact[key], key))
    step = 1 if left >= 0 else -1
    for index in range(abs(left)):
        floors[ranked[index % len(ranked)]] += step
    return {key: float(units * unit) for key, units in floors.items()}


def exact_proportional(cost: Number, keys: Mapping[str, Number]) -> dict[str, Fraction]:
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
        return {key: amount / len(exact) for key in exact}
    return {key: amount * value / total for key, value in exact.items()}


def proportional(
    cost: Number, keys: Mapping[str, Number], rounding: Number = 0.01
) -> dict[str, float]:
    """As ``exact_proportional``, to the cent or another smallest unit."""
    return round_shares(exact_proportional(cost, keys), cost, rounding)


def coalition_values(
    cost: Number, coalitions: Mapping[frozenset[str], Number]
) -> tuple[list[str], list[Fraction]]:
    """Players, and the cost of every group by the bits of its players.

    Raises ``ValueError`` for a missing group, or if all together cost not ``cost``.
    """
    players: list[str] = sorted(set().union(*coalitions)) if coalitions else []
    if not players:
        raise ValueError("There is no customer to share the cost with.")
    values = [Fraction(0)]
    for mask in range(1, 1 << len(players)):
        group = [player for bit, player in enumerate(players) if mask >> bit & 1]
        key = frozenset(group)
        if key not in coalitions:
            raise ValueError(f"The cost of {', '.join(group)} together is missing.")
        values.append(_exact(coalitions[key]))
    if values[-1] != _exact(cost):
        raise ValueError("The group of all customers must cost the cost to share.")
    return players, values


def exact_shapley(players: Sequence[str], values: Sequence[Fraction]) -> dict:
    """Average marginal cost over all orders of joining; ``values`` by bits."""
    count = len(players)
    scale = lcm(*(value.denominator for value in values))
    whole = [int(value * scale) for value in values]
    weights = [factorial(n) * factorial(count - n - 1) for n in range(count)]
    sizes = [mask.bit_count() for mask in range(len(whole))]
    shares = {}
    for bit, player in enumerate(players):
        one = 1 << bit
        total = sum(
            weights[sizes[mask]] * (whole[mask | one] - whole[mask])
            for mask in range(len(whole))
            if not mask & one
        )
        shares[player] = Fraction(total, factorial(count) * scale)
    return shares


def shapley(cost: Number, coalitions: Mapping[frozenset[str], Number]) -> dict:
    """Average marginal cost over all orders of joining, to the cent.

    ``coalitions`` gives the cost of every non-empty group of customers; the group of
    all must cost ``cost``. Raises ``ValueError`` for a missing group.
    """
    players, values = coalition_values(cost, coalitions)
    return round_shares(exact_shapley(players, values), cost)


def equal_profit_floats(values: Sequence[Number]) -> list[float]:
    """The most equal relative savings that no group of customers can refuse.

    Least spread of share ÷ cost alone, subject to the core; ``values`` by bits. Groups
    are added to the linear programme only when they would object. Raises
    ``Infeasible`` when the core is empty.
    """
    cost = np.array([float(value) for value in values])
    count = len(values).bit_length() - 1
    alone = np.array([cost[1 << bit] for bit in range(count)])
    # Who costs nothing alone pays nothing: the relative saving of such a customer is
    # free and stands in nobody's way.
    # Unknowns: share of the cost alone per player, the largest and the smallest.
    rows, limits = [], []
    for player in range(count):
        rows.append(np.zeros(count + 2))
        rows[-1][[player, count]] = 1, -1
        rows.append(np.zeros(count + 2))
        rows[-1][[player, count + 1]] = -1, 1
        limits += [0.0, 0.0]
    total = np.append(alone, [0.0, 0.0])
    rows += [total, -total]
    limits += [cost[-1], -cost[-1]]
    goal = np.zeros(count + 2)
    goal[count:] = 1, -1
    known: set[int] = set()
    for bit in range(count):
        known.add(1 << bit)
        rows.append(np.where(np.arange(count + 2) == bit, total, 0.0))
        limits.append(alone[bit])
    members = (np.arange(len(values))[:, None] >> np.arange(count)) & 1
    while True:
        found = minimise(goal, np.array(rows), np.array(limits))
        shares = alone * found[:count]
        objection = members @ shares - cost
        objection[[0, -1]] = 0.0
        worst = [
            int(mask)
            for mask in np.argsort(-objection)[:CUTS_AT_ONCE]
            if objection[mask] > SMALL_MONEY * max(cost[-1], 1.0)
            and int(mask) not in known
        ]
        if not worst:
            return [float(share) for share in shares]
        for mask in worst:
            known.add(mask)
            rows.append(np.append(members[mask] * alone, [0.0, 0.0]))
            limits.append(cost[mask])


def equal_profit(
    cost: Number, coalitions: Mapping[frozenset[str], Number]
) -> tuple[dict[str, float], Note]:
    """Equal profit method to the cent; with an empty core Shapley, and it is said."""
    players, values = coalition_values(cost, coalitions)
    return _equal_profit(cost, players, values)


def _equal_profit(
    cost: Number,
    players: Sequence[str],
    values: Sequence[Fraction],
    rounding: Number = 0.01,
) -> tuple[dict[str, float], Note]:
    try:
        shares = equal_profit_floats(values)
    except Infeasible:
        shares = exact_shapley(players, values)
        return round_shares(shares, cost, rounding), "core_empty"
    exact = {
        player: Fraction(share).limit_denominator(10**9)
        for player, share in zip(players, shares, strict=True)
    }
    return round_shares(exact, cost, rounding), ""


def cap_at_alone(
    shares: Mapping[str, Fraction], alone: Mapping[str, Number]
) -> dict[str, Fraction]:
    """Nobody pays more than alone: the excess goes to the others in proportion to what
    they still save. Unchanged where all of them together save nothing."""
    limits = {key: _exact(alone[key]) for key in shares}
    if sum(shares.values()) > sum(limits.values()):
        return dict(shares)
    capped = {key: min(share, limits[key]) for key, share in shares.items()}
    excess = sum(shares.values()) - sum(capped.values())
    room = {key: limits[key] - capped[key] for key in capped}
    total = sum(room.values())
    if not excess or not total:
        return capped
    return {key: capped[key] + excess * room[key] / total for key in capped}


def _no_cent_above(
    amounts: dict[str, float], alone: Mapping[str, Number], rounding: Number
) -> dict[str, float]:
    """Rounding must not push anybody above the cost alone: such cents move on."""
    unit = _unit(rounding)
    cents = {key: round(_exact(amount) / unit) for key, amount in amounts.items()}
    limits = {key: (_exact(alone[key]) / unit).__floor__() for key in amounts}
    for key in sorted(cents):
        while cents[key] > limits[key]:
            other = max(sorted(cents), key=lambda k: limits[k] - cents[k])
            if limits[other] - cents[other] <= 0:
                break
            cents[key] -= 1
            cents[other] += 1
    return {key: float(value * unit) for key, value in cents.items()}


@dataclass(frozen=True, slots=True)
class Shared:
    """Amounts per customer, and what there is to say about them."""

    amounts: dict[str, float]
    note: Note


def share_trip(
    method: str,
    cost: Number,
    customers: Sequence[Mapping],
    values: Sequence[Number] = (),
    rounding: Number = 0.01,
) -> Shared:
    """Share the cost of a trip so that nobody pays more than alone.

    :param customers: ``id``, ``stand_alone`` and the measures of the method
    :param values: for the rules of games, the cost of each group by bits of customers
    :param rounding: smallest unit of the currency
    """
    players = [customer["id"] for customer in customers]
    alone = {customer["id"]: customer["stand_alone"] for customer in customers}
    note: Note = ""
    if method in GAMES and len(players) > MOST_PLAYERS:
        method, note = "capacity_km", "too_many"
    if method in GAMES:
        exact = [_exact(value) for value in values]
        if method == "equal_profit":
            amounts, said = _equal_profit(cost, players, exact, rounding)
            return _said(amounts, alone, said, rounding)
        shares = exact_shapley(players, exact)
    else:
        shares = _by_measures(method, cost, customers)
    capped = cap_at_alone(shares, alone)
    if capped != shares:
        note = note or "capped"
    return _said(round_shares(capped, cost, rounding), alone, note, rounding)


def _said(
    amounts: dict[str, float],
    alone: Mapping[str, Number],
    note: Note,
    rounding: Number,
) -> Shared:
    amounts = _no_cent_above(amounts, alone, rounding)
    half = float(rounding) / 2
    above = any(amounts[key] > float(alone[key]) + half for key in amounts)
    return Shared(amounts, "above_alone" if above and note != "core_empty" else note)


def _by_measures(
    method: str, cost: Number, customers: Iterable[Mapping]
) -> dict[str, Fraction]:
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
    return exact_proportional(cost, keys)


def allocate(
    method: str,
    cost: Number,
    customers: Iterable[Mapping],
    coalitions: Mapping[frozenset[str], Number] | None = None,
) -> dict[str, float]:
    """Share ``cost`` by ``method`` and nothing else: a key of ``METHODS`` or ``GAMES``.

    Each customer has ``id`` and the measures of the method. Raises ``ValueError`` for
    an unknown method, a missing measure or the errors of the method itself.
    """
    if method == "shapley":
        return shapley(cost, coalitions or {})
    if method == "equal_profit":
        return equal_profit(cost, coalitions or {})[0]
    return round_shares(_by_measures(method, cost, customers), cost)
