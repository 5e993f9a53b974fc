"""One order, five ways in: portal, counter, file, interface, sale (ORD-01, ORD-02)."""

from datetime import datetime

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import Form, HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from ..models.stock_picking_consignee import Receiver
from .common import DAY
from .order_common import OrderCommon

CLINIC = ("Clinic", "021 5550 2047", "Huaihai Rd 918")


class WaysCommon(OrderCommon):
    def order_of(self, result):
        self.assertEqual(result["status"], "created", result)
        return self.env["stock.picking"].browse(result["id"])

    def address(self, name, shipper=None, **values):
        return self.env["res.partner"].create(
            {
                "name": name,
                "type": "delivery",
                "parent_id": (shipper or self.shipper1).id,
                **values,
            }
        )

    def assert_clinic(self, order, shipper=None):
        """The order goes to the clinic, an address of its shipper."""
        partner = order.partner_id
        self.assertEqual((partner.name, partner.phone, partner.street), CLINIC)
        self.assertEqual(partner.commercial_partner_id, shipper or self.shipper1)
        self.assertEqual(order.vas_consignee, "Clinic")


@tagged("post_install", "-at_install")
class TestConsignee(WaysCommon):
    def clinic_row(self, **values):
        keys = ("consignee", "consignee_phone", "consignee_address")
        return self.row(**dict(zip(keys, CLINIC, strict=True)), **values)

    def test_interface_makes_and_recognises(self):
        first, second = self.place(self.clinic_row(), self.clinic_row())
        order = self.order_of(first)
        self.assert_clinic(order)
        self.assertEqual(order.partner_id.type, "delivery")
        self.assertEqual(self.order_of(second).partner_id, order.partner_id)
        [third] = self.place(self.row(consignee=" Clinic"))
        self.assertEqual(self.order_of(third).partner_id, order.partner_id)
        # Another shipper's receiver is another address.
        [fourth] = self.place(self.clinic_row(shipper=self.shipper2.name))
        self.assert_clinic(self.order_of(fourth), self.shipper2)
        self.assertNotEqual(self.order_of(fourth).partner_id, order.partner_id)

    def test_receiver_of_an_earlier_order_is_known(self):
        """One that is not an address of the shipper, but was named by the office."""
        market = self.env["res.partner"].create({"name": "Market", "is_company": True})
        self.order(self.shipper1, self.a, self.c, 1, 1, partner_id=market.id)
        [mine, other] = self.place(
            self.row(consignee="Market"),
            self.row(consignee="Market", shipper=self.shipper2.name),
        )
        self.assertEqual(self.order_of(mine).partner_id, market)
        self.assertEqual(other["status"], "refused")

    def test_refusals_name_the_field(self):
        self.address("Yard", phone="111 2222 3333")
        self.address("Yard", phone="111 2222 4444")
        results = self.place(
            self.row(consignee="Nobody"),
            self.row(consignee="Yard"),
            self.row(consignee_phone="5550 2047"),
            self.row(consignee="Yard", consignee_phone="111 2222 4444"),
        )
        self.assertIn("Consignee: “Nobody” is not known", results[0]["message"])
        self.assertIn("several addresses named “Yard”", results[1]["message"])
        self.assertIn("Please fill in Consignee.", results[2]["message"])
        self.assertEqual(self.order_of(results[3]).partner_id.phone, "111 2222 4444")

    def test_counter(self):
        """The clerk has no rights on contacts."""
        clerk = new_test_user(
            self.env,
            "ways-clerk",
            "vas_logistics.group_vas_logistics_officer",
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
        )
        orders = self.env["stock.picking"].with_user(clerk)
        view = "vas_logistics.stock_picking_view_form_counter"
        with Form(orders.with_context(vas_transport_order=True), view) as form:
            form.owner_id = self.shipper1
            form.vas_product_id = self.product
            form.vas_quantity = 3
            form.vas_origin_id = self.a
            form.vas_destination_id = self.b
            form.vas_consignee, form.vas_consignee_phone = CLINIC[:2]
            form.vas_consignee_address = CLINIC[2]
        order = form.save()
        order.action_vas_counter()
        self.assert_clinic(order)
        self.assertEqual(order.move_ids.product_id, self.product)
        self.assertEqual((order.vas_kg, order.vas_m3), (300, 1.5))

    def test_twin_is_named_while_typing(self):
        known = self.order(self.shipper1, self.a, self.c, 1, 1, vas_customer_ref="T-1")
        orders = self.env["stock.picking"].with_context(vas_transport_order=True)
        order = orders.new(
            {
                "picking_type_id": self.type.id,
                "owner_id": self.shipper1.id,
                "vas_customer_ref": " T-1 ",
            }
        )
        warning = order._onchange_vas_customer_ref()["warning"]
        self.assertIn(known.name, warning["message"])
        order.owner_id = self.shipper2
        self.assertFalse(order._onchange_vas_customer_ref())

    def load(self, text):
        """A file as the import screen reads it, headings matched by themselves."""
        importer = self.env["base_import.import"].with_context(vas_transport_order=True)
        importer = importer.create(
            {
                "res_model": "stock.picking",
                "file": text.encode(),
                "file_type": "text/csv",
            }
        )
        options = {"has_headers": True, "quoting": '"', "separator": ","}
        preview = importer.parse_preview(options)
        fields = [
            "/".join(preview["matches"].get(column, [])) or False
            for column in range(len(preview["headers"]))
        ]
        self.assertNotIn(False, fields, preview["headers"])
        return importer.execute_import(fields, preview["headers"], options)

    def test_file(self):
        heads = "Shipper,Origin,Destination,Goods,Pieces,Declared Weight (kg),"
        heads += "Consignee,Consignee Phone,Consignee Address,Customer Reference"
        line = "Shipper 1,A,C,Tea,5,100,{},{},{},".format(*CLINIC)
        result = self.load(f"{heads}\n{line}F-1\n{line}F-2\n")
        self.assertFalse(result["messages"], result["messages"])
        orders = self.env["stock.picking"].browse(result["ids"])
        self.assertEqual(len(orders), 2)
        self.assertEqual(len(orders.partner_id), 1)
        self.assert_clinic(orders[0])
        bad = "Shipper 1,A,C,Tea,5,100,Nobody,,,F-3"
        result = self.load(f"{heads}\n{line}F-4\n{bad}\n")
        self.assertFalse(result["ids"])
        [message] = [text for text in result["messages"] if text["type"] == "error"]
        self.assertIn("Consignee: “Nobody” is not known", message["message"])
        self.assertEqual(message["record"], 1)

    def test_file_with_a_known_reference(self):
        heads = "Shipper,Origin,Destination,Goods,Pieces,Declared Weight (kg),"
        heads += "Customer Reference"
        line = "Shipper 1,A,C,Tea,5,100,F-9"
        self.assertTrue(self.load(f"{heads}\n{line}\n")["ids"])
        with mute_logger("odoo.sql_db"):
            result = self.load(f"{heads}\n{line}\n")
        self.assertFalse(result["ids"])
        self.assertIn("customer reference", result["messages"][0]["message"])

    def test_file_without_goods_or_pieces(self):
        heads = "Shipper,Origin,Destination,Goods,Pieces,Declared Weight (kg)"
        result = self.load(f"{heads}\nShipper 1,A,C,Tea,,100\nShipper 1,A,C,,5,100\n")
        self.assertFalse(result["ids"])
        texts = [message["message"] for message in result["messages"]]
        self.assertIn("Pieces", texts[0])
        self.assertIn("Goods", texts[1])

    def test_sale(self):
        clinic = self.address("Clinic", phone=CLINIC[1], street=CLINIC[2])
        values = {
            "partner_id": self.shipper1.id,
            "company_id": self.company.id,
            "vas_is_transport": True,
            "vas_origin_id": self.a.id,
            "vas_destination_id": self.c.id,
            "vas_product_id": self.product.id,
            "vas_quantity": 4,
            "client_order_ref": "S-1",
        }
        sales = self.env["sale.order"].create(
            [
                {**values, "partner_shipping_id": clinic.id},
                {**values, "partner_shipping_id": self.shipper1.id},
            ]
        )
        sales[0].action_confirm()
        order = sales[0].vas_transport_ids
        self.assert_clinic(order)
        self.assertEqual((order.vas_quantity, order.vas_kg), (4, 400))
        with self.assertRaisesRegex(UserError, f"{sales[1].name}.*{order.name}.*S-1"):
            sales[1].action_confirm()
        self.assertEqual(sales[1].state, "draft")
        sales[1].client_order_ref = "S-2"
        sales[1].action_confirm()
        # Sold without another address: fetched at the outlet.
        self.assertFalse(sales[1].vas_transport_ids.partner_id)

    def test_many_receivers_in_the_same_queries(self):
        """Setting the receivers of 1 or 50 orders that the shipper has named before."""
        names = [f"Receiver {number}" for number in range(50)]
        self.env["res.partner"].create(
            [
                {"name": name, "type": "delivery", "parent_id": self.shipper1.id}
                for name in names
            ]
        )
        kind = self.env["stock.picking"]

        def queries(count):
            wanted = [Receiver(self.shipper1, name, "", "") for name in names[:count]]
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            found = kind._find_vas_consignees(self.company, wanted)
            self.assertEqual(len(set(found.values())), count)
            return self.env.cr.sql_log_count - before

        self.assertEqual(queries(1), queries(50))

    def test_product_says_goods_and_load(self):
        self.product.default_code = "CRATE"
        row = self.row(product="CRATE")
        for name in ("goods", "kg", "m3"):
            row.pop(name)
        order = self.order_of(self.place(row)[0])
        self.assertEqual(order.move_ids.product_id, self.product)
        self.assertEqual((order.vas_kg, order.vas_m3), (1200, 6))
        self.assertIn("Crate", order._get_vas_goods())
        [bad] = self.place({**row, "product": "Box"})
        self.assertIn("Product of the Goods: “Box” is not known", bad["message"])


@tagged("post_install", "-at_install")
class TestConsigneeInPortal(WaysCommon, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        buyer = cls.env["res.partner"].create(
            {"name": "Buyer", "parent_id": cls.shipper1.id}
        )
        cls.env["res.users"].create(
            {
                "name": "Portal",
                "login": "ways-portal",
                "password": "ways-portal",
                "tz": "Asia/Shanghai",
                "lang": "en_US",
                "partner_id": buyer.id,
                "company_id": cls.company.id,
                "company_ids": [Command.set(cls.company.ids)],
                "group_ids": [Command.set(cls.env.ref("base.group_portal").ids)],
            }
        )

    def test_customer_names_a_receiver(self):
        self.order(self.shipper1, self.a, self.c, 1, 1)
        foreign = self.env["product.product"].create({"name": "Foreign"})
        self.address("Secret", self.shipper2)
        self.authenticate("ways-portal", "ways-portal")
        page = self.url_open("/my/transport-orders/new").text
        self.assertIn(f'value="{self.product.id}"', page)
        self.assertNotIn("Secret", page)
        token = page.split('name="csrf_token"')[1].split('value="')[1].split('"')[0]
        form = {
            "csrf_token": token,
            "product": self.product.id,
            "pieces": "2",
            "origin": "A",
            "destination": "C",
            "deliver_from": f"{DAY}T08:00",
            "consignee": CLINIC[0],
            "consignee_phone": CLINIC[1],
            "consignee_address": CLINIC[2],
            "reference": "WAYS",
        }

        def post(**values):
            return self.url_open(
                "/my/transport-orders/new", data={**form, **values}
            ).text

        answer = post()
        order = self.env["stock.picking"].search([("vas_customer_ref", "=", "WAYS")])
        self.assert_clinic(order)
        self.assertEqual((order.vas_kg, order.vas_quantity), (200, 2))
        self.assertEqual(order.vas_deliver_from, datetime(2030, 5, 6))
        self.assertIn("Huaihai Rd 918", answer)
        self.assertIn("Huaihai Rd 918", self.url_open("/my/transport-orders/new").text)
        # Others' receivers and products are unknown here, and the field is named.
        nobody = post(
            reference="", consignee="Secret", consignee_phone="", consignee_address=""
        )
        self.assertIn("Consignee: “Secret” is not known for Shipper 1", nobody)
        self.assertIn(
            "Product of the Goods", post(reference="", product=str(foreign.id))
        )
        self.assertIn("fill in Consignee", post(reference="", consignee=""))
