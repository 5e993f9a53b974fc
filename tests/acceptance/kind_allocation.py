"""A trip's cost shared among its customers, to the cent."""

from odoo.addons.vas_logistics.tools.allocation import GAMES, METHODS, allocate

METHOD_NAMES = (*METHODS, *GAMES)
FIELDS = {"id", "source", "method", "cost", "customers", "coalitions", "expected"}


def run(env, case: dict) -> list[str]:
    """Share the cost and compare every customer's amount and their sum."""
    _check_format(case)
    coalitions = {
        frozenset(key.strip() for key in group.split(",")): cost
        for group, cost in (case.get("coalitions") or {}).items()
    }
    shares = allocate(case["method"], case["cost"], case["customers"], coalitions)
    differences = [
        f"{key}: expected {amount}, got {shares.get(key)}"
        for key, amount in case["expected"].items()
        if key not in shares or abs(shares[key] - amount) > 0.005
    ]
    if round(sum(shares.values()) * 100) != round(case["cost"] * 100):
        differences.append(f"the shares add up to {sum(shares.values())}")
    return differences


def _check_format(case: dict) -> None:
    unknown = set(case) - FIELDS
    if unknown:
        raise ValueError(f"unknown fields: {', '.join(sorted(unknown))}")
    if case.get("method") not in METHOD_NAMES:
        raise ValueError(f"method: expected one of {', '.join(METHOD_NAMES)}")
    for key in ("cost", "customers", "expected"):
        if key not in case:
            raise ValueError(f"{key} is missing")
    if case["method"] in GAMES and not case.get("coalitions"):
        raise ValueError("coalitions are missing")
