from odoo.fields import Command
from odoo.tests import HttpCase, new_test_user, tagged

from .common import LogisticsCommon


@tagged("post_install", "-at_install")
class TestUi(LogisticsCommon, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dispatcher = new_test_user(
            cls.env,
            "tour-dispatcher",
            "vas_logistics.group_vas_logistics_officer",
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
            lang="en_US",
        )

    def test_dispatcher_plans_and_accepts(self):
        plan = self.plan(self.example_orders())
        self.start_tour(
            f"/odoo/codelivery-plans/{plan.id}",
            "vas_codelivery",
            login=self.dispatcher.login,
        )
        self.assertEqual(plan.state, "accepted")
        self.assertEqual(plan.proposal_ids.batch_id.state, "in_progress")

    def test_clerk_enters_an_order(self):
        self.shipper1.name = "Tour Shipper"
        county = self.outlet("Tour County", "county")
        town = self.outlet("Tour Town", "town")
        self.start_tour(
            "/odoo/transport-orders",
            "vas_transport_order",
            login=self.dispatcher.login,
        )
        order = self.env["stock.picking"].search(
            [("owner_id", "=", self.shipper1.id)], order="id desc", limit=1
        )
        self.assertEqual(order.vas_origin_id, county)
        self.assertEqual(order.vas_destination_id, town)
        self.assertEqual(order.vas_handler, "outlet")
        self.assertEqual(order.vas_kg, 1200)
