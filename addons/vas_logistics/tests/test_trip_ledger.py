from hypothesis import given
from hypothesis import strategies as st

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import BaseCase, new_test_user, tagged

from odoo.addons.vas_kpi.tests import hypothesis_profile  # noqa: F401 - loads it

from ..tools import freight
from .common import LogisticsCommon

CARGO = freight.Cargo(6000, 30, 480)


class TestFreight(BaseCase):
    def test_bases(self):
        for basis, expected in (
            ("order", 100),
            ("kg", 600000),
            ("tonne", 600),
            ("m3", 3000),
            ("km", 48000),
            ("tonne_km", 288000),
        ):
            self.assertEqual(freight.price(basis, CARGO, 100), expected)
        self.assertEqual(freight.price("tonne", CARGO, 1, minimum=50), 50)
        with self.assertRaisesRegex(ValueError, "distance"):
            freight.price("km", CARGO._replace(km=None), 1)
        with self.assertRaisesRegex(ValueError, "unknown basis"):
            freight.quantity("mile", CARGO)

    def test_ways_of_charging(self):
        self.assertEqual(freight.charge("contract", 10, 8), 10)
        self.assertEqual(freight.charge("share", 10, 8), 8)
        self.assertEqual(freight.charge("lower", 10, 8), 8)
        self.assertEqual(freight.charge("lower", 10, None), 10)
        self.assertIsNone(freight.charge("contract", None, 8))
        with self.assertRaisesRegex(ValueError, "unknown way"):
            freight.charge("higher", 1, 1)

    def test_goods_that_came_back(self):
        for method, expected in (
            ("free", 0),
            ("percent", 150),
            ("price", 70),
            ("share", 80),
        ):
            self.assertEqual(freight.return_charge(method, 1.5, 100, 70, 80), expected)
        self.assertIsNone(freight.return_charge("percent", 1, None, 70, 80))
        self.assertIsNone(freight.return_charge("price", 1, 100, None, 80))
        with self.assertRaisesRegex(ValueError, "unknown way"):
            freight.return_charge("half", 1, 1, 1, 1)

    @given(
        st.decimals(0, 10**6, places=2).map(float),
        st.fixed_dictionaries({key: st.integers(0, 1000) for key in "abc"}),
        st.fixed_dictionaries(
            {key: st.decimals(0, 10**4, places=2).map(float) for key in "abc"}
        ),
    )
    def test_way_back_is_borne_by_its_cause(self, cost, planned, returns):
        parts = freight.spread_with_returns(cost, planned, returns)
        self.assertEqual(round(sum(parts.values()), 2), round(cost, 2))
        self.assertGreaterEqual(min(parts.values()), 0)
        if sum(returns.values()) <= cost:
            for key, asked in returns.items():
                self.assertGreaterEqual(round(parts[key] - asked, 2), 0)

    @given(
        st.decimals(0, 10**6, places=2).map(float),
        st.dictionaries(
            st.sampled_from("abcde"), st.integers(0, 1000), min_size=1, max_size=5
        ),
    )
    def test_spread_cost_adds_up(self, cost, planned):
        parts = freight.spread(cost, planned)
        self.assertEqual(round(sum(parts.values()), 2), round(cost, 2))


class LedgerCommon(LogisticsCommon):
    """A carrier's vehicle, an agreement for everybody, an accountant."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["account.chart.template"].try_loading(
            "generic_coa", company=cls.company, install_demo=False
        )
        cls.freight = cls.env["product.product"].create(
            {"name": "Freight", "type": "service", "taxes_id": False}
        )
        cls.carrier = cls.env["res.partner"].create({"name": "Road Runner"})
        cls.v1.vas_carrier_id = cls.carrier
        cls.company.vas_carrier_product_id.supplier_taxes_id = False
        cls.general_agreement = cls.agreement(
            method="lower", tariffs=[{"basis": "tonne_km", "price": 0.8}]
        )
        cls.accountant = new_test_user(
            cls.env,
            "trip-accountant",
            "account.group_account_invoice",
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )

    @classmethod
    def agreement(cls, partner=None, tariffs=(), **values):
        return cls.env["vas.freight.agreement"].create(
            {
                "company_id": cls.company.id,
                "partner_id": partner.id if partner else False,
                "product_id": cls.freight.id,
                "tariff_ids": [Command.create(line) for line in tariffs],
                **values,
            }
        )

    def trip(self):
        """A planned and accepted trip of both shippers on the carrier's vehicle."""
        plan = self.plan(self.example_orders(), self.v1)
        plan.action_plan()
        plan.action_accept()
        return plan.proposal_ids.batch_id

    def ledger(self, batch=None):
        return self.env["vas.trip.ledger"]._make(batch or self.trip())


@tagged("post_install", "-at_install")
class TestTripLedger(LedgerCommon):
    def test_lower_of_price_and_share(self):
        batch = self.trip()
        ledger = self.ledger(batch)
        self.assertEqual(len(ledger.line_ids), 2)
        self.assertEqual(ledger.planned_cost, batch.vas_proposal_id.cost)
        shares = {s.partner_id: s.amount for s in batch.vas_proposal_id.share_ids}
        prices = {self.shipper1: 6 * 200 * 0.8, self.shipper2: 4 * 100 * 0.8}
        for line in ledger.line_ids:
            expected = min(prices[line.partner_id], shares[line.partner_id])
            self.assertAlmostEqual(line.charge, expected)
            self.assertAlmostEqual(line.contract_price, prices[line.partner_id])
            self.assertIn("0.8", line.basis)
        self.assertAlmostEqual(sum(ledger.line_ids.mapped("cost")), ledger.actual_cost)
        self.assertAlmostEqual(ledger.margin, ledger.revenue - ledger.actual_cost)

    def test_own_agreement_of_a_customer(self):
        self.agreement(self.shipper1, method="share", markup=0.1)
        batch = self.trip()
        share = batch.vas_proposal_id.share_ids.filtered(
            lambda s: s.partner_id == self.shipper1
        )
        line = self.ledger(batch).line_ids.filtered(
            lambda line: line.partner_id == self.shipper1
        )
        self.assertAlmostEqual(line.charge, round(share.amount * 1.1, 2))

    def test_missing_price_is_named_and_blocks(self):
        self.general_agreement.write(
            {
                "method": "contract",
                "tariff_ids": [
                    Command.clear(),
                    Command.create(
                        {"origin_id": self.a.id, "basis": "order", "price": 9}
                    ),
                ],
            }
        )
        ledger = self.ledger()
        self.assertEqual(ledger.state, "problem")
        self.assertIn("no price for", ledger.problem)
        with self.assertRaisesRegex(UserError, "cannot be invoiced: no price for"):
            ledger.action_create_invoices()
        self.general_agreement.tariff_ids = [
            Command.create({"basis": "order", "price": 5})
        ]
        ledger.action_refresh()
        self.assertEqual(ledger.state, "open")
        self.assertEqual(sorted(ledger.line_ids.mapped("charge")), [5, 9])

    def test_invoices_once(self):
        ledgers = self.ledger(self.trip())
        action = ledgers.with_user(self.accountant).action_create_invoices()
        moves = self.env["account.move"].search(action["domain"])
        self.assertEqual(moves.mapped("state"), ["draft", "draft"])
        self.assertEqual(moves.partner_id, self.shipper1 | self.shipper2)
        self.assertAlmostEqual(sum(moves.mapped("amount_untaxed")), ledgers.revenue)
        self.assertEqual(ledgers.state, "invoiced")
        with self.assertRaisesRegex(UserError, "nothing left"):
            ledgers.action_create_invoices()
        before = ledgers.line_ids
        self.ledger(ledgers.batch_id)
        self.assertEqual(ledgers.line_ids, before)
        moves[0].button_cancel()
        self.assertEqual(ledgers.state, "open")
        action = ledgers.action_create_invoices()
        self.assertEqual(self.env["account.move"].search_count(action["domain"]), 1)
        with self.assertRaisesRegex(UserError, "stays"):
            ledgers.unlink()

    def test_carrier_bill_gives_the_actual_cost(self):
        ledger = self.ledger()
        action = ledger.with_user(self.accountant).action_create_bills()
        bill = self.env["account.move"].browse(action["res_id"])
        self.assertEqual((bill.partner_id, bill.state), (self.carrier, "draft"))
        self.assertAlmostEqual(bill.amount_untaxed, ledger.planned_cost)
        self.assertFalse(ledger.cost_is_actual)
        bill.invoice_line_ids.price_unit = ledger.planned_cost + 100
        bill.invoice_date = "2030-05-10"
        bill.with_user(self.accountant).action_post()
        self.assertTrue(ledger.cost_is_actual)
        self.assertAlmostEqual(ledger.actual_cost, ledger.planned_cost + 100)
        self.assertAlmostEqual(sum(ledger.line_ids.mapped("cost")), ledger.actual_cost)
        with self.assertRaisesRegex(UserError, "No bill to expect"):
            ledger.action_create_bills()
        found = bill.action_vas_open_trips()["domain"]
        self.assertEqual(self.env["vas.trip.ledger"].search(found), ledger)

    def test_a_cancelled_bill_makes_way_for_another(self):
        ledger = self.ledger()
        bill = self.env["account.move"].browse(ledger.action_create_bills()["res_id"])
        self.assertEqual(ledger.bill_count, 1)
        bill.button_cancel()
        ledger.invalidate_recordset(["bill_count"])
        self.assertEqual(ledger.bill_count, 0)
        again = self.env["account.move"].browse(ledger.action_create_bills()["res_id"])
        self.assertNotEqual(again, bill)
        self.assertEqual(again.state, "draft")
        with self.assertRaisesRegex(UserError, "stays"):
            ledger.unlink()

    def test_bad_input(self):
        with self.assertRaisesRegex(ValidationError, "at least one price"):
            self.agreement(self.shipper1, method="contract")
        self.company.vas_carrier_product_id = False
        ledger = self.ledger()
        with self.assertRaisesRegex(UserError, "no product for carriers"):
            ledger.action_create_bills()
        self.general_agreement.active = False
        ledger.action_refresh()
        self.assertIn("no freight agreement for Shipper", ledger.problem)

    def test_roles(self):
        ledger = self.ledger()
        user = new_test_user(
            self.env,
            "trip-user",
            "vas_logistics.group_vas_logistics_user",
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
        )
        with self.assertRaises(AccessError):
            ledger.with_user(user).read(["margin"])
        with self.assertRaises(AccessError):
            ledger.line_ids.with_user(self.accountant).write({"charge": 1})
        with self.assertRaises(AccessError):
            self.general_agreement.with_user(self.accountant).markup = 1

    def test_foreign_currency(self):
        """An agreement in another currency: its invoice has the agreed figure."""
        currency = self.env["res.currency"].create(
            {"name": "XTS", "symbol": "x", "rounding": 0.01}
        )
        self.env["res.currency.rate"].create(
            {
                "currency_id": currency.id,
                "company_id": self.company.id,
                "name": "2020-01-01",
                "rate": 0.125,  # 1 XTS is 8 of the company's
            }
        )
        abroad = self.agreement(
            self.shipper1,
            method="contract",
            currency_id=currency.id,
            tariffs=[{"basis": "order", "price": 33.33}],
        )
        self.assertEqual(abroad.tariff_ids.currency_id, currency)
        ledger = self.ledger()
        line = ledger.line_ids.filtered(lambda one: one.partner_id == self.shipper1)
        self.assertEqual(line.invoice_amount, 33.33)
        self.assertEqual((line.contract_price, line.charge), (266.64, 266.64))
        moves = self.env["account.move"].search(
            ledger.with_user(self.accountant).action_create_invoices()["domain"]
        )
        invoice = moves.filtered(lambda move: move.partner_id == self.shipper1)
        self.assertEqual(invoice.currency_id, currency)
        self.assertEqual(invoice.amount_untaxed, 33.33)
        self.assertEqual((moves - invoice).currency_id, self.company.currency_id)
        # Credited in the same currency; nothing is left over by rounding.
        line.picking_ids.action_cancel()
        self.assertEqual(line.credit_due, 266.64)
        note = self.env["account.move"].browse(ledger.action_create_credits()["res_id"])
        self.assertEqual((note.currency_id, note.amount_untaxed), (currency, 33.33))
        self.assertEqual((line.credit_due, line.invoiced, line.revenue), (0, 0, 0))
        self.assertEqual(ledger.state, "invoiced")

    def test_lower_compares_in_one_currency(self):
        currency = self.env["res.currency"].create(
            {"name": "XTS", "symbol": "x", "rounding": 0.01}
        )
        self.env["res.currency.rate"].create(
            {
                "currency_id": currency.id,
                "company_id": self.company.id,
                "name": "2020-01-01",
                "rate": 0.125,
            }
        )
        self.agreement(
            self.shipper1,
            method="lower",
            currency_id=currency.id,
            tariffs=[{"basis": "order", "price": 500}],  # 4,000 of the company's
        )
        ledger = self.ledger()
        line = ledger.line_ids.filtered(lambda one: one.partner_id == self.shipper1)
        self.assertLess(line.share, 4000)
        self.assertAlmostEqual(line.charge, line.share)
        self.assertAlmostEqual(line.invoice_amount, line.share / 8, 2)

    def test_taxes_follow_the_fiscal_position(self):
        taxes = self.env["account.tax"]
        domestic = taxes.create(
            {"name": "VAT 13", "amount": 13, "company_id": self.company.id}
        )
        position = self.env["account.fiscal.position"].create(
            {"name": "Export", "company_id": self.company.id}
        )
        export = taxes.create(
            {
                "name": "Export 0",
                "amount": 0,
                "company_id": self.company.id,
                "fiscal_position_ids": [Command.set(position.ids)],
                "original_tax_ids": [Command.set(domestic.ids)],
            }
        )
        self.freight.taxes_id = domestic
        for partner in (self.shipper1, self.carrier):
            partner.with_company(self.company).property_account_position_id = position
        self.company.vas_carrier_product_id.supplier_taxes_id = False
        ledger = self.ledger()
        moves = self.env["account.move"].search(
            ledger.with_user(self.accountant).action_create_invoices()["domain"]
        )
        by_partner = {move.partner_id: move for move in moves}
        abroad = by_partner[self.shipper1]
        self.assertEqual(abroad.fiscal_position_id, position)
        self.assertEqual(abroad.invoice_line_ids.tax_ids, export)
        self.assertEqual(by_partner[self.shipper2].invoice_line_ids.tax_ids, domestic)

    def test_another_companys_accountant_sees_nothing(self):
        ledger = self.ledger()
        other = self.env["res.company"].create({"name": "Other Carrier"})
        stranger = new_test_user(
            self.env,
            "other-accountant",
            "account.group_account_invoice",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        theirs = self.env(user=stranger, context={"allowed_company_ids": other.ids})
        for model in ("vas.trip.ledger", "vas.trip.ledger.line", "vas.trip.return"):
            domain = [("company_id", "=", self.company.id)]
            self.assertFalse(theirs[model].search(domain), model)
        with self.assertRaises(AccessError):
            ledger.with_env(theirs).action_create_invoices()
        with self.assertRaises(AccessError):
            ledger.with_env(theirs).read(["revenue"])

    def test_finished_trip_gets_its_ledger(self):
        batch = self.trip()
        batch.action_confirm()
        for order in batch.picking_ids:
            order.move_ids.quantity = order.move_ids.product_uom_qty
            order.move_ids.picked = True
        batch.picking_ids._action_done()
        self.env["stock.picking.batch"]._cron_vas_ledgers()
        self.assertEqual(batch.state, "done")
        self.assertEqual(len(batch.vas_ledger_ids), 1)
        self.env["stock.picking.batch"]._cron_vas_ledgers()
        self.assertEqual(len(batch.vas_ledger_ids), 1)
        action = batch.action_vas_ledger()
        self.assertEqual(action["res_id"], batch.vas_ledger_ids.id)
