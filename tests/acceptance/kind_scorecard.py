"""Kind ``scorecard``: observations → metrics → scales → assessment, then compare."""

from __future__ import annotations

from datetime import date
from typing import Any

from kind_scale import choice, differs, items, make_scale, number

DAY = date(2025, 6, 15)
PERIOD = date(2025, 1, 1), date(2025, 12, 31)


def make_metric(env: Any, code: str, name: str) -> Any:
    """Create a metric fed by observations."""
    return env["vas.metric"].create(
        {
            "name": name,
            "code": code,
            "kind": "observation",
            "observation_aggregate": "sum",
        }
    )


def observe(env: Any, metric: Any, partner: Any, value: float) -> None:
    """Record one fact of the period."""
    env["vas.observation"].create(
        {
            "metric_id": metric.id,
            "res_id": partner.id,
            "date": DAY,
            "value": value,
        }
    )


def _code(entry: dict, key: str = "code") -> str:
    code = entry.get(key)
    if not isinstance(code, str) or not code:
        raise ValueError(f'"{key}" must be a text in {entry!r}')
    return code


def _unique(entries: list[dict], what: str) -> None:
    codes = [_code(entry) for entry in entries]
    if len(set(codes)) != len(codes):
        raise ValueError(f"each of the {what} needs its own code: {codes}")


def make_bands(env: Any, bands: list[dict]) -> list[tuple]:
    """Return the create commands of the bands."""
    _unique(bands, "bands")
    commands = []
    for index, band in enumerate(bands):
        for side in ("min", "max"):
            number(band, side, optional=True)
        commands.append(
            (
                0,
                0,
                {
                    "code": band["code"],
                    "name": band["code"],
                    "sequence": index,
                    **env["vas.scorecard.band"]._bounds_values(band),
                },
            )
        )
    return commands


def make_scorecard(env: Any, case: dict) -> tuple[Any, Any]:
    """Create scorecard, facts and adjustments; return scorecard and subject."""
    sections, criteria = items(case, "sections"), items(case, "criteria")
    _unique(sections, "sections")
    _unique(criteria, "criteria")
    partner = env["res.partner"].create({"name": f"Vendor of {case['id']}"})
    scorecard = env["vas.scorecard"].create(
        {
            "name": case["id"],
            "code": f"case-{case['id']}",
            "aggregate": choice(
                case.get("aggregate", "weighted"), "aggregate", ("sum", "weighted")
            ),
            "missing_rule": choice(
                case.get("missing", "zero"), "missing", ("reweight", "zero", "full")
            ),
            "section_ids": [
                (
                    0,
                    0,
                    {
                        "code": section["code"],
                        "name": section["code"],
                        "sequence": index,
                        # Fractions in the case, percents on the card.
                        "weight": number(section, "weight") * 100,
                    },
                )
                for index, section in enumerate(sections)
            ],
            "band_ids": make_bands(env, items(case, "bands", optional=True)),
        }
    )
    by_code = {section.code: section for section in scorecard.section_ids}
    for index, criterion in enumerate(criteria):
        code = criterion["code"]
        section = by_code.get(_code(criterion, "section"))
        if section is None:
            raise ValueError(f"criterion {code}: no section {criterion['section']!r}")
        metric = make_metric(env, f"{case['id']}-{code}", code)
        if "value" not in criterion:
            raise ValueError(f'criterion {code}: "value" is missing (a number or null)')
        value = number(criterion, "value", optional=True)
        if value is not None:
            observe(env, metric, partner, value)
        env["vas.scorecard.criterion"].create(
            {
                "section_id": section.id,
                "sequence": index,
                "code": code,
                "name": code,
                "metric_id": metric.id,
                "scale_id": make_scale(env, criterion.get("scale"), code).id,
                "max_points": number(criterion, "max"),
            }
        )
    for adjustment in items(case, "adjustments", optional=True):
        env["vas.adjustment"].create(
            {
                "name": adjustment.get("label") or "Adjustment",
                "kind": choice(adjustment.get("kind"), "kind", ("bonus", "penalty")),
                "points": number(adjustment, "points"),
                "date": DAY,
                "res_id": partner.id,
                "scorecard_id": scorecard.id,
            }
        )
    return scorecard, partner


def run(env: Any, case: dict) -> list[str]:
    """Assess the subject and compare total and band."""
    for key in ("expected_total", "expected_band"):
        if key not in case:
            raise ValueError(f'"{key}" is missing')
    expected = number(case, "expected_total", optional=True)
    scorecard, partner = make_scorecard(env, case)
    assessment = scorecard._assess(partner, *PERIOD, company=env.company)
    # What was saved counts, not what is still in memory.
    env.flush_all()
    env.invalidate_all()
    found = assessment.score if assessment.has_score else None
    differences = []
    if differs(found, expected):
        differences.append(f"total: expected {expected}, found {found}")
    band = assessment.band_id.code or None
    if band != case["expected_band"]:
        differences.append(f"band: expected {case['expected_band']}, found {band}")
    return differences
