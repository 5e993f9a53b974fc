"""How far a customer's contract prices lie above the reference (catalogue GRD-05)."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal


def totals(pairs: Iterable[tuple[float, float]]) -> tuple[float, float]:
    """Return (sum of reference prices, sum of contract prices less that sum).

    One unit of every priced service is compared, so that a service with a high price
    weighs more than one with a low price. A pair whose reference is not positive says
    nothing about the premium and is left out.

    :param pairs: (contract price, reference price) per service, in one currency
    :return: both in that currency, without binary rounding noise; (0.0, 0.0) when no
        pair can be compared
    """
    reference = extra = Decimal(0)
    for contract_price, reference_price in pairs:
        if reference_price > 0:
            reference_part = Decimal(str(reference_price))
            reference += reference_part
            extra += Decimal(str(contract_price)) - reference_part
    return float(reference), float(extra)


def premium(pairs: Iterable[tuple[float, float]]) -> float | None:
    """Return the premium as a fraction (0.18 for 18 %), None without comparable pairs.

    :param pairs: as for :func:`totals`
    """
    reference, extra = totals(pairs)
    return extra / reference if reference else None
