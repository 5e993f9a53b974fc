"""What happens to money after the invoice and after the carrier's bill."""

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .test_trip_ledger import LedgerCommon


@tagged("post_install", "-at_install")
class TestLateMoney(LedgerCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.general_agreement.method = "contract"

    def invoiced(self, batch=None):
        """A trip whose invoices are made: 960 and 320 by contract."""
        ledger = self.ledger(batch)
        action = ledger.with_user(self.accountant).action_create_invoices()
        return ledger, self.env["account.move"].search(action["domain"])

    def line(self, ledger, partner=None):
        return ledger.line_ids.filtered(
            lambda line: line.partner_id == (partner or self.shipper1)
        )

    def set_price(self, price):
        self.general_agreement.tariff_ids.price = price

    def document(self, action):
        return self.env["account.move"].search(action["domain"])

    def check(self, ledger):
        """With nothing due, the figures of the ledger are those of the documents."""
        moves = ledger.line_ids.invoice_line_ids.move_id.filtered(
            lambda move: move.state != "cancel"
        )
        total = sum(
            -move.amount_untaxed
            if move.move_type == "out_refund"
            else move.amount_untaxed
            for move in moves
        )
        self.assertEqual(ledger.state, "invoiced")
        self.assertAlmostEqual(ledger.revenue, total)
        self.assertAlmostEqual(sum(ledger.line_ids.mapped("invoiced")), total)

    # ------------------------------------------------------------ prices corrected
    def test_price_raised_afterwards(self):
        ledger, first = self.invoiced()
        self.set_price(0.9)
        # A new price list alone changes no trip that is invoiced.
        ledger.batch_id._price_vas_again()
        self.assertEqual(ledger.state, "invoiced")
        ledger.action_refresh()
        self.assertEqual((ledger.state, ledger.to_invoice), ("open", 160))
        action = ledger.with_user(self.accountant).action_create_invoices()
        more = self.document(action)
        self.assertEqual(sorted(more.mapped("amount_untaxed")), [40, 120])
        for name in more.invoice_line_ids.mapped("name"):
            self.assertIn("in addition to", name)
        with self.assertRaisesRegex(UserError, "nothing left"):
            ledger.action_create_invoices()
        self.check(ledger)
        self.assertEqual(ledger.invoice_count, len(first | more))
        ledger.action_refresh()
        self.check(ledger)

    def test_price_lowered_afterwards(self):
        ledger, _first = self.invoiced()
        self.set_price(0.7)
        ledger.action_refresh()
        self.assertEqual((ledger.state, ledger.to_credit), ("credit", 160))
        self.assertEqual(ledger.revenue, 10 * 112, "what will be left")
        notes = self.document(ledger.with_user(self.accountant).action_create_credits())
        self.assertEqual(sorted(notes.mapped("amount_untaxed")), [40, 120])
        self.assertIn("price corrected", notes.invoice_line_ids[0].name)
        with self.assertRaisesRegex(UserError, "nothing to credit"):
            ledger.action_create_credits()
        self.check(ledger)
        # Up and down again: each time the difference to what is on documents.
        self.set_price(0.8)
        ledger.action_refresh()
        self.assertEqual(ledger.to_invoice, 160)
        notes.button_cancel()
        self.assertEqual((ledger.to_invoice, ledger.to_credit), (0, 0))
        self.check(ledger)

    def test_price_that_is_lost_credits_nothing(self):
        ledger, _first = self.invoiced()
        self.general_agreement.tariff_ids.date_to = "2000-01-01"
        ledger.action_refresh()
        self.assertEqual(ledger.state, "problem")
        self.assertEqual((ledger.to_credit, ledger.revenue), (0, 1280))
        self.general_agreement.tariff_ids.date_to = False
        ledger.action_refresh()
        self.check(ledger)

    def test_accountants_price_stays_and_a_difference_may_be_left(self):
        ledger, first = self.invoiced()
        mine = first.filtered(lambda move: move.partner_id == self.shipper1)
        mine.invoice_line_ids.price_unit = 900
        self.assertEqual((ledger.to_invoice, ledger.to_credit), (0, 0))
        self.check(ledger)
        self.assertFalse(ledger.has_difference)
        with self.assertRaisesRegex(UserError, "nothing to leave"):
            ledger.action_keep_as_invoiced()
        self.set_price(0.9)
        ledger.action_refresh()
        ledger.invalidate_recordset(["has_difference"])
        self.assertTrue(ledger.has_difference)
        ledger.with_user(self.accountant).action_keep_as_invoiced()
        self.check(ledger)
        self.assertIn("left as invoiced", str(ledger.message_ids[0].body))
        ledger.action_refresh()
        self.check(ledger)
        # What changes after that decision is due again.
        self.set_price(1.0)
        ledger.action_refresh()
        self.assertEqual(ledger.to_invoice, 160)

    def test_order_that_joins_after_the_invoice(self):
        ledger, _first = self.invoiced()
        more = self.order(self.shipper1, self.a, self.c, 1000, 2)
        more.action_confirm()
        more.batch_id = ledger.batch_id
        ledger.batch_id._price_vas_again()
        self.assertEqual(ledger.to_invoice, 160)
        invoice = self.document(ledger.action_create_invoices())
        self.assertEqual(invoice.partner_id, self.shipper1)
        self.check(ledger)
        more.action_cancel()
        self.assertEqual(ledger.to_credit, 160)
        note = self.document(ledger.action_create_credits())
        self.assertIn(more.name, note.invoice_line_ids.name)
        self.check(ledger)

    def test_in_another_currency(self):
        currency = self.env["res.currency"].create(
            {"name": "XTS", "symbol": "x", "rounding": 1.0}
        )
        rate = self.env["res.currency.rate"].create(
            {
                "currency_id": currency.id,
                "company_id": self.company.id,
                "name": "2020-01-01",
                "rate": 0.125,  # 1 XTS is 8 of the company's
            }
        )
        own = self.agreement(
            self.shipper1,
            method="contract",
            currency_id=currency.id,
            tariffs=[{"basis": "tonne", "price": 10.1}],
        )
        ledger, first = self.invoiced()
        line = self.line(ledger)
        mine = first.filtered(lambda move: move.partner_id == self.shipper1)
        self.assertEqual((line.invoice_amount, line.charge), (61, 488))
        own.tariff_ids.price = 11
        own.currency_id = self.company.currency_id
        own.tariff_ids.price = 600 / 6
        ledger.action_refresh()
        # The invoice is in XTS, so is what is added to it: 600 / 8 − 61.
        self.assertEqual(line.invoice_currency_id, currency)
        self.assertEqual(line.to_invoice, 14 * 8)
        more = self.document(ledger.action_create_invoices())
        self.assertEqual((more.currency_id, more.amount_untaxed), (currency, 14))
        self.assertEqual(line.to_invoice, 0)
        # The day's rate of an invoice is accounting's, not the margin's.
        rate.copy({"name": "2030-05-10", "rate": 0.25})
        mine.invoice_date = "2030-05-10"
        mine.action_post()
        self.assertEqual(line.revenue, 75 * 8)

    def test_taxes_of_a_difference(self):
        tax = self.env["account.tax"].create(
            {"name": "VAT 9", "amount": 9, "company_id": self.company.id}
        )
        self.freight.taxes_id = tax
        ledger, _first = self.invoiced()
        self.set_price(0.9)
        ledger.action_refresh()
        more = self.document(ledger.action_create_invoices())
        self.assertEqual(more.invoice_line_ids.tax_ids, tax)
        self.assertAlmostEqual(sum(more.mapped("amount_total")), 160 * 1.09)
        self.check(ledger)

    # ------------------------------------------------------------ invoices
    def test_one_invoice_per_month_or_trip(self):
        trips = self.trip()
        self.v2.vas_carrier_id = self.carrier
        orders = self.order(self.shipper1, self.a, self.c, 500, 1)
        plan = self.plan(orders, self.v2)
        plan.action_plan()
        plan.action_accept()
        trips |= plan.proposal_ids.batch_id
        ledgers = self.ledger(trips)
        ledgers[0].date = fields.Date.from_string("2030-04-30")
        lines = ledgers.line_ids
        for way, expected in (("customer", 2), ("month", 3), ("trip", 3)):
            self.general_agreement.invoice_per = way
            self.assertEqual(len(lines._group_for_documents()), expected, way)
        ledgers[0].date = ledgers[1].date
        self.general_agreement.invoice_per = "month"
        self.assertEqual(len(lines._group_for_documents()), 2)

    def test_the_invoice_says_what_and_the_accountant_sees_why(self):
        self.general_agreement.method = "lower"
        month = self.env["account.payment.term"].create(
            {
                "name": "30 days",
                "line_ids": [Command.create({"value_amount": 100, "nb_days": 30})],
            }
        )
        customer = self.shipper1.with_company(self.company)
        customer.property_payment_term_id = month
        batch = self.trip()
        batch.picking_ids[0].vas_customer_ref = "PO-4711"
        ledger, moves = self.invoiced(batch)
        lines = moves.invoice_line_ids
        self.assertTrue(any("PO-4711" in name for name in lines.mapped("name")))
        for line in lines.with_user(self.accountant):
            self.assertIn(ledger.name, line.name)
            self.assertRegex(line.vas_why, "lower than|not above")
        self.assertEqual(moves[0].with_user(self.accountant).vas_trip_count, 1)
        mine = moves.filtered(lambda move: move.partner_id == self.shipper1)
        self.assertEqual(mine.invoice_payment_term_id, month)
        mine.invoice_date = "2030-05-10"
        self.assertEqual(str(mine.invoice_date_due), "2030-06-09")

    # ------------------------------------------------------------ margins
    def test_margin_by_lane_adds_up(self):
        """One customer on two lanes: each lane has its own margin."""
        more = self.order(self.shipper1, self.b, self.c, 1000, 2)
        plan = self.plan(self.example_orders() | more, self.v1)
        plan.action_plan()
        plan.action_accept()
        trip = plan.proposal_ids
        ledger = self.ledger(trip.batch_id)
        orders = ledger.order_ids
        self.assertEqual(len(orders), 3)
        mine = orders.filtered(lambda one: one.partner_id == self.shipper1)
        self.assertEqual(sorted(mine.mapped("charge")), [1 * 100 * 0.8, 960])
        self.assertEqual(len(set(mine.mapped("lane"))), 2)
        # Cost by tonne-kilometres: 6 t × 200 km and 1 t × 100 km.
        far = mine.filtered(lambda one: one.kg == 6000)
        line = self.line(ledger)
        self.assertAlmostEqual(far.cost, line.cost * 12 / 13, 2)
        self.check_parts(ledger)
        ledger.action_create_invoices()
        bill = self.bill(ledger, post=False)
        bill.invoice_line_ids.price_unit += 77.77
        bill.action_post()
        self.check_parts(ledger)
        self.assertEqual(far.action_open_trip()["res_id"], ledger.id)

    def check_parts(self, ledger):
        for name in ("revenue", "cost", "margin"):
            total = ledger["actual_cost" if name == "cost" else name]
            self.assertAlmostEqual(sum(ledger.order_ids.mapped(name)), total, 2, name)

    def test_separate_delivery_of_what_was_on_the_trip(self):
        ledger = self.ledger()
        trip = ledger.batch_id.vas_proposal_id
        self.assertAlmostEqual(ledger.separate_cost, trip.separate_cost)
        self.assertAlmostEqual(ledger.saving, trip.separate_cost - ledger.actual_cost)
        self.assertAlmostEqual(ledger.co2_kg, sum(trip.share_ids.mapped("co2_kg")))
        line = self.line(ledger)
        share = trip.share_ids.filtered(lambda one: one.partner_id == self.shipper1)
        self.assertAlmostEqual(line.alone_cost, share.separate_cost)
        alone = trip.reason_data[str(line.picking_ids.id)]["alone"]
        line.picking_ids.action_cancel()
        self.assertAlmostEqual(ledger.separate_cost, trip.separate_cost - alone)
        # An order that joins later was never planned: it is in no saving.
        more = self.order(self.shipper2, self.a, self.c, 1000, 2)
        more.action_confirm()
        more.batch_id = ledger.batch_id
        ledger.batch_id._price_vas_again()
        self.assertEqual(len(ledger.order_ids), 2)
        self.assertAlmostEqual(ledger.separate_cost, trip.separate_cost - alone)
        self.check_parts(ledger)

    def test_reference_case_d_on_a_real_trip(self):
        """Trip 96.00 to stops 10, 25 and 40 km away; 800, 500 and 300 kg."""
        places = [self.outlet(f"Stop {km}") for km in (10, 25, 40)]
        for place, km in zip(places, (10, 25, 40), strict=True):
            self.lane(self.a, place, km)
        self.lane(places[0], places[1], 15)
        self.lane(places[1], places[2], 15)
        self.lane(places[0], places[2], 30)
        self.truck_class.write({"weight_capacity": 2000, "volume_capacity": 12})
        self.v1.write({"vas_fixed_cost": 56, "vas_cost_per_km": 1})
        third = self.env["res.partner"].create({"name": "Shipper 3"})
        shippers = [self.shipper1, self.shipper2, third]
        loads = ((800, 2), (500, 6), (300, 1.2))
        orders = self.env["stock.picking"].union(
            *(
                self.order(shipper, self.a, place, kg, m3)
                for shipper, place, (kg, m3) in zip(
                    shippers, places, loads, strict=True
                )
            )
        )
        self.profile.engine = "insertion"
        plan = self.plan(orders, self.v1)
        expected = {
            "tonne_km": [23.63, 36.92, 35.45],  # 8,000 : 12,500 : 12,000
            "capacity_km": [17.07, 53.33, 25.60],  # 4 : 12.5 : 6
            "volume_km": [8.81, 66.05, 21.14],  # 20 : 150 : 48
            "stand_alone": [26.07, 32.0, 37.93],  # 66 : 81 : 96
            "shapley": [22.0, 29.5, 44.5],
            "equal_profit": [26.07, 32.0, 37.93],
        }
        for method, amounts in expected.items():
            self.profile.share_method = method
            plan.action_plan()
            trip = plan.proposal_ids
            self.assertEqual((len(trip), trip.cost, trip.share_method), (1, 96, method))
            shares = {one.partner_id: one.amount for one in trip.share_ids}
            self.assertEqual([shares[one] for one in shippers], amounts, method)
            self.assertAlmostEqual(sum(shares.values()), 96)
            self.assertEqual(
                sorted(trip.share_ids.mapped("separate_cost")), [66, 81, 96]
            )

    def test_words_of_a_share(self):
        trip = self.trip().vas_proposal_id
        self.assertEqual(trip.share_method, trip.plan_id.profile_id.share_method)
        for share in trip.share_ids:
            self.assertIn("less than alone", share.why)
            self.assertLessEqual(share.amount, share.separate_cost)
        profile = trip.plan_id.profile_id
        texts = set()
        for method, _label in profile._fields["share_method"].selection:
            profile.share_method = method
            texts.add(profile.share_method_text)
        self.assertEqual(len(texts - {False}), 6)

    def test_tiles_of_money(self):
        ledger = self.ledger()
        self.bill(ledger)
        tiles = self.env["vas.desk.tile"].search([("area", "=", "money")])
        self.assertLessEqual(len(tiles), 8, "more than eight is no overview")
        for tile in tiles.with_user(self.accountant):
            self.assertTrue(tile.period, tile.name)
            self.assertTrue(tile.target_text, tile.name)
            action = tile.action_open()
            found = self.env[action["res_model"]].with_user(self.accountant)
            if not tile.sudo().measure_field_id:
                self.assertEqual(
                    tile.value, found.search_count(action["domain"]), tile.name
                )
        # A percentage of all trips together, not the average of percentages.
        margin = self.env.ref("vas_logistics.tile_money_margin")
        margin.domain = "[]"
        ledgers = self.env["vas.trip.ledger"].search([])
        self.assertAlmostEqual(
            margin.with_user(self.env.user).value,
            100 * sum(ledgers.mapped("margin")) / sum(ledgers.mapped("revenue")),
        )
        opened = self.env.ref("vas_logistics.tile_money_open").with_user(
            self.accountant
        )
        self.assertEqual((opened.value, opened.verdict), (1, "bad"))
        user = new_test_user(
            self.env, "money-user", "vas_logistics.group_vas_logistics_user"
        )
        with self.assertRaises(AccessError):
            opened.with_user(user).read(["name"])
        with self.assertRaises(AccessError):
            ledger.order_ids.with_user(user).read(["margin"])
        with self.assertRaises(AccessError):
            ledger.order_ids.with_user(self.accountant).write({"charge": 1})

    # ------------------------------------------------------------ carriers
    def bill(self, ledger, post=True):
        bill = self.document(ledger.with_user(self.accountant).action_create_bills())
        bill.invoice_date = fields.Date.today()
        if post:
            bill.action_post()
        return bill

    def came_back(self, ledger, cost):
        """The carrier asks for goods that it carried back."""
        order = ledger.batch_id.picking_ids[:1]
        goods = self.env["vas.trip.return"]._record(ledger.batch_id, order, "refused")
        goods.write({"ledger_id": ledger.id, "carrier_cost": cost})

    def test_goods_come_back_after_the_bill(self):
        ledger = self.ledger()
        first = self.bill(ledger)
        planned = ledger.planned_cost
        self.assertEqual((ledger.to_bill, ledger.cost_is_actual), (0, True))
        self.came_back(ledger, 80)
        self.assertEqual((ledger.to_bill, ledger.cost_is_actual), (80, False))
        self.assertAlmostEqual(ledger.actual_cost, planned + 80)
        more = self.bill(ledger, post=False)
        self.assertEqual(more.amount_untaxed, 80)
        self.assertIn(first.name, more.invoice_line_ids.name)
        with self.assertRaisesRegex(UserError, "No bill to expect"):
            ledger.action_create_bills()
        more.action_post()
        self.assertTrue(ledger.cost_is_actual)
        self.assertAlmostEqual(ledger.actual_cost, planned + 80)

    def test_carrier_bills_another_amount(self):
        ledger = self.ledger()
        bill = self.bill(ledger, post=False)
        planned = ledger.planned_cost
        bill.invoice_line_ids.price_unit = planned + 55
        bill.action_post()
        self.assertAlmostEqual(ledger.actual_cost, planned + 55)
        self.assertAlmostEqual(ledger.bill_difference, 55)
        self.assertEqual(ledger.to_bill, 0)
        self.assertAlmostEqual(sum(ledger.line_ids.mapped("cost")), planned + 55)
        # Less was agreed afterwards: the carrier gives back.
        ledger.planned_cost = planned - 30
        self.assertAlmostEqual(ledger.to_bill, -30)
        note = self.bill(ledger)
        self.assertEqual((note.move_type, note.amount_untaxed), ("in_refund", 30))
        self.assertAlmostEqual(ledger.actual_cost, planned + 25)
        self.assertEqual(ledger.to_bill, 0)

    def test_a_bill_that_is_reversed_frees_its_trip(self):
        ledger = self.ledger()
        bill = self.bill(ledger)
        wizard = (
            self.env["account.move.reversal"]
            .with_context(active_model="account.move", active_ids=bill.ids)
            .create({"journal_id": bill.journal_id.id, "date": fields.Date.today()})
        )
        wizard.refund_moves()
        wizard.new_move_ids.action_post()
        self.assertAlmostEqual(ledger.to_bill, ledger.planned_cost)
        self.assertAlmostEqual(ledger.actual_cost, ledger.planned_cost)
        self.assertFalse(ledger.cost_is_actual)

    def test_a_bill_typed_by_hand_is_the_trips(self):
        ledger = self.ledger()
        bill = self.env["account.move"].create(
            {
                "move_type": "in_invoice",
                "company_id": self.company.id,
                "partner_id": self.carrier.id,
                "invoice_date": fields.Date.today(),
                "invoice_line_ids": [
                    Command.create(
                        {"name": "Trip", "price_unit": 700, "vas_ledger_id": ledger.id}
                    )
                ],
            }
        )
        self.assertEqual(ledger.to_bill, 0)
        bill.action_post()
        self.assertEqual((ledger.actual_cost, ledger.cost_is_actual), (700, True))

    # ------------------------------------------------------------ credit notes
    def test_order_cancelled_after_its_invoice(self):
        ledger, _moves = self.invoiced()
        line = ledger.line_ids.filtered(lambda one: one.partner_id == self.shipper1)
        other = ledger.line_ids - line
        revenue, charged = ledger.revenue, line.charge
        line.picking_ids.action_cancel()
        self.assertEqual(ledger.state, "credit")
        self.assertAlmostEqual(line.credit_due, charged)
        self.assertFalse(other.credit_due)
        action = ledger.with_user(self.accountant).action_create_credits()
        note = self.env["account.move"].browse(action["res_id"])
        self.assertRecordValues(
            note,
            [
                {
                    "move_type": "out_refund",
                    "state": "draft",
                    "partner_id": self.shipper1.id,
                    "amount_untaxed": charged,
                }
            ],
        )
        self.assertEqual(ledger.state, "invoiced")
        self.assertIn("not delivered", note.invoice_line_ids.name)
        self.assertAlmostEqual(ledger.revenue, revenue - charged)
        self.assertAlmostEqual(ledger.margin, ledger.revenue - ledger.actual_cost)
        with self.assertRaisesRegex(UserError, "nothing to credit"):
            ledger.action_create_credits()
        note.button_cancel()
        self.assertEqual(ledger.state, "credit", "a cancelled note makes way")

    def test_one_of_two_orders_is_cancelled(self):
        more = self.order(self.shipper1, self.a, self.c, 1000, 2)
        plan = self.plan(self.example_orders() | more, self.v1)
        plan.action_plan()
        plan.action_accept()
        ledger = self.ledger(plan.proposal_ids.batch_id)
        self.general_agreement.method = "contract"
        ledger.action_refresh()
        ledger.action_create_invoices()
        more.action_cancel()
        self.assertAlmostEqual(sum(ledger.line_ids.mapped("credit_due")), 200 * 0.8)
        more_line = ledger.line_ids.filtered("credit_due")
        self.assertEqual(more_line.partner_id, self.shipper1)

    def test_order_cancelled_before_its_invoice_is_not_charged(self):
        ledger = self.ledger()
        line = ledger.line_ids.filtered(lambda one: one.partner_id == self.shipper1)
        line.picking_ids.action_cancel()
        self.assertEqual(ledger.line_ids.partner_id, self.shipper2)
        self.assertEqual(ledger.state, "open")

    def test_cancelled_invoice_is_priced_again(self):
        ledger, moves = self.invoiced()
        moves.button_cancel()
        ledger.action_refresh()
        self.assertEqual(ledger.state, "open")
        self.assertEqual(len(ledger.line_ids), 2)
        again = ledger.action_create_invoices()
        self.assertEqual(self.env["account.move"].search_count(again["domain"]), 2)

    def reverse(self, move, method):
        wizard = (
            self.env["account.move.reversal"]
            .with_context(active_model="account.move", active_ids=move.ids)
            .create({"journal_id": move.journal_id.id, "date": fields.Date.today()})
        )
        getattr(wizard, method)()
        return wizard.new_move_ids

    def test_reversed_invoice_is_made_again(self):
        ledger, moves = self.invoiced()
        moves.invoice_date = fields.Date.today()
        moves.action_post()
        line = ledger.line_ids.filtered(lambda x: x.partner_id == moves[0].partner_id)
        note = self.reverse(moves[0], "refund_moves")
        self.assertTrue(line.is_invoiced, "a draft may still change")
        note.action_post()
        self.assertEqual((line.is_invoiced, line.invoiced), (False, 0))
        self.assertEqual(line.to_invoice, line.charge)
        again = self.env["account.move"].browse(
            ledger.action_create_invoices()["res_id"]
        )
        self.assertEqual(again.amount_untaxed, line.charge)
        with self.assertRaisesRegex(UserError, "nothing left"):
            ledger.action_create_invoices()

    def test_invoice_made_anew_by_the_accountant_counts(self):
        ledger, moves = self.invoiced()
        moves.invoice_date = fields.Date.today()
        moves.action_post()
        line = ledger.line_ids.filtered(lambda x: x.partner_id == moves[0].partner_id)
        anew = self.reverse(moves[0], "modify_moves")
        self.assertEqual(anew.state, "draft")
        self.assertTrue(line.is_invoiced)
        self.assertEqual(line.to_invoice, 0)
        self.assertEqual(line.invoiced, line.charge)

    def test_full_credit_that_is_reconciled_is_not_invoiced_again(self):
        ledger, moves = self.invoiced()
        moves.invoice_date = fields.Date.today()
        moves.action_post()
        line = ledger.line_ids.filtered(lambda x: x.partner_id == moves[0].partner_id)
        line.picking_ids.action_cancel()
        note = self.env["account.move"].browse(ledger.action_create_credits()["res_id"])
        note.invoice_date = fields.Date.today()
        note.action_post()
        (moves[0] | note).line_ids.filtered(
            lambda one: one.account_id.account_type == "asset_receivable"
        ).reconcile()
        self.assertEqual(moves[0].payment_state, "reversed")
        self.assertEqual((line.to_invoice, line.credit_due), (0, 0))
        self.assertEqual(line.revenue, 0)

    def test_part_that_the_accountant_credited_stays(self):
        """Goodwill: neither invoiced again, nor a difference; the margin knows."""
        ledger, moves = self.invoiced()
        moves.invoice_date = fields.Date.today()
        moves.action_post()
        line = ledger.line_ids.filtered(lambda x: x.partner_id == moves[0].partner_id)
        note = self.reverse(moves[0], "refund_moves")
        note.invoice_line_ids.price_unit = 50
        note.action_post()
        self.assertEqual((line.to_invoice, line.credit_due), (0, 0))
        self.assertAlmostEqual(line.revenue, line.charge - 50)
        self.assertEqual(ledger.state, "invoiced")
