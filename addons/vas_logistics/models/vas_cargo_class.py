from odoo import api, fields, models
from odoo.exceptions import ValidationError


class VasCargoClass(models.Model):
    """Class of goods; vehicle classes say which of them they may load (FLT-02)."""

    _name = "vas.cargo.class"
    _description = "Cargo Class"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True)
    sequence = fields.Integer(default=10)
    color = fields.Integer(string="Colour")
    description = fields.Text(translate=True)
    vehicle_category_ids = fields.Many2many(
        comodel_name="fleet.vehicle.model.category",
        relation="vas_cargo_class_vehicle_category_rel",
        column1="cargo_class_id",
        column2="category_id",
        string="Vehicle Classes",
        help="Vehicle classes that may load these goods. A class without any cargo "
        "class loads everything.",
    )
    forbidden_class_ids = fields.Many2many(
        comodel_name="vas.cargo.class",
        relation="vas_cargo_class_forbidden_rel",
        column1="cargo_class_id",
        column2="other_class_id",
        string="Must Not Ride With",
        help="Goods that never share a vehicle with these, whichever of the two names "
        "the other.",
    )
    active = fields.Boolean(default=True)

    _code_uniq = models.UniqueIndex(
        "(code)", "Another cargo class already has this code."
    )

    @api.constrains("forbidden_class_ids")
    def _check_forbidden(self):
        for cargo_class in self:
            if cargo_class in cargo_class.forbidden_class_ids:
                raise ValidationError(
                    self.env._(
                        "Cargo class %(name)s: a class cannot be forbidden to ride "
                        "with itself.",
                        name=cargo_class.name,
                    )
                )

    @api.model
    def _get_forbidden_pairs(self):
        """Pairs of class ids that must not share a vehicle, whoever names the other.

        :return: frozenset of frozensets of two string ids
        """
        return frozenset(
            frozenset((str(one.id), str(other.id)))
            for one in self.search([("forbidden_class_ids", "!=", False)])
            for other in one.forbidden_class_ids
        )
