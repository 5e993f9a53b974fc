import threading
from datetime import date

import psycopg2

from odoo import SUPERUSER_ID, api
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.modules.registry import Registry
from odoo.tests import BaseCase, tagged
from odoo.tests.common import get_db_name
from odoo.tools import mute_logger

from .common import VasKpiCase, remove_agreement

JUNE = date(2025, 6, 1), date(2025, 6, 30)


def make_accounting(env, company, suffix):
    """Create the little accounting a vendor bill needs, in any company."""
    expense = env["account.account"].create(
        {
            "name": "Outsourcing",
            "code": f"VAS6{suffix}",
            "account_type": "expense",
            "company_ids": [Command.set(company.ids)],
        }
    )
    payable = env["account.account"].create(
        {
            "name": "Vendors",
            "code": f"VAS2{suffix}",
            "account_type": "liability_payable",
            "reconcile": True,
            "company_ids": [Command.set(company.ids)],
        }
    )
    journal = env["account.journal"].create(
        {
            "name": "Vendor bills",
            "code": f"VAS{suffix}",
            "type": "purchase",
            "company_id": company.id,
            "default_account_id": expense.id,
        }
    )
    return expense, payable, journal


def make_agreement(env, company, partner, suffix, **values):
    """Create an agreement in force at 0.85 per call with its own accounting."""
    expense, payable, journal = make_accounting(env, company, suffix)
    partner.with_company(company).property_account_payable_id = payable
    metric = env["vas.metric"].create(
        {
            "name": "Calls",
            "code": f"calls-{suffix}",
            "kind": "observation",
            "observation_aggregate": "sum",
        }
    )
    agreement = env["vas.settlement.agreement"].create(
        {
            "name": "Hotline",
            "code": f"TEST-{suffix}",
            "partner_id": partner.id,
            "company_id": company.id,
            "currency_id": company.currency_id.id,
            "quantity_metric_id": metric.id,
            "unit_price": 0.85,
            "account_id": expense.id,
            "journal_id": journal.id,
            **values,
        }
    )
    agreement.action_activate()
    return agreement


def observe_calls(agreement, quantity):
    agreement.env["vas.observation"].create(
        {
            "metric_id": agreement.quantity_metric_id.id,
            "company_id": agreement.company_id.id,
            "res_id": agreement.partner_id.id,
            "date": JUNE[0],
            "value": quantity,
        }
    )


@tagged("post_install", "-at_install")
class TestSettlement(VasKpiCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.vendor = cls.vendors[0]
        cls.agreement = make_agreement(cls.env, cls.company, cls.vendor, "A")
        observe_calls(cls.agreement, 120000)

    def settle(self):
        return self.agreement._settle(*JUNE)

    def add_line(self, settlement, kind, amount, **values):
        return self.env["vas.settlement.line"].create(
            {
                "settlement_id": settlement.id,
                "kind": kind,
                "name": kind,
                "amount": amount,
                **values,
            }
        )

    def test_chain_to_the_draft_bill(self):
        settlement = self.settle()
        self.assertEqual(settlement.total, 102000)
        self.assertEqual(settlement.line_ids.basis, "120,000 × 0.85")
        self.add_line(settlement, "penalty", -1000)
        self.add_line(settlement, "bonus", 500)
        settlement.action_check()
        settlement.action_create_bill()
        bill = settlement.bill_id
        self.assertEqual(bill.move_type, "in_invoice")
        self.assertEqual(bill.state, "draft")
        self.assertEqual(bill.amount_untaxed, 101500)
        self.assertEqual(bill.ref, "TEST-A/2025-06")
        self.assertEqual(bill.invoice_date, JUNE[1])
        self.assertEqual(
            bill.invoice_line_ids.mapped("price_subtotal"), [102000, -1000, 500]
        )
        self.assertEqual(bill.invoice_line_ids[0].quantity, 120000)
        self.assertEqual(bill.invoice_line_ids[0].price_unit, 0.85)
        self.assertEqual(bill.vas_settlement_ids, settlement)

    def test_pressing_twice_and_settling_again_make_one_bill(self):
        settlement = self.settle()
        settlement.action_check()
        settlement.action_create_bill()
        bill = settlement.bill_id
        settlement.action_create_bill()
        self.assertEqual(settlement.bill_id, bill)
        self.assertEqual(self.settle(), settlement)
        self.assertEqual(
            self.env["account.move"].search_count([("ref", "=", settlement.name)]), 1
        )

    def test_one_settlement_per_period(self):
        settlement = self.settle()
        values = {"agreement_id": self.agreement.id}
        with (
            self.assertRaisesRegex(ValidationError, "overlaps"),
            self.cr.savepoint(),
        ):
            self.env["vas.settlement"].create(
                {**values, "date_from": date(2025, 6, 15), "date_to": JUNE[1]}
            )
        settlement.action_cancel()
        self.assertNotEqual(self.settle(), settlement)
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(psycopg2.errors.UniqueViolation),
            self.cr.savepoint(),
        ):
            self.cr.execute(
                "UPDATE vas_settlement SET state = 'draft' WHERE id = %s",
                [settlement.id],
            )

    def test_extra_line_needs_written_consent(self):
        settlement = self.settle()
        line = self.add_line(settlement, "extra", 3000)
        with self.assertRaisesRegex(ValidationError, "consent"):
            settlement.action_check()
        line.written_consent = True
        with self.assertRaisesRegex(ValidationError, "consent"):
            settlement.action_check()
        line.consent_ids = self.env["ir.attachment"].create(
            {"name": "consent.txt", "raw": b"Agreed."}
        )
        settlement.action_check()
        self.assertEqual(settlement.total, 105000)

    def test_no_data_is_not_zero(self):
        settlement = self.agreement._settle(date(2025, 7, 1), date(2025, 7, 31))
        self.assertFalse(settlement.has_quantity)
        with self.assertRaisesRegex(UserError, "No data on “Calls”"):
            settlement.action_check()

    def test_settling_again_measures_a_draft_again(self):
        settlement = self.settle()
        observe_calls(self.agreement, 1000)
        self.assertEqual(self.settle(), settlement)
        self.assertEqual(settlement.total, 102850)
        settlement.action_check()
        observe_calls(self.agreement, 1000)
        self.settle()
        self.assertEqual(settlement.total, 102850, "decided figures stay")

    def test_zero_is_data_but_nothing_to_bill(self):
        self.env["vas.observation"].search(
            [("metric_id", "=", self.agreement.quantity_metric_id.id)]
        ).value = 0
        settlement = self.settle()
        settlement.action_check()
        with self.assertRaisesRegex(UserError, "nothing to bill"):
            settlement.action_create_bill()

    def test_refund_when_deductions_exceed_the_fee(self):
        settlement = self.settle()
        self.add_line(settlement, "penalty", -110000)
        settlement.action_check()
        settlement.action_create_bill()
        self.assertEqual(settlement.total, -8000)
        self.assertEqual(settlement.bill_id.move_type, "in_refund")
        self.assertEqual(settlement.bill_id.amount_untaxed, 8000)

    def test_factor_needs_a_confirmed_score(self):
        metric = self.make_metric("score")
        self.observe(metric, self.vendor, 95, day=JUNE[0])
        card = self.make_scorecard(
            [("score", "all", metric, self.identity, 100)], period_type="month"
        )
        self.agreement.write(
            {
                "scorecard_id": card.id,
                "factor_scale_id": self.make_scale(
                    {
                        "type": "bands",
                        "bands": [{"min": 90, "points": 1.05}],
                        "default": 0.9,
                    }
                ).id,
            }
        )
        assessment = card._assess(self.vendor, *JUNE)
        settlement = self.settle()
        with self.assertRaisesRegex(UserError, "No confirmed score"):
            settlement.action_check()
        assessment.action_confirm()
        settlement.action_compute()
        self.assertEqual(settlement.assessment_id, assessment)
        self.assertEqual(settlement.line_ids.mapped("amount"), [102000, 5100])
        self.assertEqual(settlement.line_ids[1].basis, "102,000.00 × (1.05 − 1)")
        settlement.action_check()
        settlement.action_create_bill()
        self.assertEqual(settlement.bill_id.amount_untaxed, 107100)

    def test_tariffs_and_tiers(self):
        offences = self.make_metric("offences")
        self.observe(offences, self.vendor, 2, day=JUNE[0])
        self.agreement.write(
            {
                "tier_ids": [
                    Command.create({"up_to": 100000, "unit_price": 0.85}),
                    Command.create({"has_limit": False, "unit_price": 0.8}),
                ],
                "tariff_ids": [
                    Command.create(
                        {
                            "name": "Registration fine",
                            "metric_id": offences.id,
                            "unit_amount": 500,
                        }
                    )
                ],
            }
        )
        settlement = self.settle()
        self.assertEqual(settlement.line_ids.mapped("amount"), [85000, 16000, -1000])
        self.assertEqual(settlement.total, 100000)

    def test_back_to_draft_withdraws_only_a_draft_bill(self):
        settlement = self.settle()
        settlement.action_check()
        settlement.action_create_bill()
        bill = settlement.bill_id
        with self.assertRaisesRegex(UserError, "comes from settlement"):
            bill.unlink()
        settlement.action_reopen()
        self.assertFalse(bill.exists())
        self.assertEqual(settlement.state, "draft")
        settlement.action_check()
        settlement.action_create_bill()
        settlement.bill_id.action_post()
        with self.assertRaisesRegex(UserError, "already in the books"):
            settlement.action_reopen()

    def test_checked_lines_stay(self):
        settlement = self.settle()
        settlement.action_check()
        with self.assertRaisesRegex(UserError, "not a draft"):
            settlement.line_ids.amount = 1
        with self.assertRaisesRegex(UserError, "not a draft"):
            self.add_line(settlement, "bonus", 1)
        with self.assertRaisesRegex(UserError, "expected “Draft”"):
            settlement.action_compute()

    def test_rights(self):
        officer = self.make_user("stl_officer", "officer")
        manager = self.make_user("stl_manager", "manager")
        plain = self.make_user("stl_user", "user")
        settlement = self.settle().with_user(officer)
        settlement.action_compute()
        for action in ("action_check", "action_create_bill", "action_cancel"):
            with self.assertRaises(AccessError):
                getattr(settlement, action)()
        with self.assertRaises(AccessError):
            self.agreement.with_user(officer).unit_price = 9
        for values in ({"state": "checked"}, {"quantity": 1}, {"bill_id": False}):
            with self.assertRaises(AccessError):
                settlement.write(values)
        with self.assertRaisesRegex(AccessError, "was computed"):
            settlement.line_ids.amount = 1
        with self.assertRaises(AccessError):
            settlement.with_user(plain).read(["total"])
        # Without any accounting role the manager drafts the bill but cannot read it.
        settlement.with_user(manager).action_check()
        action = settlement.with_user(manager).action_create_bill()
        self.assertEqual(action["tag"], "display_notification")
        self.assertIn(settlement.name, action["params"]["message"])
        self.assertEqual(settlement.sudo().bill_id.state, "draft")
        with self.assertRaises(AccessError):
            settlement.sudo().bill_id.with_user(manager).action_post()

    def test_accountant_reads_settlements(self):
        accountant = self.make_user(
            "stl_accountant", groups="account.group_account_invoice"
        )
        settlement = self.settle().with_user(accountant)
        self.assertEqual(settlement.total, 102000)
        with self.assertRaises(AccessError):
            settlement.action_check()

    def test_template_cannot_be_put_in_force(self):
        template = self.env.ref("vas_kpi.agreement_template_hotline")
        self.assertAlmostEqual(template.unit_price, 0.85)
        with self.assertRaisesRegex(UserError, "choose the vendor"):
            template.action_activate()
        action = template.action_use_template()
        copy = self.env["vas.settlement.agreement"].browse(action["res_id"])
        self.assertEqual(copy.company_id, self.env.company)
        self.assertNotEqual(copy.code, template.code)

    def test_query_count_does_not_grow(self):
        agreements = self.agreement.browse()
        for number in range(20):
            agreements |= self.agreement.copy(
                {
                    "partner_id": self.env["res.partner"]
                    .create({"name": f"V{number}"})
                    .id
                }
            )
        agreements.action_activate()
        counts = []
        for month, group in ((1, agreements[:2]), (2, agreements[:1]), (3, agreements)):
            self.env.flush_all()
            self.env.invalidate_all()
            start = self.cr.sql_log_count
            group._settle(date(2025, month, 1), date(2025, month, 28))
            self.env.flush_all()
            counts.append(self.cr.sql_log_count - start)
        self.assertEqual(counts[2], counts[1])


@tagged("post_install", "-at_install", "vas_concurrency")
class TestSettlementConcurrency(BaseCase):
    """Two real transactions at once: one bill, whoever comes first."""

    def setUp(self):
        super().setUp()
        self.registry = Registry(get_db_name())
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {"tracking_disable": True})
            company = env.company
            partner = env["res.partner"].create({"name": "Concurrent vendor"})
            self.agreement = make_agreement(env, company, partner, "C")
            observe_calls(self.agreement, 1000)
            settlement = self.agreement._settle(*JUNE)
            settlement.action_check()
            self.settlement_id = settlement.id
            self.agreement_id = self.agreement.id
        self.addCleanup(self.clean)

    def clean(self):
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {"tracking_disable": True})
            agreement = env["vas.settlement.agreement"].browse(self.agreement_id)
            remove_agreement(agreement)

    def attempt(self, barrier, results):
        try:
            with self.registry.cursor() as cr:
                env = api.Environment(cr, SUPERUSER_ID, {})
                settlement = env["vas.settlement"].browse(self.settlement_id)
                # Both have read the state before either writes.
                settlement.read(["state", "bill_id"])
                barrier.wait(timeout=20)
                settlement.action_create_bill()
                env.flush_all()
            results.append("done")
        except (UserError, psycopg2.errors.SerializationFailure) as error:
            results.append(type(error).__name__)

    def test_two_transactions_make_one_bill(self):
        barrier, results = threading.Barrier(2), []
        threads = [
            threading.Thread(target=self.attempt, args=(barrier, results))
            for _number in range(2)
        ]
        with mute_logger("odoo.sql_db"):
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(60)
        # The other one is told to try again; trying again finds the bill.
        self.assertEqual(len(results), 2)
        self.assertIn("done", results)
        self.attempt(threading.Barrier(1), results)
        self.assertEqual(results[-1], "done")
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            settlement = env["vas.settlement"].browse(self.settlement_id)
            self.assertEqual(settlement.state, "billed")
            bills = env["account.move"].search([("ref", "=", settlement.name)])
            self.assertEqual(bills, settlement.bill_id)
