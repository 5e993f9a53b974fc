from odoo import fields, models


class VasProductionNoticeLine(models.Model):
    """A product that the workshop makes, and the team that makes it (DOC-03)."""

    _name = "vas.production.notice.line"
    _description = "Product of a Production Notice"
    _inherit = "vas.production.part.mixin"

    work_team_id = fields.Many2one(
        comodel_name="vas.work.team", string="Team", check_company=True
    )
    note = fields.Char(string="Remark")

    _quantity_positive = models.Constraint(
        "CHECK(quantity > 0)", "A production notice makes more than nothing."
    )
