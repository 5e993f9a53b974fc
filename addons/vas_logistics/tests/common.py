from odoo.fields import Command

from odoo.addons.base.tests.common import BaseCommon

DAY = "2030-05-06"


class LogisticsCommon(BaseCommon):
    """Three cities on one road, two trucks, and verbs to make orders and plans."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env["res.company"].create({"name": "Test Carrier"})
        cls.env.user.company_ids |= cls.company
        cls.env.user.company_id = cls.company
        # Messages are compared in English, whatever language the database speaks.
        cls.env = cls.env(
            context={
                **cls.env.context,
                "allowed_company_ids": cls.company.ids,
                "lang": "en_US",
            }
        )
        cls.level = {
            code: cls.env.ref(f"vas_logistics.outlet_level_{code}")
            for code in ("town", "county", "city", "province")
        }
        cls.profile = cls.env["vas.planning.profile"].create(
            {
                "name": "Test",
                "sequence": 1,
                "company_id": cls.company.id,
                "solver_seconds": 1,
                "background_orders": 20,
                "speed_kmh": 60,
                "horizon_hours": 24,
                "max_load_rate": 1,
                "warning_load_rate": 0.9,
                "share_method": "stand_alone",
                "default_priority": 9,
            }
        )
        cls.company.vas_planning_profile_id = cls.profile
        cls.warehouse = cls.env["stock.warehouse"].search(
            [("company_id", "=", cls.company.id)], limit=1
        ) or cls.env["stock.warehouse"].create(
            {"name": "Test", "code": "TST", "company_id": cls.company.id}
        )
        cls.a, cls.b, cls.c = (cls.outlet(name) for name in "ABC")
        cls.lane(cls.a, cls.b, 100)
        cls.lane(cls.b, cls.c, 100)
        cls.lane(cls.a, cls.c, 200)
        cls.general = cls.env.ref("vas_logistics.cargo_class_general")
        cls.cold = cls.env.ref("vas_logistics.cargo_class_cold")
        cls.truck_class = cls.env["fleet.vehicle.model.category"].create(
            {
                "name": "Test truck 12 t",
                "weight_capacity": 12000,
                "volume_capacity": 60,
                "vas_cargo_class_ids": [Command.set(cls.general.ids)],
            }
        )
        brand = cls.env["fleet.vehicle.model.brand"].create({"name": "Test brand"})
        cls.model = cls.env["fleet.vehicle.model"].create(
            {"name": "Test model", "brand_id": brand.id}
        )
        cls.v1 = cls.vehicle("V1", cls.a)
        cls.v2 = cls.vehicle("V2", cls.b)
        cls.shipper1, cls.shipper2 = cls.env["res.partner"].create(
            [
                {"name": "Shipper 1", "is_company": True},
                {"name": "Shipper 2", "is_company": True},
            ]
        )
        cls.product = cls.env["product.product"].create(
            {"name": "Crate", "type": "consu", "weight": 100, "volume": 0.5}
        )
        cls.type = cls.env["stock.picking.type"]._get_vas_transport_type(cls.company)

    @classmethod
    def outlet(cls, name, level="city", **values):
        location = cls.env["stock.location"].create(
            {
                "name": f"Outlet {name}",
                "usage": "internal",
                "location_id": cls.warehouse.view_location_id.id,
                "company_id": cls.company.id,
            }
        )
        return cls.env["vas.outlet"].create(
            {
                "name": name,
                "code": name,
                "level_id": cls.level[level].id,
                "company_id": cls.company.id,
                "location_id": location.id,
                **values,
            }
        )

    @classmethod
    def lane(cls, origin, destination, km, both=True):
        values = [{"origin_id": origin.id, "destination_id": destination.id}]
        if both:
            values.append({"origin_id": destination.id, "destination_id": origin.id})
        return cls.env["vas.lane"].create(
            [{**pair, "distance_km": km} for pair in values]
        )

    @classmethod
    def vehicle(cls, plate, start, **values):
        driver = cls.env["res.partner"].create({"name": f"Driver {plate}"})
        return cls.env["fleet.vehicle"].create(
            {
                "model_id": cls.model.id,
                "license_plate": plate,
                "category_id": cls.truck_class.id,
                "driver_id": driver.id,
                "company_id": cls.company.id,
                "vas_start_outlet_id": start.id,
                "vas_fixed_cost": 500,
                "vas_cost_per_km": 5,
                **values,
            }
        )

    @classmethod
    def order_values(cls, shipper, origin, destination, kg, m3, **values):
        return {
            "picking_type_id": cls.type.id,
            "owner_id": shipper.id,
            "vas_origin_id": origin.id,
            "vas_destination_id": destination.id,
            "vas_cargo_class_id": cls.general.id,
            "vas_declared_kg": kg,
            "vas_declared_m3": m3,
            "move_ids": [
                Command.create({"product_id": cls.product.id, "product_uom_qty": 10})
            ],
            **values,
        }

    @classmethod
    def order(cls, *args, **values):
        return cls.env["stock.picking"].create(cls.order_values(*args, **values))

    @classmethod
    def calendar(cls, *hours, **values):
        """Opening hours, the same on every day: pairs of hours, in UTC."""
        return cls.env["resource.calendar"].create(
            {
                "name": "Opening hours",
                "tz": "UTC",
                "company_id": cls.company.id,
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
                **values,
            }
        )

    @classmethod
    def example_orders(cls):
        """The 1/2 + 1/3 truck of catalogue COD-03."""
        return cls.order(cls.shipper1, cls.a, cls.c, 6000, 30) | cls.order(
            cls.shipper2, cls.b, cls.c, 4000, 20
        )

    @classmethod
    def plan(cls, orders, vehicles=None, **values):
        return cls.env["vas.codelivery.plan"].create(
            {
                "company_id": cls.company.id,
                "date_start": f"{DAY} 00:00:00",
                "picking_ids": [Command.set(orders.ids)],
                "vehicle_ids": [Command.set((vehicles or cls.v1 | cls.v2).ids)],
                **values,
            }
        )
