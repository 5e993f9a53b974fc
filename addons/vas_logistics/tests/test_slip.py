from ast import literal_eval
from datetime import datetime
from io import BytesIO

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged
from odoo.tools import pdf

from .common import LogisticsCommon


@tagged("post_install", "-at_install")
class TestSlip(LogisticsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.slip = cls.env.ref("vas_logistics.slip_type_sales").copy(
            {
                "company_id": cls.company.id,
                "picking_type_ids": [Command.set(cls.warehouse.out_type_id.ids)],
            }
        )
        cls.keeper, cls.lead = (
            new_test_user(
                cls.env,
                f"slip-{name}",
                "stock.group_stock_user",
                company_id=cls.company.id,
                company_ids=[Command.set(cls.company.ids)],
            )
            for name in ("keeper", "lead")
        )
        cls.slip.role_ids[0].user_ids = cls.lead
        cls.product = cls.env["product.product"].create(
            {"name": "Serum", "is_storable": True, "tracking": "lot"}
        )
        cls.lots = cls.env["stock.lot"].create(
            [{"name": name, "product_id": cls.product.id} for name in ("A", "B")]
        )
        for lot, day in zip(cls.lots, ("01", "05"), strict=True):
            cls.env["stock.quant"]._update_available_quantity(
                cls.product,
                cls.warehouse.lot_stock_id,
                10,
                lot_id=lot,
                in_date=f"2030-03-{day} 08:00:00",
            )

    def delivery(self, quantities=None, quantity=12, place=None):
        place = place or self.warehouse.lot_stock_id
        picking = self.env["stock.picking"].create(
            {
                "picking_type_id": self.warehouse.out_type_id.id,
                "location_id": place.id,
                "location_dest_id": self.env.ref("stock.stock_location_customers").id,
                "move_ids": [
                    Command.create(
                        {
                            "product_id": self.product.id,
                            "product_uom_qty": quantity,
                            "location_id": place.id,
                            "location_dest_id": self.env.ref(
                                "stock.stock_location_customers"
                            ).id,
                        }
                    )
                ],
            }
        )
        picking.action_confirm()
        picking.action_assign()
        if quantities:
            picking.move_line_ids.unlink()
            picking.move_ids.move_line_ids = [
                Command.create(
                    {
                        "product_id": self.product.id,
                        "lot_id": lot.id,
                        "quantity": number,
                        "location_id": picking.location_id.id,
                        "location_dest_id": picking.location_dest_id.id,
                    }
                )
                for lot, number in quantities
            ]
        picking.move_ids.picked = True
        return picking

    def sign(self, picking):
        for user in (self.lead, self.keeper):
            picking.with_user(user).action_vas_sign()

    def test_numbers_have_no_gaps(self):
        """Each slip has the number after the one before (DOC-06)."""
        pickings = [self.delivery(quantity=1) for _index in range(3)]
        numbers = [int(p.vas_slip_number.rsplit("/", 1)[1]) for p in pickings]
        self.assertEqual(numbers, [numbers[0], numbers[0] + 1, numbers[0] + 2])
        with self.assertRaisesRegex(UserError, "numbers have no gaps"):
            pickings[1].unlink()
        pickings[1].action_cancel()
        self.assertTrue(pickings[1].vas_slip_number)

    def test_a_shipped_slip_is_for_transfers_of_any_company(self):
        shared = self.env.ref("vas_logistics.slip_type_stock_in")
        self.assertFalse(shared.company_id)
        shared.picking_type_ids |= self.warehouse.in_type_id
        other = self.env["res.company"].create({"name": "Other"})
        with self.assertRaisesRegex(ValidationError, "of another company"):
            self.slip.company_id = other

    def test_signatures(self):
        """Without one of the two signatures the issue is refused (DOC-02)."""
        picking = self.delivery(quantity=1)
        with self.assertRaisesRegex(UserError, "signature of Dispatch lead, Store"):
            picking.button_validate()
        picking.with_user(self.keeper).action_vas_sign()
        self.assertEqual(picking.vas_missing_signatures, "Dispatch lead")
        with self.assertRaisesRegex(AccessError, "may not sign as Dispatch lead"):
            picking.with_user(self.keeper).action_vas_sign()
        picking.with_user(self.lead).action_vas_sign()
        with self.assertRaisesRegex(UserError, "fully signed"):
            picking.with_user(self.lead).action_vas_sign()
        picking.with_user(self.keeper).button_validate()
        self.assertEqual(picking.state, "done")
        with self.assertRaises(AccessError):
            picking.vas_signature_ids.with_user(self.keeper).user_id = self.lead

    def test_separation_of_duties(self):
        """Nobody signs in two roles, unless the company says so (DOC-08)."""
        self.slip.role_ids.user_ids = False
        picking = self.delivery(quantity=1)
        picking.with_user(self.keeper).action_vas_sign()
        with self.assertRaisesRegex(UserError, "you signed this slip already"):
            picking.with_user(self.keeper).action_vas_sign()
        self.slip.four_eyes = False
        picking.with_user(self.keeper).action_vas_sign()
        self.assertFalse(picking.vas_missing_signatures)

    def test_stock_in_slip(self):
        """Keeper, inspector and production lead sign: three people (DOC-04, DOC-08)."""
        self.env.ref("vas_logistics.slip_type_stock_in").copy(
            {
                "company_id": self.company.id,
                "picking_type_ids": [Command.set(self.warehouse.in_type_id.ids)],
            }
        )
        receipt = self.env["stock.picking"].create(
            {
                "picking_type_id": self.warehouse.in_type_id.id,
                "location_id": self.env.ref("stock.stock_location_suppliers").id,
                "location_dest_id": self.warehouse.lot_stock_id.id,
                "move_ids": [
                    Command.create(
                        {
                            "product_id": self.product.id,
                            "product_uom_qty": 1,
                            "location_id": self.env.ref(
                                "stock.stock_location_suppliers"
                            ).id,
                            "location_dest_id": self.warehouse.lot_stock_id.id,
                        }
                    )
                ],
            }
        )
        receipt.action_confirm()
        self.assertRegex(receipt.vas_slip_number, r"^RK/\d{4}/\d+$")
        receipt.with_user(self.keeper).action_vas_sign()
        with self.assertRaisesRegex(UserError, "Another person signs as Inspector"):
            receipt.with_user(self.keeper).action_vas_sign()
        receipt.with_user(self.lead).action_vas_sign()
        self.assertEqual(receipt.vas_missing_signatures, "Production completion lead")
        receipt.move_ids.write({"quantity": 1, "picked": True})
        receipt.move_line_ids.lot_id = self.lots[0]
        with self.assertRaisesRegex(UserError, "Production completion lead is missing"):
            receipt.button_validate()
        receipt.action_vas_sign()
        receipt.button_validate()
        self.assertEqual(receipt.state, "done")

    def test_first_in_first_out(self):
        """12 of A (10) and B (10): 10 of A and 2 of B; B first is refused (DOC-05)."""
        lot_a, lot_b = self.lots
        wrong = self.delivery([(lot_b, 10), (lot_a, 2)])
        self.sign(wrong)
        with self.assertRaisesRegex(UserError, "lot B .* must wait. Lot A came in"):
            wrong.button_validate()
        wrong.action_cancel()
        right = self.delivery()
        taken = {line.lot_id: line.quantity for line in right.move_line_ids}
        self.assertEqual(taken, {lot_a: 10, lot_b: 2})
        self.sign(right)
        right.button_validate()
        self.assertEqual(right.state, "done")

    def refuse(self, picking):
        self.sign(picking)
        with self.assertRaisesRegex(UserError, "must wait. Lot A came in"):
            picking._action_done()

    def test_an_older_lot_that_is_not_picked_stays(self):
        """Lines that are entered but not picked do not leave (DOC-05)."""
        lot_a, lot_b = self.lots
        picking = self.delivery([(lot_a, 10), (lot_b, 2)])
        lines = picking.move_ids.move_line_ids
        lines.filtered(lambda line: line.lot_id == lot_a).picked = False
        self.refuse(picking)

    def test_an_older_lot_on_another_shelf_goes_first(self):
        """Starting from the shelf of the newer lot is no way round (DOC-05)."""
        lot_b = self.lots[1]
        stock = self.warehouse.lot_stock_id
        shelf = self.env["stock.location"].create(
            {"name": "Shelf", "location_id": stock.id, "company_id": self.company.id}
        )
        for place, quantity in ((stock, -10), (shelf, 10)):
            self.env["stock.quant"]._update_available_quantity(
                self.product,
                place,
                quantity,
                lot_id=lot_b,
                in_date=datetime(2030, 3, 5, 8),
            )
        picking = self.delivery(quantity=3, place=shelf)
        lines = picking.move_ids.move_line_ids
        self.assertEqual((lines.lot_id, lines.location_id), (lot_b, shelf))
        self.refuse(picking)

    def test_goods_of_another_owner_do_not_wait(self):
        """Lots of each owner have their own order: goods of customers (DOC-05)."""
        lot_a, lot_b = self.lots
        self.env["stock.quant"]._update_available_quantity(
            self.product,
            self.warehouse.lot_stock_id,
            5,
            lot_id=lot_b,
            owner_id=self.shipper1,
            in_date=datetime(2030, 3, 6, 8),
        )
        picking = self.delivery([(lot_b, 5)], quantity=5)
        picking.move_ids.move_line_ids.owner_id = self.shipper1
        self.sign(picking)
        picking._action_done()
        self.assertEqual(picking.state, "done")
        picking = self.delivery([(lot_b, 3)], quantity=3)
        self.refuse(picking)

    def test_transfers_together_are_one_issue(self):
        """What leaves at the same time is looked at together."""
        lot_a, lot_b = self.lots
        first = self.delivery([(lot_a, 6)], quantity=6)
        second = self.delivery([(lot_a, 4), (lot_b, 2)], quantity=6)
        self.sign(first)
        self.sign(second)
        (first | second)._action_done()
        self.assertEqual(set((first | second).mapped("state")), {"done"})

    def test_a_completed_slip_stays_as_signed(self):
        """Unlocking a completed transfer opens no way to another lot."""
        picking = self.delivery([(self.lots[0], 3)], quantity=3)
        self.sign(picking)
        picking.button_validate()
        picking.is_locked = False
        with self.assertRaisesRegex(UserError, "is completed and signed"):
            picking.move_ids.move_line_ids.lot_id = self.lots[1]
        with self.assertRaisesRegex(UserError, "is completed and signed"):
            picking.move_ids.move_line_ids.quantity = 4

    def test_signatures_are_for_the_goods_they_saw(self):
        """More goods than were signed need new signatures; fewer do not."""
        picking = self.delivery(quantity=3)
        self.sign(picking)
        self.assertEqual(picking.vas_signature_ids.mapped("pieces"), [3, 3])
        picking.move_ids.product_uom_qty = 5
        picking.move_ids.write({"quantity": 5, "picked": True})
        self.assertEqual(picking.vas_missing_signatures, "Dispatch lead, Store keeper")
        with self.assertRaisesRegex(UserError, "signature of Dispatch lead, Store"):
            picking._action_done()
        self.sign(picking)
        self.assertIn("for fewer", "".join(picking.message_ids.mapped("body")))
        picking.move_ids.quantity = 4
        self.assertFalse(picking.vas_missing_signatures)
        picking._action_done()
        self.assertEqual(picking.state, "done")

    def test_a_backorder_has_a_number(self):
        """What is left over gets the next number at once (DOC-01, DOC-06)."""
        picking = self.delivery([(self.lots[0], 2)], quantity=3)
        self.sign(picking)
        picking._action_done()
        left = self.env["stock.picking"].search([("backorder_id", "=", picking.id)])
        number, after = (
            int(slip.vas_slip_number.rsplit("/", 1)[1]) for slip in (picking, left)
        )
        self.assertEqual(after, number + 1)
        self.assertEqual(left.vas_missing_signatures, "Dispatch lead, Store keeper")

    def gate(self, picking, **values):
        user = new_test_user(
            self.env,
            f"slip-gate-{len(self.env['res.users'].search([]))}",
            "vas_logistics.group_vas_logistics_user,stock.group_stock_user",
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
        )
        context = picking.with_user(user).action_vas_gate()["context"]
        with self.env.cr.savepoint():
            return (
                self.env["vas.gate.release"]
                .with_user(user)
                .with_context(**context)
                .create({"counted": 3, **values})
            )

    def test_gate_counts_and_keeps_the_slip(self):
        """38 of 40 is refused; both papers are compared (DOC-07, AMB-48)."""
        picking = self.delivery(quantity=3)
        both = {"slip_kept": True, "sales_slip_seen": True}
        with self.assertRaisesRegex(UserError, "no completed slip"):
            self.gate(picking, **both)
        self.sign(picking)
        picking.button_validate()
        with self.assertRaisesRegex(UserError, "says 3 pieces, the gate counted 2"):
            self.gate(picking, counted=2, **both)
        with self.assertRaisesRegex(UserError, "compare the sales slip"):
            self.gate(picking, slip_kept=True)
        waiting = self.env.ref("vas_logistics.vas_gate_delivery_action").domain
        waiting = self.env["stock.picking"].search(literal_eval(waiting))
        self.assertIn(picking, waiting)
        release = self.gate(picking, **both)
        self.assertEqual(release.display_name, picking.vas_slip_number)
        self.assertTrue(picking.vas_gate_date)
        self.company.vas_gate_segregation = True
        other = self.delivery(quantity=3)
        self.sign(other)
        other.button_validate()
        with self.assertRaisesRegex(UserError, "may not release it at the gate"):
            self.env["vas.gate.release"].create(
                {
                    "picking_id": other.id,
                    "counted": 3,
                    "user_id": self.lead.id,
                    **both,
                }
            )

    def test_switched_off(self):
        lot_b = self.lots[1]
        self.slip.strict_fifo = False
        picking = self.delivery([(lot_b, 3)], quantity=3)
        self.sign(picking)
        picking.button_validate()
        self.assertEqual(picking.state, "done")

    def test_five_copies(self):
        """A page for sales, finance, warehouse, customer and gate (DOC-06)."""
        picking = self.delivery(quantity=1)
        report = self.env["ir.actions.report"].with_context(force_report_rendering=True)
        content, _kind = report._render_qweb_pdf(
            "vas_logistics.report_slip", picking.ids
        )
        self.assertEqual(len(pdf.OdooPdfFileReader(BytesIO(content)).pages), 5)
