"""The driver's page: hours of places, whom to bring goods to, readable in the sun."""

import re
from datetime import datetime

from odoo.fields import Command
from odoo.tests import BaseCase, tagged
from odoo.tools import file_open
from odoo.tools.misc import file_path

from .common import DAY, LogisticsCommon

STYLES = "vas_logistics/static/src/driver/driver_page.css"


@tagged("post_install", "-at_install")
class TestDriverPage(LogisticsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.clinic = cls.env["res.partner"].create(
            {"name": "Clinic", "phone": "021 5550", "street": "Huaihai Rd 918"}
        )
        cls.orders = cls.order(
            cls.shipper1, cls.a, cls.c, 500, 2, partner_id=cls.clinic.id
        )
        cls.orders |= cls.order(cls.shipper2, cls.a, cls.c, 500, 2)
        cls.orders.action_confirm()
        cls.orders.vas_planned_arrival = f"{DAY} 10:00:00"
        cls.trip = cls.env["stock.picking.batch"].create(
            {
                "company_id": cls.company.id,
                "vehicle_id": cls.v1.id,
                "driver_id": cls.v1.driver_id.id,
                "picking_ids": [Command.set(cls.orders.ids)],
            }
        )
        cls.trip.action_confirm()

    def calendar(self, *hours):
        return self.env["resource.calendar"].create(
            {
                "name": "Hours",
                "tz": "Asia/Shanghai",
                "company_id": self.company.id,
                "attendance_ids": [
                    Command.create(
                        {
                            "name": f"{day}",
                            "dayofweek": str(day),
                            "hour_from": first,
                            "hour_to": last,
                        }
                    )
                    for day in range(7)
                    for first, last in hours
                ],
            }
        )

    def test_hours_and_receiver_of_each_stop(self):
        page = self.trip._get_vas_page()
        self.assertFalse(any(stop["hours"] for stop in page["stops"]))
        self.c.calendar_id = self.calendar((8, 12), (13, 17))
        self.clinic.with_company(self.company).vas_calendar_id = self.calendar((9, 11))
        page = self.trip._get_vas_page()
        first, last = page["stops"]
        self.assertIsNone(first["hours"])
        # 08:00 to 12:00 and 13:00 to 17:00 in Shanghai on the day of the arrival
        self.assertIn([f"{DAY} 00:00:00", f"{DAY} 04:00:00"], last["hours"])
        self.assertIn([f"{DAY} 05:00:00", f"{DAY} 09:00:00"], last["hours"])
        places = {order["id"]: order["place"] for order in last["deliveries"]}
        self.assertIsNone(places[self.orders[1].id])
        place = places[self.orders[0].id]
        self.assertEqual((place["name"], place["phone"]), ("Clinic", "021 5550"))
        self.assertIn("Huaihai Rd 918", place["address"])
        self.assertIn([f"{DAY} 01:00:00", f"{DAY} 03:00:00"], place["hours"])
        # Today is always among them: the driver may be early or late.
        today = datetime.now().date()
        self.assertLessEqual(datetime.fromisoformat(place["hours"][0][0]).date(), today)

    def test_pickup_address_is_named_where_goods_are_loaded(self):
        yard = self.env["res.partner"].create({"name": "Yard"})
        self.orders[0].vas_pickup_partner_id = yard
        first = self.trip._get_vas_page()["stops"][0]
        names = [
            order["place"] and order["place"]["name"] for order in first["pickups"]
        ]
        self.assertEqual(sorted(map(str, names)), ["None", "Yard"])

    def test_more_orders_cost_no_more_queries_for_hours(self):
        self.clinic.with_company(self.company).vas_calendar_id = self.calendar((9, 11))

        def queries(orders):
            stops = [
                {
                    "outlet": self.c,
                    "arrival": False,
                    "pickups": self.orders.browse(),
                    "deliveries": orders,
                }
            ]
            orders.mapped("partner_id")
            self.env["resource.calendar"].invalidate_model()
            before = self.env.cr.sql_log_count
            self.trip._get_vas_page_hours(stops)
            return self.env.cr.sql_log_count - before

        others = self.env["stock.picking"].create(
            [
                self.order_values(
                    *(self.shipper1, self.a, self.c, 1, 1), partner_id=self.clinic.id
                )
                for _number in range(30)
            ]
        )
        queries(self.orders)
        self.assertEqual(queries(self.orders), queries(self.orders | others))


class TestDriverStyles(BaseCase):
    """Screens of the road are read in the sun: 7 to 1, and letters of 16 px."""

    # Text and what it is printed on, as in the style sheet.
    PAIRS = (
        ("--ink", "--paper"),
        ("--ink", "--soft"),
        ("--bad", "--paper"),
        ("--bad", "--soft"),
        ("--good", "--paper"),
        ("--paper", "--main"),
        ("#3c454e", "--paper"),
        ("#ffd2cc", "#1b1f24"),
        ("#3d2f00", "#fff3c4"),
    )

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        with file_open(file_path(STYLES)) as sheet:
            cls.text = sheet.read()
        cls.colours = dict(re.findall(r"(--\w+): (#\w{6});", cls.text))

    def light(self, colour):
        """Relative luminance of a colour (WCAG 2)."""
        code = self.colours.get(colour, colour)
        parts = [int(code[place : place + 2], 16) / 255 for place in (1, 3, 5)]
        red, green, blue = (
            part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
            for part in parts
        )
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    def test_contrast(self):
        for text, ground in self.PAIRS:
            with self.subTest(text=text, ground=ground):
                dark, bright = sorted((self.light(text), self.light(ground)))
                self.assertGreaterEqual((bright + 0.05) / (dark + 0.05), 7)
        # Every colour of text is among the pairs, and nothing is made paler.
        used = set(
            re.findall(r"(?<![-\w])color: (?:var\()?(--\w+|#\w+)\)?;", self.text)
        )
        known = {pair[0] for pair in self.PAIRS} | {"#fff"}
        self.assertLessEqual(used, known)
        self.assertNotIn("opacity", self.text)

    def test_sizes(self):
        sizes = [
            int(size) for size in re.findall(r"font(?:-size)?: (\d+)px", self.text)
        ]
        self.assertGreaterEqual(min(sizes), 16)
        heights = re.findall(r"min-height: (\d+)px", self.text)
        self.assertGreaterEqual(min(map(int, heights)), 48)
