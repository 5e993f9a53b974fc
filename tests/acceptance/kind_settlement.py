"""Kind ``settlement``: agreement, facts, score → settlement → draft bill."""

from __future__ import annotations

from datetime import date
from typing import Any

from kind_scale import TOLERANCE, items, make_scale, number
from kind_scorecard import make_metric, observe

from odoo.exceptions import ValidationError

PERIOD = date(2025, 6, 1), date(2025, 6, 30)
MANUAL = (("bonuses", "bonus", 1), ("penalties", "penalty", -1))


def _label(entry: dict) -> str:
    label = entry.get("label")
    if not isinstance(label, str) or not label:
        raise ValueError(f'"label" must be a text in {entry!r}')
    return label


def _make_score(env: Any, case: dict, partner: Any) -> Any:
    """Give the vendor a confirmed score for the period; return its scorecard."""
    score = number(case, "score")
    metric = make_metric(env, f"{case['id']}-score", "Score")
    observe(env, metric, partner, score)
    scale = make_scale(env, {"type": "per_unit", "points_per_unit": 1}, "Identity")
    scorecard = env["vas.scorecard"].create(
        {
            "name": case["id"],
            "code": f"case-{case['id']}",
            "aggregate": "sum",
            "period_type": "month",
            "section_ids": [(0, 0, {"code": "all", "name": "All", "weight": 100})],
        }
    )
    env["vas.scorecard.criterion"].create(
        {
            "section_id": scorecard.section_ids.id,
            "code": "score",
            "name": "Score",
            "metric_id": metric.id,
            "scale_id": scale.id,
            "max_points": 100,
        }
    )
    scorecard.action_activate()
    assessment = scorecard._assess(partner, *PERIOD, company=env.company)
    assessment.action_confirm()
    return scorecard


def _make_settlement(env: Any, case: dict) -> Any:
    partner = env["res.partner"].create({"name": f"Vendor of {case['id']}"})
    metric = make_metric(env, f"{case['id']}-quantity", "Quantity")
    observe(env, metric, partner, number(case, "quantity"))
    values = {
        "name": case["id"],
        "code": f"case-{case['id']}",
        "partner_id": partner.id,
        "company_id": env.company.id,
        "quantity_metric_id": metric.id,
        "unit_price": number(case, "unit_price"),
        "tier_ids": [
            (
                0,
                0,
                {
                    "sequence": index,
                    "has_limit": tier.get("up_to") is not None,
                    "up_to": number(tier, "up_to", optional=True) or 0.0,
                    "unit_price": number(tier, "unit_price"),
                },
            )
            for index, tier in enumerate(items(case, "tiers", optional=True))
        ],
    }
    if case.get("factor") is not None:
        values["scorecard_id"] = _make_score(env, case, partner).id
        values["factor_scale_id"] = make_scale(env, case["factor"], "Factor").id
    agreement = env["vas.settlement.agreement"].create(values)
    agreement.action_activate()
    settlement = agreement._settle(*PERIOD)
    lines = env["vas.settlement.line"]
    for key, kind, sign in MANUAL:
        for entry in items(case, key, optional=True):
            lines.create(
                {
                    "settlement_id": settlement.id,
                    "kind": kind,
                    "name": _label(entry),
                    "amount": sign * number(entry, "amount"),
                }
            )
    for entry in items(case, "extra_lines", optional=True):
        consent = entry.get("written_consent")
        if not isinstance(consent, bool):
            message = f'"written_consent" must be true or false in {entry!r}'
            raise ValueError(message)  # noqa: TRY004  the runner's word for malformed
        line = lines.create(
            {
                "settlement_id": settlement.id,
                "kind": "extra",
                "name": _label(entry),
                "amount": number(entry, "amount"),
                "written_consent": consent,
            }
        )
        if consent:
            line.consent_ids = env["ir.attachment"].create(
                {"name": "consent.txt", "raw": b"Agreed."}
            )
    return settlement


def run(env: Any, case: dict) -> list[str]:
    """Settle, accept and bill the period; compare the total or the refusal."""
    error = case.get("expected_error")
    if error not in (None, "consent"):
        raise ValueError(f'"expected_error" must be "consent", not {error!r}')
    expected = None if error else number(case, "expected_total")
    settlement = _make_settlement(env, case)
    try:
        settlement.action_check()
    except ValidationError as refusal:
        if error and error in str(refusal):
            return []
        return [f"refused: {refusal}"]
    if error:
        return [f"expected a refusal about {error}, but the figures were accepted"]
    env.flush_all()
    env.invalidate_all()
    differences = []
    if abs(settlement.total - expected) > TOLERANCE:
        differences.append(f"total: expected {expected}, found {settlement.total}")
    if not settlement.currency_id.is_zero(settlement.total):
        settlement.action_create_bill()
        bill = settlement.bill_id
        untaxed = bill.amount_untaxed * (-1 if bill.move_type == "in_refund" else 1)
        if abs(untaxed - settlement.total) > TOLERANCE:
            differences.append(
                f"bill: {untaxed} before tax for a settlement of {settlement.total}"
            )
    return differences
