import base64
from datetime import datetime

from psycopg2.errors import UniqueViolation

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from .common import DAY, LogisticsCommon
from .order_common import OrderCommon


@tagged("post_install", "-at_install")
class TestOrderIntake(OrderCommon):
    def order_of(self, result):
        return self.env["stock.picking"].browse(result["id"])

    def test_declared_goods_become_a_line(self):
        """ORD-01: goods in words, pieces, load, ends and times."""
        [result] = self.place(
            self.row(
                reference=" PO-1 ",
                cargo_class=self.general.code,
                pickup_from=f"{DAY}T08:00:00+08:00",
                deliver_until=f"{DAY} 12:00:00",
            )
        )
        self.assertEqual(result["status"], "created", result)
        order = self.order_of(result)
        self.assertEqual(order.name, result["order"])
        self.assertEqual(order.vas_quantity, 12)
        self.assertEqual((order.vas_kg, order.vas_m3), (600, 2.5))
        self.assertEqual(order.vas_customer_ref, "PO-1")
        self.assertEqual(order.vas_pickup_from, datetime(2030, 5, 6))
        self.assertEqual(order.move_ids.product_id, self.type.vas_goods_product_id)
        self.assertEqual(order.vas_status, "waiting")
        order.vas_quantity = 15
        self.assertEqual(order.move_ids.product_uom_qty, 15)

    def test_bad_rows_are_named_and_good_ones_entered(self):
        results = self.place(
            self.row(),
            self.row(origin="Nowhere", kg="heavy"),
            self.row(goods="", pieces=0, kg=0, m3=0),
            self.row(colour="red"),
            self.row(deliver_until="soon"),
            "no row",
        )
        self.assertEqual(
            [result["status"] for result in results], ["created"] + ["refused"] * 5
        )
        self.assertIn("Origin: “Nowhere” is not known", results[1]["message"])
        self.assertIn("Declared Weight", results[1]["message"])
        self.assertIn("Goods, Pieces, Weight or volume", results[2]["message"])
        self.assertIn("colour", results[3]["message"])
        self.assertIn("not a date and time", results[4]["message"])

    def test_row_refused_by_a_rule_leaves_the_others(self):
        results = self.place(
            self.row(reference="R1"), self.row(destination="A"), self.row()
        )
        self.assertEqual(
            [result["status"] for result in results], ["created", "refused", "created"]
        )
        self.assertIn("different outlets", results[1]["message"])

    def test_duplicates_are_recognised(self):
        """Known before, and twice in the same file; another shipper may reuse it."""
        [first] = self.place(self.row(reference="PO-7"))
        results = self.place(
            self.row(reference="PO-7 "),
            self.row(reference="PO-8"),
            self.row(reference="PO-8"),
            self.row(reference="PO-7", shipper=self.shipper2.name),
        )
        self.assertEqual(
            [result["status"] for result in results],
            ["duplicate", "created", "duplicate", "created"],
        )
        self.assertEqual(results[0]["order"], first["order"])
        self.assertEqual(results[2]["order"], results[1]["order"])
        order = self.order_of(first)
        order.action_cancel()
        [again] = self.place(self.row(reference="PO-7"))
        self.assertEqual(again["status"], "created")

    def test_database_refuses_the_second_one(self):
        values = self.order_values(
            self.shipper1, self.a, self.c, 1, 1, vas_customer_ref="X"
        )
        orders = self.env["stock.picking"]
        orders.create(values)
        with mute_logger("odoo.sql_db"), self.assertRaises(UniqueViolation):
            orders.create(values)

    def test_many_rows_cost_the_same_per_row(self):
        self.place(self.row())

        def queries(count):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.place(*(self.row() for _number in range(count)))
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        few, many = queries(2), queries(22)
        # Numbers and messages cost per order; what the rows name is looked up once.
        self.assertLess((many - few) / 20, 40)

    def test_import_names_bad_rows(self):
        orders = self.env["stock.picking"].with_context(vas_transport_order=True)
        result = orders.load(
            ["owner_id", "vas_origin_id", "vas_destination_id", "vas_goods"]
            + ["vas_quantity", "vas_declared_kg"],
            [
                ["Shipper 1", "A", "C", "Crates", "5", "100"],
                ["Shipper 1", "Nowhere", "C", "Crates", "5", "100"],
            ],
        )
        self.assertFalse(result["ids"])
        [message] = [m for m in result["messages"] if m["type"] == "error"]
        self.assertEqual(message["record"], 1)
        self.assertIn("Nowhere", message["message"])
        result = orders.load(
            ["owner_id", "vas_origin_id", "vas_destination_id", "vas_goods"]
            + ["vas_quantity", "vas_declared_kg"],
            [["Shipper 1", "A", "C", "Crates", "5", "100"]],
        )
        order = self.env["stock.picking"].browse(result["ids"])
        self.assertEqual((order.vas_quantity, order.vas_kg), (5, 100))
        self.assertEqual(order.vas_status, "waiting")
        [template] = orders.get_import_templates()
        self.assertIn("transport_orders.xlsx", template["template"])

    def test_incomplete_file_is_refused_whole(self):
        orders = self.env["stock.picking"].with_context(vas_transport_order=True)
        before = orders.search_count([("company_id", "=", self.company.id)])
        result = orders.load(
            ["owner_id", "vas_origin_id", "vas_destination_id", "vas_quantity"]
            + ["vas_declared_kg", "vas_customer_ref", "vas_goods"],
            [
                ["Shipper 1", "A", "C", "5", "100", "F-1", "Tea"],
                ["", "A", "C", "5", "", "F-2", "Tea"],
            ],
        )
        self.assertFalse(result["ids"])
        [message] = result["messages"]
        self.assertEqual(message["record"], 1)
        self.assertIn("fill in Shipper, Weight or volume", message["message"])
        after = orders.search_count([("company_id", "=", self.company.id)])
        self.assertEqual(after, before)

    def test_headings_of_the_template_are_understood(self):
        """In English and in Chinese; *Origin* is not Odoo's source document."""
        for headings, lang in (
            ("Shipper,Origin,Destination,Goods,Pieces,Declared Weight (kg)", "en_US"),
            ("托运人,起点,终点", "en_US"),
        ):
            with self.subTest(headings=headings):
                importer = self.env["base_import.import"].create(
                    {
                        "res_model": "stock.picking",
                        "file": f"{headings}\nShipper 1,A,C,Tea,5,100\n".encode(),
                        "file_type": "text/csv",
                    }
                )
                found = importer.with_context(lang=lang).parse_preview(
                    {"has_headers": True, "quoting": '"', "separator": ","}
                )["matches"]
                self.assertEqual(
                    [found[column] for column in range(3)],
                    [["owner_id"], ["vas_origin_id"], ["vas_destination_id"]],
                )

    def test_counter_form(self):
        """ORD-02: the outlet enters the order of a customer without computer."""
        orders = self.env["stock.picking"].with_context(vas_transport_order=True)
        view = "vas_logistics.stock_picking_view_form_counter"
        with Form(orders, view) as form:
            form.owner_id = self.shipper1
            form.vas_goods = "Tea"
            form.vas_quantity = 3
            form.vas_declared_kg = 90
            form.vas_origin_id = self.a
            form.vas_destination_id = self.b
        order = form.save()
        answer = order.action_vas_counter()
        self.assertIn(order.name, answer["params"]["message"])
        self.assertEqual(order.vas_status, "waiting")

    def test_override_needs_a_reason(self):
        order = self.order(self.shipper1, self.a, self.c, 1, 1)
        self.assertEqual(order.vas_handler, "centre")
        with self.assertRaisesRegex(ValidationError, "reason"):
            order.vas_handler_override = "outlet"
        order.write(
            {"vas_handler_override": "outlet", "vas_override_reason": "Knows the road"}
        )
        self.assertEqual(order.vas_handler, "outlet")
        self.assertIn("Knows the road", order.vas_routing_reason)
        order.vas_handler_override = False
        self.assertEqual(order.vas_handler, "centre")

    def test_rights(self):
        user = new_test_user(
            self.env,
            "intake-user",
            "vas_logistics.group_vas_logistics_user",
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
        )
        with self.assertRaises(AccessError):
            self.env["stock.picking"].with_user(user).vas_place_orders([self.row()])


@tagged("post_install", "-at_install")
class TestTransportSale(LogisticsCommon):
    def sale(self, **values):
        return self.env["sale.order"].create(
            {
                "partner_id": self.shipper1.id,
                "company_id": self.company.id,
                "client_order_ref": "PO-S",
                "vas_is_transport": True,
                "vas_origin_id": self.a.id,
                "vas_destination_id": self.c.id,
                "vas_goods": "Steel",
                "vas_quantity": 4,
                "vas_declared_kg": 4000,
                **values,
            }
        )

    def test_confirming_makes_one_order(self):
        sale = self.sale()
        sale.action_confirm()
        order = sale.vas_transport_ids
        self.assertEqual(len(order), 1)
        self.assertEqual(order.owner_id, self.shipper1)
        self.assertEqual((order.vas_goods, order.vas_quantity), ("Steel", 4))
        self.assertEqual(order.vas_customer_ref, "PO-S")
        self.assertEqual(order.vas_status, "waiting")
        sale._create_vas_transport()
        self.assertEqual(len(sale.vas_transport_ids), 1)
        sale._action_cancel()
        self.assertEqual(order.state, "cancel")

    def test_incomplete_sale_is_refused(self):
        sale = self.sale(vas_destination_id=False, vas_declared_kg=0)
        with self.assertRaisesRegex(UserError, "Destination, Weight or volume"):
            sale.action_confirm()
        self.assertEqual(sale.state, "draft")

    def test_salesperson_sells_without_stock_rights(self):
        user = new_test_user(
            self.env,
            "transport-seller",
            "sales_team.group_sale_salesman",
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
        )
        sale = self.sale(user_id=user.id).with_user(user)
        sale.action_confirm()
        self.assertEqual(sale.vas_transport_count, 1)


@tagged("post_install", "-at_install")
class TestRegionsAndLanes(LogisticsCommon):
    def test_levels_and_outlets_are_trees(self):
        self.assertEqual(self.level["town"].parent_id, self.level["county"])
        county = self.outlet("K", "county", parent_id=self.a.id)
        town = self.outlet("T", "town", parent_id=county.id)
        self.assertEqual(town.region_path, "A / K / T")
        with self.assertRaisesRegex(ValidationError, "cannot belong to itself"):
            county.parent_id = town
        with self.assertRaisesRegex(ValidationError, "higher level"):
            self.outlet("P", "province", parent_id=self.a.id)
        with self.assertRaisesRegex(ValidationError, "rank"):
            self.level["city"].rank = 5
        with self.assertRaises(ValidationError):
            self.level["city"].parent_id = self.level["town"]

    def load(self, text):
        wizard = self.env["vas.lane.import"].create(
            {
                "file": base64.b64encode(text.encode()),
                "file_name": "lanes.csv",
                "company_id": self.company.id,
            }
        )
        wizard.action_import()
        return wizard

    def km(self, origin, destination):
        return (
            self.env["vas.lane"]
            .search(
                [
                    ("origin_id", "=", origin.id),
                    ("destination_id", "=", destination.id),
                ]
            )
            .distance_km
        )

    def test_matrix(self):
        self.outlet("D")
        wizard = self.load(
            ";A;B;D\nA;0;111;50\nB;100;;\nD;;7,5;0\n".replace("7,5", "7.5")
        )
        self.assertEqual((wizard.created, wizard.updated, wizard.unchanged), (2, 1, 1))
        self.assertEqual((self.km(self.a, self.b), self.km(self.b, self.a)), (111, 100))

    def test_list_with_hours(self):
        wizard = self.load("起点,终点,公里,小时\nA,B,120,1.5\n")
        self.assertEqual(wizard.updated, 1)
        lane = self.a.lane_out_ids.filtered(lambda x: x.destination_id == self.b)
        self.assertEqual((lane.distance_km, lane.drive_hours), (120, 1.5))

    def test_bad_file_writes_nothing(self):
        with self.assertRaises(UserError) as caught:
            self.load("origin,destination,km\nA,B,99\nA,Z,5\nB,C,far\nA,A,1\nA,B,98\n")
        for text in ("Row 3", "Z", "Row 4", "far", "Row 5", "Row 6"):
            self.assertIn(text, str(caught.exception))
        self.assertEqual(self.km(self.a, self.b), 100)


@tagged("post_install", "-at_install")
class TestPortal(LogisticsCommon, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        contact = cls.env["res.partner"].create(
            {"name": "Buyer", "parent_id": cls.shipper1.id}
        )
        cls.portal = cls.env["res.users"].create(
            {
                "name": "Portal",
                "login": "transport-portal",
                "password": "transport-portal",
                "tz": "Asia/Shanghai",
                "lang": "en_US",
                "partner_id": contact.id,
                "company_id": cls.company.id,
                "company_ids": [Command.set(cls.company.ids)],
                "group_ids": [Command.set(cls.env.ref("base.group_portal").ids)],
            }
        )

    def post(self, **values):
        page = self.url_open("/my/transport-orders/new").text
        token = page.split('name="csrf_token"')[1].split('value="')[1].split('"')[0]
        return self.url_open(
            "/my/transport-orders/new", data={"csrf_token": token, **values}
        )

    def test_customer_places_and_follows(self):
        self.authenticate("transport-portal", "transport-portal")
        form = {
            "goods": "Bottled water",
            "pieces": "12",
            "kg": "600",
            "origin": "A",
            "destination": "C",
            "reference": "WEB-1",
            "deliver_until": f"{DAY}T18:00",
        }
        answer = self.post(**form)
        order = self.env["stock.picking"].search([("vas_customer_ref", "=", "WEB-1")])
        self.assertEqual(order.owner_id, self.shipper1)
        self.assertEqual(order.company_id, self.company)
        # 18:00 in Shanghai
        self.assertEqual(order.vas_deliver_to, datetime(2030, 5, 6, 10))
        self.assertIn(order.name, answer.text)
        self.assertIn("Waiting for a vehicle", answer.text)
        again = self.post(**form)
        self.assertIn("entered already", again.text)
        self.assertIn(f"/my/transport-orders/{order.id}", again.text)
        bad = self.post(**{**form, "reference": "WEB-2", "pieces": "many", "kg": ""})
        self.assertIn("Pieces: “many” is not a number", bad.text)
        self.assertIn("Weight or volume", bad.text)
        self.assertIn("Bottled water", bad.text)
        listed = self.url_open("/my/transport-orders").text
        self.assertIn(order.name, listed)
        self.assertEqual(
            len(
                self.env["stock.picking"].search([("owner_id", "=", self.shipper1.id)])
            ),
            1,
        )

    def test_orders_of_others_are_not_found(self):
        foreign = self.order(self.shipper2, self.a, self.c, 1, 1)
        self.authenticate("transport-portal", "transport-portal")
        answer = self.url_open(f"/my/transport-orders/{foreign.id}")
        self.assertEqual(answer.status_code, 404)
        self.assertIn("cannot find", answer.text)
        self.assertNotIn(foreign.name, self.url_open("/my/transport-orders").text)
