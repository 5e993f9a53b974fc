from odoo.tests import tagged

from .common import LogisticsCommon


@tagged("post_install", "-at_install")
class TestWords(LogisticsCommon):
    """What a person reads where core would say something else."""

    def test_empty_lists_of_transport_orders_speak_of_them(self):
        action = self.env.ref("vas_logistics.stock_picking_action_transport_outlet")
        self.assertIn("Your outlet has no open orders", action.read()[0]["help"])

    def test_a_vehicle_class_says_its_capacities(self):
        kind = self.env["fleet.vehicle.model.category"].create(
            {"name": "Box truck", "weight_capacity": 12000, "volume_capacity": 60}
        )
        units = kind.weight_capacity_uom_name, kind.volume_capacity_uom_name
        self.assertEqual(
            kind.display_name,
            f"Box truck (12,000 {units[0]} · 60 {units[1]})",
        )
        kind.volume_capacity = 0
        self.assertEqual(kind.display_name, f"Box truck (12,000 {units[0]})")
        short = kind.with_context(vas_name_only=True)
        self.assertEqual(short.display_name, "Box truck")
        kind.write({"weight_capacity": 0})
        self.assertEqual(kind.display_name, "Box truck")

    def test_narrow_columns_name_vehicles_by_their_plates(self):
        self.assertIn("/", self.v1.display_name)
        short = self.v1.with_context(vas_plate_only=True)
        self.assertEqual(short.display_name, self.v1.license_plate)
        short.license_plate = False
        self.assertIn("/", short.display_name)
