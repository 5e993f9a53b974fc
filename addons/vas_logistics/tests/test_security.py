from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .common import LogisticsCommon


@tagged("post_install", "-at_install")
class TestSecurity(LogisticsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        groups = {
            "user": "vas_logistics.group_vas_logistics_user",
            "officer": "vas_logistics.group_vas_logistics_officer",
            "manager": "vas_logistics.group_vas_logistics_manager",
            "admin": "vas_logistics.group_vas_logistics_admin",
            "nobody": "base.group_user",
        }
        cls.users = {
            role: new_test_user(
                cls.env,
                f"logistics-{role}",
                group,
                company_id=cls.company.id,
                company_ids=[Command.set(cls.company.ids)],
            )
            for role, group in groups.items()
        }
        cls.orders = cls.example_orders()

    def by(self, record, role):
        return record.with_user(self.users[role])

    def test_nobody_sees_nothing(self):
        for name in (
            "vas.outlet",
            "vas.lane",
            "vas.codelivery.plan",
            "vas.cargo.class",
        ):
            with self.assertRaises(AccessError):
                self.by(self.env[name], "nobody").search([])

    def test_user_reads_and_does_not_write(self):
        lane = self.env["vas.lane"].search([("origin_id", "=", self.a.id)], limit=1)
        plan = self.plan(self.orders)
        for record, values in (
            (lane, {"distance_km": 1}),
            (self.v1, {"vas_cost_per_km": 1}),
            (self.a, {"name": "X"}),
            (self.orders[0], {"vas_declared_kg": 1}),
            (plan, {"date_start": "2030-01-01"}),
        ):
            self.by(record, "user").check_access("read")
            with self.assertRaises(AccessError):
                self.by(record, "user").write(values)
        for action in ("action_plan", "action_accept", "action_cancel"):
            with self.assertRaises(AccessError):
                getattr(self.by(plan, "user"), action)()
        with self.assertRaises(AccessError):
            self.by(self.orders, "user").action_vas_feedback()

    def test_officer_dispatches_but_changes_no_rules(self):
        plan = self.by(self.plan(self.orders), "officer")
        plan.action_plan()
        plan.action_accept()
        self.assertEqual(plan.state, "accepted")
        lane = self.env["vas.lane"].search([("origin_id", "=", self.a.id)], limit=1)
        for record, values in (
            (lane, {"distance_km": 1}),
            (self.v1, {"vas_fixed_cost": 1}),
            (self.truck_class, {"weight_capacity": 1}),
            (self.profile, {"solver_seconds": 9}),
            (self.level["city"], {"handler": "outlet"}),
        ):
            with self.assertRaises(AccessError):
                self.by(record, "officer").write(values)
        with self.assertRaises(AccessError):
            plan.unlink()

    def test_manager_keeps_the_network_admin_the_rules(self):
        lane = self.env["vas.lane"].search([("origin_id", "=", self.a.id)], limit=1)
        self.by(lane, "manager").distance_km = 101
        with self.assertRaises(AccessError):
            self.by(lane, "manager").unlink()
        with self.assertRaises(AccessError):
            self.by(self.level["city"], "manager").handler = "outlet"
        routing = self.env.ref("vas_logistics.routing_level_city_city")
        self.by(routing, "admin").handler = "outlet"
        self.by(self.profile, "admin").solver_seconds = 9
        self.by(self.truck_class, "admin").weight_capacity = 9000

    def test_the_order_form_opens_for_every_role(self):
        """Everything that the form reads is allowed, to the last related field."""
        view = self.env.ref("vas_logistics.stock_picking_view_form_transport")
        for role in ("user", "officer", "manager", "admin"):
            order = self.by(self.orders[0], role).with_context(vas_transport_order=True)
            fields = order.get_view(view.id)["models"]["stock.picking"]
            self.env.invalidate_all()
            order.web_read({name: {} for name in fields})

    def test_the_vehicle_forms_open(self):
        """Our form for everybody, the form of the fleet for those who dispatch."""
        ours = self.env.ref("vas_logistics.fleet_vehicle_view_form_vas")
        fleet = self.env.ref("fleet.fleet_vehicle_view_form")
        for role, view in (
            ("user", ours),
            ("officer", ours),
            ("officer", fleet),
            ("manager", fleet),
        ):
            vehicle = self.by(self.v1, role)
            fields = vehicle.get_view(view.id)["models"]["fleet.vehicle"]
            self.env.invalidate_all()
            vehicle.web_read({name: {} for name in fields})

    def test_other_company_is_invisible(self):
        other = self.env["res.company"].create({"name": "Second Carrier"})
        user = new_test_user(
            self.env,
            "logistics-other",
            "vas_logistics.group_vas_logistics_admin",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        plan = self.plan(self.orders)
        plan.action_plan()
        records = (
            plan,
            plan.proposal_ids,
            plan.proposal_ids.stop_ids,
            plan.proposal_ids.share_ids,
            self.a,
            self.a.lane_out_ids,
            self.orders,
            self.v1,
            self.profile,
        )
        for record in records:
            foreign = record.with_user(user).with_context(allowed_company_ids=other.ids)
            with self.assertRaises(AccessError, msg=record._name):
                foreign.check_access("read")
            found = foreign.search([("id", "in", record.ids)])
            self.assertFalse(found, record._name)

    def test_portal_customer_sees_own_orders_only(self):
        contact = self.env["res.partner"].create(
            {"name": "Buyer", "parent_id": self.shipper1.id}
        )
        user = self.env["res.users"].create(
            {
                "name": "Portal",
                "login": "logistics-portal",
                "partner_id": contact.id,
                "company_id": self.company.id,
                "company_ids": [Command.set(self.company.ids)],
                "group_ids": [Command.set(self.env.ref("base.group_portal").ids)],
            }
        )
        orders = self.env["stock.picking"].with_user(user)
        found = orders.search([("vas_is_transport", "=", True)])
        self.assertEqual(found, self.orders[0])
        with self.assertRaises(AccessError):
            self.orders[1].with_user(user).check_access("read")
        with self.assertRaises(AccessError):
            found.write({"vas_declared_kg": 1})
        with self.assertRaises(AccessError):
            found.read(["vas_priority"])
        with self.assertRaises(AccessError):
            self.env["vas.codelivery.plan"].with_user(user).search([])
