from odoo import api, fields, models


class VasSeasonPlanZone(models.Model):
    """Goods of one kind near one door (WHS-03)."""

    _name = "vas.season.plan.zone"
    _description = "Zone of a Season Plan"
    _order = "plan_id, sequence, id"
    _check_company_auto = True

    plan_id = fields.Many2one(
        comodel_name="vas.season.plan", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="plan_id.company_id", store=True, index=True)
    sequence = fields.Integer(default=10)
    category_id = fields.Many2one(
        comodel_name="product.category", string="Goods", required=True
    )
    door_id = fields.Many2one(
        comodel_name="stock.location",
        string="Near Door",
        domain="[('vas_is_door', '=', True)]",
        check_company=True,
    )
    area = fields.Float(string="Area (m²)")
    pallets = fields.Integer()
    area_share = fields.Float(string="Of the Floor for Goods", compute="_compute_share")

    _numbers_positive = models.Constraint(
        "CHECK(area >= 0 AND pallets >= 0)",
        "Area and pallets of a zone must not be negative.",
    )

    @api.depends(
        "area", "plan_id.floor_length", "plan_id.floor_width", "plan_id.wall_aisle"
    )
    def _compute_share(self):
        for zone in self:
            whole = zone.plan_id.block_area
            zone.area_share = zone.area / whole if whole else 0.0
