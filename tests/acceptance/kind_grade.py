"""Kind ``grade``: the shipped customer-grading scheme on real invoices and payments.

Every figure of a case becomes records: invoices and bank entries for amount, payment
and receivable, a contract price list for the premium, an observation for the strategic
influence. The addons then assess, a confirmation puts the grade into force, and the
results are read from the assessment and the customer.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from odoo.fields import Command

CRITERIA = ("amount", "receivable", "premium", "strategic")
CLASSES = ("major", "ordinary")
POINTS_TOLERANCE = 0.005
#: High, so that prices in cents express a premium to eight decimals.
REFERENCE_PRICE = 1_000_000.0
EXPECTATIONS = (
    "expected_points",
    "expected_total",
    "expected_grade",
    "expected_priority",
    "expected_next_visit",
)


def _fail(what: str, expected: str, found: Any) -> ValueError:
    return ValueError(f"{what}: expected {expected}, found {found!r}")


def _day(holder: dict, key: str) -> date:
    value = holder.get(key)
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        raise _fail(key, "a date such as 2026-12-31", value) from None


def _number(holder: dict, key: str, optional: bool = False) -> float | None:
    value = holder.get(key)
    if value is None and optional:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _fail(key, "a number", value)
    return float(value)


def _check(case: dict) -> None:
    """Refuse a case that does not follow the format of the kind."""
    customer = case.get("customer")
    if not isinstance(customer, dict):
        raise _fail("customer", "an object", customer)
    _number(customer, "contract_amount")
    _number(customer, "year_end_receivable")
    _number(customer, "premium", optional=True)
    strategic = _number(customer, "strategic", optional=True)
    if strategic is not None and strategic not in (1, 2, 3, 4):
        raise _fail("strategic", "1, 2, 3 or 4", strategic)
    if not isinstance(customer.get("paid_on_time"), bool):
        raise _fail("paid_on_time", "true or false", customer.get("paid_on_time"))
    if customer.get("class") not in CLASSES:
        raise _fail("class", " or ".join(CLASSES), customer.get("class"))
    if customer["contract_amount"] < 0:
        raise _fail("contract_amount", "0 or more", customer["contract_amount"])
    _day(customer, "first_business")
    _day(case, "on")
    points = case.get("expected_points")
    if points is not None and (
        not isinstance(points, list) or len(points) != len(CRITERIA)
    ):
        raise _fail("expected_points", "a list of four numbers", points)
    if case.get("expected_next_visit") is not None:
        _day(case, "last_visit")
        _day(case, "expected_next_visit")
    if not any(key in case for key in EXPECTATIONS):
        raise ValueError(f"expected at least one of {', '.join(EXPECTATIONS)}")


class _Books:
    """Writes invoices, payments and opening balances of one customer."""

    def __init__(self, env: Any, partner: Any) -> None:
        self.env, self.partner, self.company = env, partner, env.company
        self.sales = self._journal("sale")
        self.bank = self._journal("bank")
        self.revenue = self._account(["income"])
        self.cash = self.bank.default_account_id
        self.receivable = partner.property_account_receivable_id

    def _journal(self, kind: str) -> Any:
        return self.env["account.journal"].search(
            [("type", "=", kind), ("company_id", "=", self.company.id)], limit=1
        )

    def _account(self, kinds: list[str]) -> Any:
        return self.env["account.account"].search(
            [("account_type", "in", kinds), ("company_ids", "in", self.company.ids)],
            limit=1,
        )

    def invoice(self, amount: float, day: date, due: date, paid: date | None) -> None:
        """Post an invoice without tax; settle it by a bank entry on *paid*."""
        move = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.partner.id,
                "journal_id": self.sales.id,
                "invoice_date": day,
                "date": day,
                "invoice_payment_term_id": False,
                "invoice_date_due": due,
                "invoice_line_ids": [
                    Command.create(
                        {
                            "name": "Services",
                            "quantity": 1,
                            "price_unit": amount,
                            "account_id": self.revenue.id,
                            "tax_ids": [Command.clear()],
                        }
                    )
                ],
            }
        )
        move.action_post()
        if paid:
            self.entry(-amount, paid, move)

    def entry(self, amount: float, day: date, invoice: Any = None) -> None:
        """Post a bank entry on the receivable account, settling *invoice* if given."""
        move = self.env["account.move"].create(
            {
                "move_type": "entry",
                "journal_id": self.bank.id,
                "date": day,
                "line_ids": [
                    Command.create(
                        {
                            "account_id": account.id,
                            "partner_id": self.partner.id,
                            "balance": balance,
                        }
                    )
                    for account, balance in (
                        (self.receivable, amount),
                        (self.cash, -amount),
                    )
                ],
            }
        )
        move.action_post()
        if invoice:
            (move | invoice).line_ids.filtered(
                lambda line: line.account_id == self.receivable
            ).reconcile()


def _write_books(books: _Books, customer: dict, start: date, on: date) -> None:
    """Create the invoices and payments that the figures of a case describe."""
    amount = round(float(customer["contract_amount"]), 2)
    receivable = round(float(customer["year_end_receivable"]), 2)
    on_time = customer["paid_on_time"]
    day = min(
        max(date.fromisoformat(customer["first_business"]), start),
        on - timedelta(days=1),
    )
    before, later = start - timedelta(days=1), on + timedelta(days=30)
    still_open = max(min(amount, receivable), 0.0)
    settled = round(amount - still_open, 2)
    if settled:
        # Due at once: paid the same day, or a day late.
        books.invoice(settled, day, day, day if on_time else day + timedelta(days=1))
    if still_open:
        late = not on_time and not settled
        books.invoice(still_open, day, day if late else later, None)
    rest = round(receivable - still_open, 2)
    if rest > 0 and not on_time and not amount:
        # Sold before the period, due in it and never paid.
        books.invoice(rest, before, day, None)
    elif rest > 0:
        books.invoice(rest, before, later, None)
    elif rest < 0:
        # Paid in advance: the customer has a credit.
        books.entry(rest, day)
    if not on_time and not amount and rest <= 0:
        # Nothing sold in the period, but an old invoice was paid late in it.
        books.invoice(1.0, before, day, day + timedelta(days=1))


def _write_premium(env: Any, partner: Any, premium: float) -> None:
    product = env["product.product"].create(
        {"name": "Freight", "type": "service", "list_price": REFERENCE_PRICE}
    )
    partner.vas_contract_pricelist_id = env["product.pricelist"].create(
        {
            "name": "Contract",
            "company_id": env.company.id,
            "currency_id": env.company.currency_id.id,
            "item_ids": [
                Command.create(
                    {
                        "applied_on": "0_product_variant",
                        "product_tmpl_id": product.product_tmpl_id.id,
                        "product_id": product.id,
                        "compute_price": "fixed",
                        "fixed_price": round(REFERENCE_PRICE * (1 + premium), 2),
                    }
                )
            ],
        }
    )


def _create_customer(env: Any, case: dict, start: date, on: date) -> Any:
    customer = case["customer"]
    partner = env["res.partner"].create(
        {
            "name": f"Customer of {case['id']}",
            "is_company": True,
            "vas_customer_class_id": env.ref(
                f"vas_service.vas_customer_class_{customer['class']}"
            ).id,
        }
    )
    _write_books(_Books(env, partner), customer, start, on)
    # The first invoice written here need not be the first business of the case.
    partner.vas_first_business_date = date.fromisoformat(customer["first_business"])
    if customer.get("premium") is not None:
        _write_premium(env, partner, float(customer["premium"]))
    if customer.get("strategic") is not None:
        env["vas.observation"].create(
            {
                "metric_id": env.ref("vas_service.vas_metric_strategic").id,
                "company_id": env.company.id,
                "partner_id": partner.id,
                "date": on,
                "value": customer["strategic"],
            }
        )
    return partner


def _differs(expected: float | None, found: float | None) -> bool:
    if expected is None or found is None:
        return expected is not found
    return abs(float(expected) - found) > POINTS_TOLERANCE


def _compare(case: dict, assessment: Any, partner: Any) -> list[str]:
    differences = []
    if case.get("expected_points") is not None:
        found = {
            line.criterion_id.code: line.points if line.has_points else None
            for line in assessment.line_ids
        }
        for code, expected in zip(CRITERIA, case["expected_points"], strict=True):
            if _differs(expected, found[code]):
                differences.append(f"points for {code}: {expected} ≠ {found[code]}")
    if "expected_total" in case and _differs(case["expected_total"], assessment.score):
        differences.append(f"total: {case['expected_total']} ≠ {assessment.score}")
    if "expected_grade" in case:
        grade = partner.vas_grade_id.code or None
        if grade != case["expected_grade"]:
            differences.append(f"grade: {case['expected_grade']} ≠ {grade}")
    if case.get("expected_priority") is not None:
        priority = partner.vas_shipping_priority
        if priority != case["expected_priority"]:
            differences.append(f"priority: {case['expected_priority']} ≠ {priority}")
    if "expected_next_visit" in case:
        found = partner.vas_next_visit and partner.vas_next_visit.isoformat()
        if (found or None) != case["expected_next_visit"]:
            differences.append(f"next visit: {case['expected_next_visit']} ≠ {found}")
    return differences


def run(env: Any, case: dict) -> list[str]:
    """Grade the customer of a case and return the differences in words."""
    _check(case)
    on = date.fromisoformat(case["on"])
    scorecard = env.ref("vas_service.vas_scorecard_customer")
    start, end = scorecard._get_vas_grading_period(on)
    partner = _create_customer(env, case, start, on)
    if case.get("last_visit"):
        partner.vas_last_visit = _day(case, "last_visit")
    assessment = scorecard._assess(partner, start, end, env.company)
    assessment.action_confirm()
    return _compare(case, assessment, partner)
