from odoo import api, fields, models
from odoo.exceptions import ValidationError


class FleetVehicleModelCategory(models.Model):
    """Vehicle class: body length, capacity and the cargo it may load (FLT-01, 02)."""

    _inherit = "fleet.vehicle.model.category"

    vas_length_min = fields.Float(string="Shortest Body (m)")
    vas_length_max = fields.Float(string="Longest Body (m)")
    vas_cargo_class_ids = fields.Many2many(
        comodel_name="vas.cargo.class",
        relation="vas_cargo_class_vehicle_category_rel",
        column1="category_id",
        column2="cargo_class_id",
        string="Cargo Classes",
        help="Goods that these vehicles may load. Empty: all goods.",
    )

    @api.constrains(
        "vas_length_min", "vas_length_max", "weight_capacity", "volume_capacity"
    )
    def _check_vas_numbers(self):
        for category in self:
            if category.vas_length_min > category.vas_length_max:
                raise ValidationError(
                    self.env._(
                        "Vehicle class %(name)s: the shortest body must not be longer "
                        "than the longest.",
                        name=category.name,
                    )
                )
            if (
                category.vas_length_min < 0
                or category.weight_capacity < 0
                or category.volume_capacity < 0
            ):
                raise ValidationError(
                    self.env._(
                        "Vehicle class %(name)s: length, weight and volume must not be "
                        "negative.",
                        name=category.name,
                    )
                )

    def _get_vas_capacities(self):
        """Capacity in kg and m³ whatever units the database displays.

        :return: ``{category id: (kg, m3)}``
        """
        to_kg, to_m3 = self.env["product.template"]._get_vas_unit_factors()
        return {
            category.id: (
                category.weight_capacity * to_kg,
                category.volume_capacity * to_m3,
            )
            for category in self
        }
