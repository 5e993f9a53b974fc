from io import BytesIO

from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, new_test_user, tagged
from odoo.tools import mute_logger, pdf

from .common import LogisticsCommon


@tagged("post_install", "-at_install")
class TestProductionNotice(LogisticsCommon):
    """DOC-01, DOC-03: numbered in advance, signed, with its material need."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        sequence = cls.env["ir.sequence"].create(
            {
                "name": "Test notices",
                "prefix": "N/",
                "padding": 3,
                "implementation": "no_gap",
                "company_id": cls.company.id,
            }
        )
        cls.slip = cls.env.ref("vas_logistics.slip_type_production").copy(
            {"company_id": cls.company.id, "number_sequence_id": sequence.id}
        )
        cls.planner, cls.lead = (
            new_test_user(
                cls.env,
                f"notice-{name}",
                f"vas_logistics.group_vas_logistics_{group},base.group_user",
                company_id=cls.company.id,
                company_ids=[Command.set(cls.company.ids)],
            )
            for name, group in (("planner", "officer"), ("lead", "manager"))
        )
        cls.box, cls.carton, cls.tape = cls.env["product.product"].create(
            [
                {"name": "Gift box", "is_storable": True},
                {"name": "Carton", "is_storable": True},
                {"name": "Tape", "is_storable": True},
            ]
        )
        cls.env["stock.quant"]._update_available_quantity(
            cls.carton, cls.warehouse.lot_stock_id, 60
        )
        cls.env["stock.quant"]._update_available_quantity(
            cls.tape, cls.warehouse.lot_stock_id, 500
        )
        cls.vendor = cls.env["res.partner"].create({"name": "Carton works"})

    def notice(self, **values):
        return (
            self.env["vas.production.notice"]
            .with_user(self.planner)
            .create(
                {
                    "slip_type_id": self.slip.id,
                    "company_id": self.company.id,
                    "warehouse_id": self.warehouse.id,
                    "line_ids": [
                        Command.create({"product_id": self.box.id, "quantity": 100})
                    ],
                    "material_ids": [
                        Command.create({"product_id": product.id, "quantity": 100})
                        for product in (self.carton, self.tape)
                    ],
                    **values,
                }
            )
        )

    def gaps(self):
        self.env.flush_all()
        return self.env["vas.slip.gap"].search([("prefix", "=", "N/")])

    def test_numbers_in_advance_and_gaps(self):
        """001, 002, 003 in sequence; a gap is reported (DOC-01)."""
        notices = [self.notice() for _number in range(3)]
        self.assertEqual([n.name for n in notices], ["N/001", "N/002", "N/003"])
        self.assertFalse(self.gaps())
        with self.assertRaisesRegex(UserError, "N/002 has its number. Cancel it"):
            notices[1].unlink()
        notices[1].action_cancel()
        self.assertFalse(self.gaps(), "a cancelled number is not missing")
        self.notice(name="N/007")
        self.assertRecordValues(
            self.gaps(),
            [
                {
                    "first_number": 4,
                    "last_number": 6,
                    "missing": 3,
                    "before": "N/003",
                    "after": "N/007",
                    "company_id": self.company.id,
                }
            ],
        )

    def test_typed_number_is_left_out(self):
        self.notice(name="N/002")
        numbers = [notice.name for notice in self.notice() | self.notice()]
        self.assertEqual(numbers, ["N/001", "N/003"])
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"):
            self.notice(name="N/003")

    def test_material_need(self):
        """Needed, in stock, to buy; what was approved stays (请购单)."""
        notice = self.notice()
        self.assertRecordValues(
            notice.material_ids,
            [
                {"quantity": 100, "stock": 60, "to_buy": 40},
                {"quantity": 100, "stock": 500, "to_buy": 0},
            ],
        )
        self.assertEqual(notice.to_buy_count, 1)
        notice.with_user(self.lead).action_sign()
        self.env["stock.quant"]._update_available_quantity(
            self.carton, self.warehouse.lot_stock_id, 1000
        )
        self.env.invalidate_all()
        self.assertEqual(notice.material_ids[0].to_buy, 40)

    def test_approved_by_the_planning_department(self):
        notice = self.notice(line_ids=[])
        with self.assertRaisesRegex(UserError, "fill in what is to be made"):
            notice.with_user(self.lead).action_sign()
        notice.line_ids = [Command.create({"product_id": self.box.id})]
        with self.assertRaisesRegex(AccessError, "not sign as Planning department"):
            notice.action_sign()
        self.assertEqual(notice.missing_signatures, "Planning department")
        notice.with_user(self.lead).action_sign()
        self.assertEqual(notice.state, "approved")
        self.assertEqual(notice.signature_ids.user_id, self.lead)
        with self.assertRaisesRegex(UserError, "only be done while it is Draft"):
            notice.with_user(self.lead).action_sign()
        for change in (
            {"date_due": "2030-01-01"},
            {"line_ids": [Command.create({"product_id": self.tape.id})]},
            {"material_ids": [Command.clear()]},
        ):
            with self.subTest(change=change):
                with self.assertRaisesRegex(UserError, "what it says stays"):
                    notice.write(change)
        notice.with_user(self.lead).action_draft()
        self.assertFalse(notice.signature_ids)
        self.assertIn("Planning department", notice.message_ids[0].body)

    def test_equipment_before_production(self):
        notice = self.notice()
        notice.with_user(self.lead).action_sign()
        with self.assertRaisesRegex(UserError, "overhaul the equipment first"):
            notice.action_start()
        notice.equipment_ready = True
        notice.action_start()
        notice.action_done()
        self.assertEqual(notice.state, "done")
        with self.assertRaisesRegex(UserError, "is Done; this can only be done"):
            notice.action_cancel()

    def test_purchase_is_requested_once(self):
        notice = self.notice()
        notice.with_user(self.lead).action_sign()
        purchaser = new_test_user(
            self.env,
            "notice-purchaser",
            "purchase.group_purchase_user",
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
        )
        mine = notice.with_user(purchaser)
        with self.assertRaisesRegex(UserError, "No vendor is known for Carton"):
            mine.action_request_purchase()
        self.carton.seller_ids = [
            Command.create({"partner_id": self.vendor.id, "price": 3})
        ]
        mine.action_request_purchase()
        order = notice.sudo().material_ids.purchase_line_ids.order_id
        self.assertEqual(order.partner_id, self.vendor)
        self.assertEqual(order.origin, notice.name)
        self.assertEqual(order.order_line.product_qty, 40)
        with self.assertRaisesRegex(UserError, "requested already"):
            mine.action_request_purchase()
        order.button_cancel()
        mine.action_request_purchase()
        with self.assertRaises(AccessError):
            mine.date_due = "2030-01-01"

    def transfer(self, slip, kind, notice, product, quantity):
        own = self.env.ref(f"vas_logistics.slip_type_{slip}")
        own.role_ids.user_ids = False
        own.four_eyes = False
        own.picking_type_ids |= kind
        picking = self.env["stock.picking"].create(
            {
                "picking_type_id": kind.id,
                "vas_notice_id": notice.id,
                "location_id": kind.default_location_src_id.id,
                "location_dest_id": kind.default_location_dest_id.id,
                "move_ids": [
                    Command.create(
                        {
                            "product_id": product.id,
                            "product_uom_qty": quantity,
                            "location_id": kind.default_location_src_id.id,
                            "location_dest_id": kind.default_location_dest_id.id,
                        }
                    )
                ],
            }
        )
        picking.action_confirm()
        picking.move_ids.write({"quantity": quantity, "picked": True})
        return picking

    def issue(self, picking):
        while picking.vas_missing_signatures:
            picking.action_vas_sign()
        picking._action_done()

    def statuses(self, notice):
        self.env.flush_all()
        self.env.invalidate_all()
        return [
            (line.document_id.kind, line.status) for line in notice.sudo().trail_ids
        ]

    def test_six_steps_and_their_documents(self):
        """Which document of which step is there, from real transfers (DOC-09)."""
        notice = self.notice()
        steps = notice.sudo().trail_ids.step_id.mapped("name")
        self.assertEqual(len(steps), 6)
        self.assertEqual(
            self.statuses(notice),
            [
                ("notice", "open"),
                ("material", "open"),
                ("slip", "missing"),
                ("equipment", "missing"),
                ("made", "missing"),
                ("cost", "missing"),
                ("slip", "missing"),
                ("slip", "missing"),
                ("gate", "missing"),
            ],
        )
        notice.with_user(self.lead).action_sign()
        draw = self.warehouse.int_type_id
        slip = self.transfer("picking", draw, notice, self.tape, 50)
        self.assertIn(("slip", "open"), self.statuses(notice))
        self.tape.with_company(self.company).standard_price = 2
        self.issue(slip)
        notice.equipment_ready = True
        notice.action_start()
        with self.assertRaisesRegex(AccessError, "Accounting calculates"):
            notice.action_cost()
        accountant = new_test_user(
            self.env,
            "notice-accountant",
            "account.group_account_invoice,vas_logistics.group_vas_logistics_user",
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
        )
        notice.with_user(accountant).action_cost()
        self.assertEqual((notice.cost_amount, notice.cost_user_id), (100, accountant))
        notice.action_done()
        receipt = self.warehouse.in_type_id
        receipt.default_location_src_id = self.env.ref("stock.stock_location_suppliers")
        self.issue(self.transfer("stock_in", receipt, notice, self.box, 100))
        shipping = self.warehouse.out_type_id
        shipping.default_location_dest_id = self.env.ref(
            "stock.stock_location_customers"
        )
        sold = self.transfer("sales", shipping, notice, self.box, 40)
        self.issue(sold)
        self.assertEqual(self.statuses(notice)[-1], ("gate", "missing"))
        line = notice.sudo().trail_ids[-2]
        self.assertEqual(line.reference, sold.vas_slip_number)
        self.env["vas.gate.release"].create(
            {
                "picking_id": sold.id,
                "counted": 40,
                "slip_kept": True,
                "sales_slip_seen": True,
            }
        )
        self.assertEqual({status for _kind, status in self.statuses(notice)}, {"there"})
        self.assertEqual(notice.with_user(accountant).documents_there, "9 of 9")
        notice.sudo().write({"state": "cancelled"})
        self.assertFalse(self.statuses(notice))

    def test_documents_are_counted_in_one_query(self):
        notices = self.notice() | self.notice() | self.notice()

        def queries(some):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            some.mapped("documents_there")
            return self.env.cr.sql_log_count - before

        queries(notices)
        self.assertEqual(queries(notices), queries(notices[:1]))

    def test_a_slip_document_names_its_slips(self):
        step = self.env.ref("vas_logistics.base_step_2")
        with self.assertRaisesRegex(ValidationError, "choose the slips"):
            step.document_ids = [Command.create({"name": "Other slip"})]

    def test_three_copies(self):
        report = self.env["ir.actions.report"].with_context(force_report_rendering=True)
        content, _kind = report._render_qweb_pdf(
            "vas_logistics.report_production_notice", self.notice().ids
        )
        pages = pdf.OdooPdfFileReader(BytesIO(content)).pages
        self.assertEqual(len(pages), 3)

    def test_form(self):
        form = Form(self.env["vas.production.notice"].with_user(self.planner))
        self.assertEqual(form.warehouse_id, self.warehouse)
        self.assertEqual(form.slip_type_id, self.slip)

    def test_stock_is_read_at_once(self):
        def count(notices):
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            notices.material_ids.mapped("to_buy")
            return self.env.cr.sql_log_count - before

        one = self.notice()
        many = one | self.notice() | self.notice() | self.notice()
        self.env.flush_all()
        count(one)  # rules of the user are cached
        self.assertEqual(count(many), count(one))
