from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .test_trip_ledger import LedgerCommon
from .test_trip_road import RoadCommon


@tagged("post_install", "-at_install")
class TestGoodsComeBack(RoadCommon):
    """Refused, or cancelled on the road: the goods are still on the vehicle."""

    def refuse(self, order):
        refused = self.env.ref("vas_logistics.delivery_reason_refused")
        self.report("problem", self.c, order, reason=refused.id, note="Wet cartons")

    def test_refused_goods_are_delivered_again(self):
        self.drive()
        self.refuse(self.second)
        self.assertEqual(self.second.vas_status, "returning")
        self.assertEqual(self.second.vas_return_trip_id, self.trip)
        self.assertFalse(self.second.batch_id)
        page = self.trip._get_vas_page()
        self.assertEqual([o["name"] for o in page["returning"]], [self.second.name])
        waiting = self.env["stock.picking"]._get_vas_to_plan_domain()
        self.assertNotIn(self.second, self.env["stock.picking"].search(waiting))
        plan = self.plan(self.second)
        self.assertFalse(plan._get_orders_to_plan())
        with self.assertRaisesRegex(UserError, "are still coming back"):
            self.second.batch_id = self.trip
        self.second.action_vas_back()
        self.assertEqual(self.second.vas_status, "waiting")
        self.assertIn(self.second, self.env["stock.picking"].search(waiting))
        self.assertFalse(self.trip._get_vas_page()["returning"])
        self.second.batch_id = self.trip
        self.assertFalse(self.second.vas_return_state)

    def test_refused_goods_stay(self):
        self.drive()
        self.refuse(self.second)
        self.second.action_vas_back_close()
        self.assertEqual(self.second.vas_status, "returned")
        self.assertEqual(self.second.state, "cancel")
        # A second click, or the other button afterwards, changes nothing.
        self.second.action_vas_back()
        self.assertEqual(self.second.vas_status, "returned")

    def test_goods_that_were_never_loaded_do_not_come_back(self):
        self.report("start")
        self.report("arrived", self.b)
        self.refuse(self.second)
        self.assertFalse(self.second.vas_return_state)
        self.assertEqual(self.second.vas_status, "problem")

    def test_cancelled_on_the_road(self):
        self.drive()
        self.second.action_cancel()
        self.assertEqual(self.second.vas_status, "returning")
        page = self.trip._get_vas_page()
        self.assertEqual([o["name"] for o in page["cancelled"]], [self.second.name])
        self.assertFalse(page["returning"], "named once")
        self.second.action_vas_back_close()
        self.assertEqual(self.second.vas_status, "returned")

    def test_only_dispatchers_say_that_goods_are_back(self):
        self.drive()
        self.refuse(self.second)
        user = new_test_user(
            self.env,
            "return-user",
            "vas_logistics.group_vas_logistics_user",
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
        )
        with self.assertRaisesRegex(Exception, "not allowed"):
            self.second.with_user(user).action_vas_back()


@tagged("post_install", "-at_install")
class TestReturnedGoodsAreCharged(LedgerCommon, RoadCommon):
    """The second order is refused at C and goes back: 4 t over 100 km."""

    def finished(self, **agreement):
        """The ledger of a trip whose second order was refused."""
        self.general_agreement.write({"method": "contract", **agreement})
        self.drive()
        self.refuse(self.second)
        self.report("delivered", self.c, self.first, receiver="Li")
        self.assertEqual(self.trip.state, "done")
        self.env["stock.picking.batch"]._cron_vas_ledgers()
        return self.trip.vas_ledger_ids

    def refuse(self, order):
        refused = self.env.ref("vas_logistics.delivery_reason_refused")
        self.report("problem", self.c, order, reason=refused.id, note="Wet cartons")

    def line(self, ledger, shipper=None):
        return ledger.line_ids.filtered(
            lambda line: line.partner_id == (shipper or self.shipper2)
        )

    def test_not_charged_by_default(self):
        ledger = self.finished()
        self.assertEqual(ledger.return_ids.picking_id, self.second)
        self.assertEqual(ledger.return_ids.kg, 4000)
        self.assertEqual(self.line(ledger).charge, 0)
        self.assertEqual(self.line(ledger, self.shipper1).charge, 6 * 200 * 0.8)
        ledger.action_create_invoices()
        # Nothing is left to invoice, so the trip is not "to invoice" for ever.
        self.assertEqual(ledger.state, "invoiced")

    def test_percent_of_the_outward_price(self):
        ledger = self.finished(return_method="percent", return_rate=1.5)
        line = self.line(ledger)
        self.assertEqual(line.charge, 4 * 100 * 0.8 * 1.5)
        self.assertEqual(line.return_charge, line.charge)
        self.assertIn("150% of 320", line.basis)
        action = ledger.with_user(self.accountant).action_create_invoices()
        moves = self.env["account.move"].search(action["domain"])
        back = moves.filtered(lambda move: move.partner_id == self.shipper2)
        self.assertEqual(back.amount_untaxed, 480)
        self.assertIn("goods that came back", back.invoice_line_ids.name)
        self.assertEqual(ledger.state, "invoiced")

    def test_own_price(self):
        ledger = self.finished(
            return_method="price",
            tariff_ids=[
                Command.create({"applies_to": "return", "basis": "tonne", "price": 30})
            ],
        )
        self.assertEqual(self.line(ledger).charge, 120)
        # A price of returns is no price of deliveries, and the other way round.
        self.assertEqual(self.line(ledger, self.shipper1).charge, 960)
        self.general_agreement.tariff_ids[-1].date_to = "2000-01-01"
        ledger.action_refresh()
        self.assertEqual(ledger.state, "problem")
        self.assertRegex(ledger.problem, "came back: no price")

    def test_own_price_needs_a_price(self):
        with self.assertRaisesRegex(ValidationError, "at least one price for them"):
            self.general_agreement.return_method = "price"

    def test_share_of_the_cost(self):
        ledger = self.finished(return_method="share", markup=0.1)
        share = self.trip.vas_proposal_id.share_ids.filtered(
            lambda one: one.partner_id == self.shipper2
        )
        self.assertEqual(self.line(ledger).charge, round(share.amount * 1.1, 2))

    def test_part_of_a_customers_goods(self):
        """3 t of one customer: 1 t came back, charged with half of its price."""
        more = self.order(self.shipper2, self.b, self.c, 1000, 2)
        self.trip = self.accept(self.example_orders() | more, self.v2)
        self.first, self.second = self.trip.picking_ids.filtered(
            lambda order: order.vas_kg != 1000
        ).sorted("vas_kg", reverse=True)
        self.general_agreement.write({"method": "share", "return_method": "share"})
        self.report("start")
        for stop in self.trip._get_vas_stop_list():
            self.report("arrived", stop["outlet"])
            if stop["pickups"]:
                self.report("loaded", stop["outlet"], stop["pickups"])
        self.refuse(more)
        self.report("delivered", self.c, self.first | self.second, receiver="Li")
        self.env["stock.picking.batch"]._cron_vas_ledgers()
        line = self.line(self.trip.vas_ledger_ids)
        share = self.trip.vas_proposal_id.share_ids.filtered(
            lambda one: one.partner_id == self.shipper2
        ).amount
        self.assertAlmostEqual(line.charge, share)
        self.assertAlmostEqual(line.return_charge, round(share / 5, 2))
        self.general_agreement.return_method = "free"
        line.ledger_id.action_refresh()
        line = self.line(self.trip.vas_ledger_ids)
        self.assertAlmostEqual(line.charge, share - round(share / 5, 2))

    def test_the_carrier_asks_for_the_way_back(self):
        self.env["vas.carrier.term"].create(
            {
                "company_id": self.company.id,
                "return_method": "price",
                "return_price": 25,
                "return_basis": "tonne",
            }
        )
        ledger = self.finished(return_method="percent", return_rate=0.5)
        self.assertEqual(ledger.return_cost, 100)
        self.assertEqual(ledger.actual_cost, ledger.planned_cost + 100)
        self.assertEqual(ledger.margin, ledger.revenue - ledger.actual_cost)
        self.assertAlmostEqual(sum(ledger.line_ids.mapped("cost")), ledger.actual_cost)
        shares = {
            share.partner_id: share.amount
            for share in self.trip.vas_proposal_id.share_ids
        }
        # Who sent the goods bears what they cost on the way back.
        self.assertAlmostEqual(
            self.line(ledger).cost, shares[self.shipper2] + 100, places=2
        )
        action = ledger.with_user(self.accountant).action_create_bills()
        bill = self.env["account.move"].browse(action["res_id"])
        self.assertEqual(
            bill.invoice_line_ids.mapped("price_unit"), [ledger.planned_cost, 100]
        )
        bill.invoice_date = "2030-05-10"
        bill.action_post()
        self.assertAlmostEqual(ledger.actual_cost, ledger.planned_cost + 100)

    def test_percent_for_the_carrier_and_own_terms(self):
        terms = self.env["vas.carrier.term"].create(
            [
                {"company_id": self.company.id, "return_rate": 9},
                {
                    "company_id": self.company.id,
                    "carrier_id": self.carrier.id,
                    "return_rate": 0.5,
                },
            ]
        )
        ledger = self.finished()
        # 4 t × 100 km of 4 t × 100 km + 6 t × 200 km: a quarter of the trip.
        self.assertAlmostEqual(ledger.return_cost, ledger.planned_cost / 4 * 0.5)
        terms[1].return_method = "free"
        ledger.action_refresh()
        self.assertEqual(ledger.return_cost, 0)

    def test_everything_came_back(self):
        """The trip ends as cancelled, yet it was driven: it gets its ledger."""
        self.general_agreement.write({"return_method": "percent", "return_rate": 1})
        self.drive()
        self.refuse(self.first)
        self.refuse(self.second)
        self.assertEqual(self.trip.state, "cancel")
        ledger = self.trip.vas_ledger_ids
        self.assertEqual(len(ledger), 1)
        self.assertEqual(ledger.return_ids.picking_id, self.orders)
        self.assertEqual(ledger.planned_cost, self.trip.vas_proposal_id.cost)
        self.assertTrue(all(ledger.line_ids.mapped("charge")))
        self.env["stock.picking.batch"]._cron_vas_ledgers()
        self.assertEqual(self.trip.vas_ledger_ids, ledger)

    def test_cancelled_on_the_road_keeps_its_weight(self):
        self.general_agreement.write(
            {"method": "contract", "return_method": "percent", "return_rate": 1}
        )
        self.second.vas_declared_kg = 0  # from the goods: 10 crates of 100 kg
        self.drive()
        self.second.action_cancel()
        self.report("delivered", self.c, self.first, receiver="Li")
        self.env["stock.picking.batch"]._cron_vas_ledgers()
        goods = self.trip.vas_ledger_ids.return_ids
        self.assertEqual((goods.kind, goods.kg), ("cancelled", 1000))
        self.assertEqual(goods.charge, 1 * 100 * 0.8)

    def test_a_second_report_and_another_trip(self):
        ledger = self.finished(return_method="percent", return_rate=1)
        self.refuse_again = self.env["vas.trip.return"]._record(
            self.trip, self.second, "refused"
        )
        self.assertFalse(self.refuse_again)
        # The goods go out again on another trip: that one has its own price.
        self.second.action_vas_back()
        again = self.accept(self.second, self.v2)
        self.assertEqual(self.line(self.ledger(again)).charge, 320)
        ledger.action_refresh()
        self.assertEqual(self.line(ledger).charge, 320)

    def test_roles(self):
        ledger = self.finished(return_method="percent", return_rate=1)
        goods = ledger.return_ids
        self.assertEqual(
            goods.with_user(self.accountant).read(["charge", "lane"])[0]["charge"], 320
        )
        for user in (self.accountant, self.officer):
            with self.assertRaises(AccessError):
                goods.with_user(user).write({"charge": 0})
        with self.assertRaises(AccessError):
            self.env["vas.carrier.term"].with_user(self.officer).search([]).read()
        with self.assertRaises(AccessError):
            goods.with_user(self.driver).read(["charge"])

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.officer, cls.driver = (
            new_test_user(
                cls.env,
                f"back-{role}",
                f"vas_logistics.group_vas_logistics_{role}",
                company_id=cls.company.id,
                company_ids=[Command.set(cls.company.ids)],
            )
            for role in ("officer", "user")
        )
