from datetime import timedelta

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .test_trip_road import RoadCommon


@tagged("post_install", "-at_install")
class TestDashboard(RoadCommon):
    """A tile counts exactly what its list shows, with the reader's own rights."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user, cls.admin = (
            new_test_user(
                cls.env,
                f"tile-{role}",
                f"vas_logistics.group_vas_logistics_{role}",
                company_id=cls.company.id,
                company_ids=[Command.set(cls.company.ids)],
            )
            for role in ("user", "admin")
        )

    def tile(self, code, user=None):
        tile = self.env.ref(f"vas_logistics.tile_{code}")
        tile.invalidate_recordset()
        return tile.with_user(user or self.user)

    def test_tiles_count_what_their_lists_show(self):
        self.drive()
        self.report(
            "problem",
            self.c,
            self.second,
            reason=self.env.ref("vas_logistics.delivery_reason_refused").id,
            note="Wet",
        )
        open_order = self.order(
            self.shipper1, self.a, self.c, 1, 1, vas_deliver_to="2020-01-01 00:00:00"
        )
        open_order.action_confirm()
        for code, expected in (
            ("late", open_order),
            ("unplanned", open_order),
            ("returning", self.second),
        ):
            tile = self.tile(code)
            self.assertEqual(tile.value, len(expected), code)
            action = tile.action_open()
            found = self.env[action["res_model"]].with_user(self.user)
            self.assertEqual(found.search(action["domain"]), expected, code)
        self.assertEqual(self.tile("late").verdict, "bad")
        self.assertEqual(self.tile("feedback").verdict, "good")
        self.assertEqual(self.tile("unplanned").verdict, "none", "no target")

    def test_load_rate_is_a_percent_with_target(self):
        tile = self.tile("load")
        self.assertEqual(tile.value_text, "No data")
        self.trip.scheduled_date = self.env.cr.now() - timedelta(days=1)
        tile = self.tile("load")
        self.assertAlmostEqual(tile.value, 100 * self.trip.vas_load_rate)
        self.assertEqual(tile.value_text, "83.3 %")
        self.assertEqual(tile.target_text, "80.0 %")
        self.assertEqual(tile.verdict, "good")

    def test_every_tile_opens_for_its_reader(self):
        tiles = self.env["vas.desk.tile"].search([("area", "=", "logistics")])
        self.assertLessEqual(len(tiles), 8, "more than eight is no overview")
        for tile in tiles.with_user(self.user):
            self.assertTrue(tile.period, tile.name)
            self.assertNotIn("no longer fits", tile.value_text)
            action = tile.action_open()
            count = self.env[action["res_model"]].with_user(self.user)
            number = count.search_count(action["domain"])
            if not tile.with_user(self.admin).measure_field_id:
                self.assertEqual(tile.value, number, tile.name)

    def test_each_dashboard_has_its_own_tiles(self):
        mine = self.env["vas.desk.tile"].with_user(self.user)
        self.assertEqual(set(mine.search([]).mapped("area")), {"logistics"})
        with self.assertRaises(AccessError):
            self.tile("late").target = 5
        self.tile("late", self.admin).target = 5
        self.assertEqual(self.tile("late").target, 5)
