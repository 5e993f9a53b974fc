"""How much a customer is credited for broken promises. Amounts in one currency."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Band:
    """Kept below this share of the promises (percent): so much."""

    below: float
    value: float


def attainment(kept: int, total: int) -> float | None:
    """Return the share of kept promises in percent; ``None`` when none was due."""
    return 100.0 * kept / total if total else None


def band_value(share: float | None, bands: Sequence[Band]) -> float:
    """Return the value of the worst band the share falls in, 0 above all of them.

    A band holds below its bound: exactly the bound is kept.
    """
    if share is None:
        return 0.0
    fitting = [band for band in bands if share < band.below]
    return min(fitting, key=lambda band: band.below).value if fitting else 0.0


def credit(
    fee: float,
    value: float,
    in_percent: bool,
    count: int = 1,
    cap_percent: float = 0.0,
    cap_amount: float = 0.0,
) -> tuple[float, float]:
    """Return (credit before caps, credit), both not negative and not above the fee.

    :param fee: what the customer pays for the period
    :param value: percent of the fee, or an amount
    :param count: how many times (breaches)
    :param cap_percent: at most this share of the fee; 0: no such limit
    :param cap_amount: at most this amount; 0: no such limit
    """
    full = max(fee * value / 100 if in_percent else value, 0.0) * max(count, 0)
    limits = [max(fee, 0.0)]
    if cap_percent > 0:
        limits.append(max(fee, 0.0) * cap_percent / 100)
    if cap_amount > 0:
        limits.append(cap_amount)
    return full, min([full, *limits])
