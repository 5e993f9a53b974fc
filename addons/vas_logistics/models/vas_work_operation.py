from odoo import api, fields, models
from odoo.exceptions import ValidationError


class VasWorkOperation(models.Model):
    """A kind of warehouse work that is counted and paid by the piece (SKP-01).

    Says which finished transfers count and what of them, so that quantities come from
    done work and not from somebody's memory.
    """

    _name = "vas.work.operation"
    _description = "Piece-rate Operation"
    _order = "sequence, name, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True, copy=False)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        comodel_name="res.company", help="Empty: every company counts this work."
    )
    unit = fields.Char(required=True, translate=True, help="One piece: carton …")
    standard_minutes = fields.Float(
        help="Time that the base quantity takes. 0: no standard time."
    )
    standard_base = fields.Float(
        string="Base Quantity",
        default=1.0,
        help="Quantity that the standard time is for, e.g. 3 minutes for 10 cartons.",
    )
    picking_type_ids = fields.Many2many(
        comodel_name="stock.picking.type",
        string="Counted Transfers",
        help="Finished transfers of these types make work records for whoever did them."
        " Empty: work is recorded by hand or imported.",
    )
    basis = fields.Selection(
        selection=[
            ("quantity", "Quantity of goods"),
            ("line", "Lines"),
            ("order", "Transfers"),
            ("kg", "Weight (kg)"),
            ("m3", "Volume (m³)"),
            ("package", "Packages and pallets"),
        ],
        string="Counted",
        required=True,
        default="quantity",
    )
    rate_ids = fields.One2many(
        comodel_name="vas.work.rate", inverse_name="operation_id", string="Rates"
    )

    _code_uniq = models.UniqueIndex(
        "(code, COALESCE(company_id, 0))",
        "Another piece-rate operation already has this code.",
    )
    _standard_positive = models.Constraint(
        "CHECK(standard_minutes >= 0 AND standard_base > 0)",
        "The standard time must not be negative, its base quantity must be positive.",
    )

    @api.constrains("picking_type_ids", "company_id")
    def _check_picking_types(self):
        for operation in self.filtered("company_id"):
            strange = operation.picking_type_ids.filtered(
                lambda kind, company=operation.company_id: kind.company_id != company
            )
            if strange:
                raise ValidationError(
                    self.env._(
                        "%(operation)s: the transfers “%(type)s” belong to another"
                        " company. Choose types of %(company)s.",
                        operation=operation.name,
                        type=strange[0].display_name,
                        company=operation.company_id.name,
                    )
                )

    def _count(self, picking):
        """How many pieces of this work a finished transfer holds."""
        self.ensure_one()
        moves = picking.move_ids.filtered(lambda move: move.state == "done")
        if self.basis == "order":
            return 1.0
        if self.basis == "kg":
            return picking.vas_kg or picking.shipping_weight
        if self.basis == "m3":
            return picking.vas_m3 or picking.shipping_volume
        if self.basis == "package":
            return float(len(moves.move_line_ids.result_package_id))
        if self.basis == "line":
            return float(len(moves.move_line_ids))
        return sum(moves.mapped("quantity"))
