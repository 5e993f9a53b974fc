from odoo import api, fields, models
from odoo.exceptions import ValidationError


class FleetVehicle(models.Model):
    _inherit = "fleet.vehicle"

    vas_carrier_id = fields.Many2one(
        comodel_name="res.partner",
        string="Carrier",
        index="btree_not_null",
        help="Who sends bills for the trips of this vehicle. Empty: an own vehicle.",
    )
    vas_start_outlet_id = fields.Many2one(
        comodel_name="vas.outlet",
        string="Starts At",
        check_company=True,
        index="btree_not_null",
        help="Outlet where the vehicle is at the start of a plan.",
    )
    vas_end_outlet_id = fields.Many2one(
        comodel_name="vas.outlet",
        string="Returns To",
        check_company=True,
        index="btree_not_null",
        help="Empty: the trip may end anywhere.",
    )
    vas_length_m = fields.Float(string="Body Length (m)")
    vas_fixed_cost = fields.Monetary(
        string="Cost per Trip", help="Paid once for each trip, whatever its length."
    )
    vas_cost_per_km = fields.Monetary(string="Cost per km")
    vas_kg_capacity = fields.Float(
        string="Payload (kg)", compute="_compute_vas_capacity"
    )
    vas_m3_capacity = fields.Float(
        string="Loading Volume (m³)", compute="_compute_vas_capacity"
    )
    vas_warning = fields.Char(string="Vehicle Warning", compute="_compute_vas_warning")

    @api.depends("license_plate")
    @api.depends_context("vas_plate_only")
    def _compute_display_name(self):
        result = super()._compute_display_name()
        if self.env.context.get("vas_plate_only"):
            # Where room is scarce: dispatchers and gates know vehicles by their plates.
            for vehicle in self.filtered("license_plate"):
                vehicle.display_name = vehicle.license_plate
        return result

    @api.depends("category_id.weight_capacity", "category_id.volume_capacity")
    def _compute_vas_capacity(self):
        capacities = self.category_id._get_vas_capacities()
        for vehicle in self:
            kg, m3 = capacities.get(vehicle.category_id.id, (0.0, 0.0))
            vehicle.vas_kg_capacity = kg
            vehicle.vas_m3_capacity = m3

    @api.depends(
        "vas_length_m", "category_id.vas_length_min", "category_id.vas_length_max"
    )
    def _compute_vas_warning(self):
        shortest, longest = self._get_vas_length_range()
        for vehicle in self:
            length = vehicle.vas_length_m
            category = vehicle.category_id
            vehicle.vas_warning = False
            if not length:
                continue
            if longest and not shortest <= length <= longest:
                vehicle.vas_warning = self.env._(
                    "A body of %(length)s m is outside the range of all vehicle "
                    "classes (%(shortest)s to %(longest)s m).",
                    length=length,
                    shortest=shortest,
                    longest=longest,
                )
            elif category.vas_length_max and not (
                category.vas_length_min <= length <= category.vas_length_max
            ):
                vehicle.vas_warning = self.env._(
                    "A body of %(length)s m does not belong to class %(name)s "
                    "(%(shortest)s to %(longest)s m).",
                    length=length,
                    name=category.name,
                    shortest=category.vas_length_min,
                    longest=category.vas_length_max,
                )

    @api.model
    def _get_vas_length_range(self):
        """Shortest and longest body over all vehicle classes that say one (FLT-01)."""
        ((shortest, longest),) = self.env["fleet.vehicle.model.category"]._read_group(
            [("vas_length_max", ">", 0)],
            aggregates=["vas_length_min:min", "vas_length_max:max"],
        )
        return shortest or 0.0, longest or 0.0

    @api.constrains("vas_fixed_cost", "vas_cost_per_km", "vas_length_m")
    def _check_vas_numbers(self):
        for vehicle in self:
            if (
                min(
                    vehicle.vas_fixed_cost,
                    vehicle.vas_cost_per_km,
                    vehicle.vas_length_m,
                )
                < 0
            ):
                raise ValidationError(
                    self.env._(
                        "Vehicle %(name)s: costs and body length must not be negative.",
                        name=vehicle.display_name,
                    )
                )
