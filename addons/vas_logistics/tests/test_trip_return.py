from odoo import fields
from odoo.exceptions import UserError
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
class TestCreditAfterInvoice(LedgerCommon):
    """An order that is cancelled after its invoice is credited, once."""

    def invoiced(self):
        ledger = self.ledger()
        action = ledger.with_user(self.accountant).action_create_invoices()
        moves = self.env["account.move"].search(action["domain"])
        return ledger, moves

    def test_order_cancelled_after_its_invoice(self):
        ledger, _moves = self.invoiced()
        line = ledger.line_ids.filtered(lambda one: one.partner_id == self.shipper1)
        other = ledger.line_ids - line
        revenue = ledger.revenue
        line.picking_ids.action_cancel()
        self.assertEqual(ledger.state, "credit")
        self.assertAlmostEqual(line.credit_due, line.charge)
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
                    "amount_untaxed": line.charge,
                }
            ],
        )
        self.assertEqual(ledger.state, "invoiced")
        self.assertAlmostEqual(ledger.revenue, revenue - line.charge)
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

    def test_reversed_invoice_is_made_again(self):
        ledger, moves = self.invoiced()
        today = fields.Date.today()
        moves.invoice_date = today
        moves.action_post()
        wizard = (
            self.env["account.move.reversal"]
            .with_context(active_model="account.move", active_ids=moves[0].ids)
            .create({"journal_id": moves[0].journal_id.id, "date": today})
        )
        wizard.modify_moves()
        self.assertEqual(moves[0].payment_state, "reversed")
        self.assertEqual(
            ledger.line_ids.filtered(lambda x: not x.is_invoiced).partner_id,
            moves[0].partner_id,
        )
