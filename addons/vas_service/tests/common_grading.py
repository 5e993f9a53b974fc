from datetime import date, timedelta

from odoo import Command
from odoo.tests import new_test_user

from odoo.addons.base.tests.common import BaseCommon

ON = date(2026, 6, 30)
START = date(2025, 7, 1)


class GradingCommon(BaseCommon):
    """A company of its own with journals, users of each role and verbs for facts."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.currency = cls.env.ref("base.CNY")
        cls.currency.active = True
        cls.company = cls._create_company("Grading One")
        cls.other_company = cls._create_company("Grading Two")
        cls.env.user.company_ids |= cls.company | cls.other_company
        cls.env = cls.env(
            context={**cls.env.context, "allowed_company_ids": cls.company.ids}
        )
        cls.major = cls.env.ref("vas_service.vas_customer_class_major")
        cls.ordinary = cls.env.ref("vas_service.vas_customer_class_ordinary")
        cls.grade_a = cls.env.ref("vas_service.vas_grade_a")
        cls.grade_b = cls.env.ref("vas_service.vas_grade_b")
        cls.grade_c = cls.env.ref("vas_service.vas_grade_c")
        cls.scorecard = cls.env.ref("vas_service.vas_scorecard_customer")
        cls.metric_strategic = cls.env.ref("vas_service.vas_metric_strategic")
        cls.product = cls.env["product.product"].create(
            {"name": "Freight", "type": "service", "list_price": 100.0}
        )
        cls.salesman = cls._create_user("grading-sales", "group_vas_service_user")
        cls.officer = cls._create_user("grading-officer", "group_vas_service_officer")
        cls.manager = cls._create_user("grading-manager", "group_vas_service_manager")
        cls.business = cls._create_user(
            "grading-business", "group_vas_business_manager"
        )

    @classmethod
    def _create_user(cls, login, group):
        return new_test_user(
            cls.env,
            login,
            f"vas_service.{group},base.group_partner_manager",
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )

    @classmethod
    def _create_company(cls, name):
        company = cls.env["res.company"].create(
            {"name": name, "currency_id": cls.currency.id}
        )
        env = cls.env(context={**cls.env.context, "allowed_company_ids": company.ids})
        accounts = {}
        for code, kind in (
            ("V100", "asset_receivable"),
            ("V200", "income"),
            ("V300", "asset_cash"),
        ):
            accounts[kind] = env["account.account"].create(
                {
                    "code": code,
                    "name": f"{name} {kind}",
                    "account_type": kind,
                    "reconcile": kind == "asset_receivable",
                    "company_ids": [Command.set(company.ids)],
                }
            )
        env["account.journal"].create(
            [
                {
                    "name": "Sales",
                    "code": "VSAL",
                    "type": "sale",
                    "company_id": company.id,
                    "default_account_id": accounts["income"].id,
                },
                {
                    "name": "Entries",
                    "code": "VENT",
                    "type": "general",
                    "company_id": company.id,
                },
            ]
        )
        env["ir.default"].set(
            "res.partner",
            "property_account_receivable_id",
            accounts["asset_receivable"].id,
            company_id=company.id,
        )
        return company

    # -------------------------------------------------------------------- verbs
    @classmethod
    def _account(cls, kind, company=None):
        company = company or cls.company
        return cls.env["account.account"].search(
            [("company_ids", "in", company.ids), ("account_type", "=", kind)], limit=1
        )

    @classmethod
    def _journal(cls, kind, company=None):
        company = company or cls.company
        return cls.env["account.journal"].search(
            [("company_id", "=", company.id), ("type", "=", kind)], limit=1
        )

    @classmethod
    def customer(cls, name="Customer", customer_class=None, **vals):
        """Create a customer of several years' standing."""
        return cls.env["res.partner"].create(
            {
                "name": name,
                "is_company": True,
                "vas_customer_class_id": (customer_class or cls.major).id,
                "vas_first_business_date": date(2020, 1, 10),
                **vals,
            }
        )

    @classmethod
    def invoice(cls, partner, amount, day, due=None, company=None):
        """Post an invoice without tax."""
        company = company or cls.company
        move = (
            cls.env["account.move"]
            .with_company(company)
            .create(
                {
                    "move_type": "out_invoice",
                    "partner_id": partner.id,
                    "journal_id": cls._journal("sale", company).id,
                    "invoice_date": day,
                    "date": day,
                    "invoice_payment_term_id": False,
                    "invoice_date_due": due or day,
                    "invoice_line_ids": [
                        Command.create(
                            {
                                "name": "Services",
                                "price_unit": amount,
                                "account_id": cls._account("income", company).id,
                                "tax_ids": [Command.clear()],
                            }
                        )
                    ],
                }
            )
        )
        move.action_post()
        return move

    @classmethod
    def pay(cls, invoice, day, amount=None):
        """Settle an invoice, or a part of it, by an entry on *day*."""
        amount = amount or invoice.amount_total
        receivable = cls._account("asset_receivable", invoice.company_id)
        move = (
            cls.env["account.move"]
            .with_company(invoice.company_id)
            .create(
                {
                    "move_type": "entry",
                    "journal_id": cls._journal("general", invoice.company_id).id,
                    "date": day,
                    "line_ids": [
                        Command.create(
                            {
                                "account_id": account.id,
                                "partner_id": invoice.partner_id.id,
                                "balance": balance,
                            }
                        )
                        for account, balance in (
                            (receivable, -amount),
                            (cls._account("asset_cash", invoice.company_id), amount),
                        )
                    ],
                }
            )
        )
        move.action_post()
        (move | invoice).line_ids.filtered(
            lambda line: line.account_id == receivable
        ).reconcile()
        return move

    @classmethod
    def contract(cls, partner, premium):
        """Agree prices that lie *premium* above the sales price of the service."""
        partner.vas_contract_pricelist_id = cls.env["product.pricelist"].create(
            {
                "name": f"Contract of {partner.name}",
                "company_id": cls.company.id,
                "currency_id": cls.currency.id,
                "item_ids": [
                    Command.create(
                        {
                            "applied_on": "0_product_variant",
                            "product_tmpl_id": cls.product.product_tmpl_id.id,
                            "product_id": cls.product.id,
                            "compute_price": "fixed",
                            "fixed_price": round(100 * (1 + premium), 2),
                        }
                    )
                ],
            }
        )

    @classmethod
    def rate(cls, partner, value, day=ON):
        """Record a rating of strategic influence."""
        return cls.env["vas.observation"].create(
            {
                "metric_id": cls.metric_strategic.id,
                "company_id": cls.company.id,
                "partner_id": partner.id,
                "date": day,
                "value": value,
            }
        )

    @classmethod
    def graded_customer(
        cls, name="Customer", amount=3200000.0, premium=0.16, strategic=3, **vals
    ):
        """Create a customer with facts worth 14 points (GRD-07, worked example)."""
        partner = cls.customer(name, **vals)
        day = ON - timedelta(days=100)
        if amount:
            cls.pay(cls.invoice(partner, amount, day), day)
        cls.contract(partner, premium)
        cls.rate(partner, strategic)
        return partner

    @classmethod
    def assess(cls, partners, on=ON):
        """Assess customers as of a day."""
        start, end = cls.scorecard._get_vas_grading_period(on)
        return cls.scorecard._assess(partners, start, end, cls.company)

    @classmethod
    def points(cls, assessment):
        """Return the points by criterion code."""
        return {line.criterion_id.code: line.points for line in assessment.line_ids}
