from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools.misc import formatLang


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

    @api.depends("name", "weight_capacity", "volume_capacity")
    @api.depends_context("lang", "vas_name_only")
    def _compute_display_name(self):
        """Name with capacities as a person reads them; the name alone in lists of many.

        Core writes plain numbers of the database and, in some languages, nothing
        between the two capacities.
        """
        for category in self:
            category.display_name = category.name
            if not self.env.context.get("vas_name_only"):
                category.display_name = category._get_vas_long_name()

    def _get_vas_long_name(self):
        self.ensure_one()
        capacities = [
            f"{formatLang(self.env, value, digits=0)} {unit}"
            for value, unit in (
                (self.weight_capacity, self.weight_capacity_uom_name),
                (self.volume_capacity, self.volume_capacity_uom_name),
            )
            if value
        ]
        if not capacities:
            return self.name
        return self.env._(
            "%(vehicle_class)s (%(capacities)s)",
            vehicle_class=self.name,
            capacities=" · ".join(capacities),
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
