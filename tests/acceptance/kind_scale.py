"""Kind ``scale``: a value into points, through a real ``vas.scale`` record."""

from __future__ import annotations

from typing import Any

TOLERANCE = 0.005


def number(case: dict, key: str, *, optional: bool = False) -> float | None:
    """Return the number at *key*; raise ValueError saying what was expected."""
    if key not in case:
        if optional:
            return None
        raise ValueError(f'"{key}" is missing; expected a number')
    value = case[key]
    if value is None and optional:
        return None
    usable = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not usable:
        hint = "a number or null" if optional else "a number"
        raise ValueError(f'"{key}" must be {hint}, not {value!r}')
    return value


def items(case: dict, key: str, *, optional: bool = False) -> list[dict]:
    """Return the list of objects at *key*; raise ValueError otherwise."""
    value = case.get(key, [] if optional else None)
    if value is None and optional:
        return []
    usable = isinstance(value, list) and all(isinstance(x, dict) for x in value)
    if not usable:
        raise ValueError(f'"{key}" must be a list of objects, not {value!r}')
    return value


def choice(value: Any, key: str, allowed: tuple[str, ...]) -> str:
    """Return *value* when it is one of *allowed*; raise ValueError otherwise."""
    if value not in allowed:
        raise ValueError(f'"{key}" must be one of {", ".join(allowed)}, not {value!r}')
    return value


def make_scale(env: Any, definition: Any, name: str) -> Any:
    """Create a scale record from the dictionary form; ValueError when it is none."""
    values = env["vas.scale"]._values_from_dict(definition)
    return env["vas.scale"].create({"name": name, **values})


def differs(found: float | None, expected: float | None) -> bool:
    """Say whether two results differ by more than the tolerance."""
    if found is None or expected is None:
        return found is not expected
    return abs(found - expected) > TOLERANCE


def run(env: Any, case: dict) -> list[str]:
    """Create the scale, let it give points, compare."""
    value = number(case, "value", optional=True)
    if "expected_points" not in case:
        raise ValueError('"expected_points" is missing; expected a number or null')
    expected = number(case, "expected_points", optional=True)
    scale = make_scale(env, case.get("scale"), case["id"])
    # What was saved counts, not what is still in memory.
    env.flush_all()
    env.invalidate_all()
    found = scale._points(value)
    if differs(found, expected):
        return [f"points: expected {expected}, found {found}"]
    return []
