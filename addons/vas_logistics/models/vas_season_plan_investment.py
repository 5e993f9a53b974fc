from odoo import api, fields, models
from odoo.exceptions import ValidationError


class VasSeasonPlanInvestment(models.Model):
    """Pallets, racks and the like to buy, within an agreed price range (WHS-05)."""

    _name = "vas.season.plan.investment"
    _description = "Investment of a Season Plan"
    _order = "plan_id, sequence, id"

    plan_id = fields.Many2one(
        comodel_name="vas.season.plan", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="plan_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="plan_id.currency_id")
    sequence = fields.Integer(default=10)
    spec_id = fields.Many2one(
        comodel_name="vas.equipment.spec", string="Equipment", required=True
    )
    quantity = fields.Float(default=1, required=True)
    unit_price = fields.Float(
        compute="_compute_unit_price",
        store=True,
        readonly=False,
        required=True,
        precompute=True,
    )
    amount = fields.Monetary(compute="_compute_amount", store=True)

    _quantity_positive = models.Constraint(
        "CHECK(quantity >= 0)", "The quantity of an investment must not be negative."
    )

    @api.depends("spec_id")
    def _compute_unit_price(self):
        for line in self:
            line.unit_price = line.spec_id.price or line.unit_price

    @api.depends("quantity", "unit_price")
    def _compute_amount(self):
        for line in self:
            line.amount = line.quantity * line.unit_price

    @api.constrains("spec_id", "unit_price")
    def _check_price(self):
        for line in self:
            spec = line.spec_id
            if not (
                spec.price_min <= line.unit_price <= (spec.price_max or line.unit_price)
            ):
                raise ValidationError(
                    self.env._(
                        "%(plan)s: %(price)s for %(spec)s is outside the range from"
                        " %(low)s to %(high)s.",
                        plan=line.plan_id.name,
                        price=f"{line.unit_price:g}",
                        spec=spec.name,
                        low=f"{spec.price_min:g}",
                        high=f"{spec.price_max:g}",
                    )
                )
