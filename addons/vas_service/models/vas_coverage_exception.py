from odoo import api, fields, models


class VasCoverageException(models.Model):
    """A category of parts with a term of its own, whatever the term of the device."""

    _name = "vas.coverage.exception"
    _description = "Coverage Exception"
    _order = "plan_id, id"

    plan_id = fields.Many2one(
        "vas.coverage.plan", required=True, index=True, ondelete="cascade"
    )
    part_id = fields.Many2one(
        "vas.coverage.part", string="Parts", required=True, ondelete="restrict"
    )
    term_years = fields.Float(
        string="Own term (years)", required=True, default=1, digits=(5, 2)
    )

    _part_uniq = models.Constraint(
        "UNIQUE (plan_id, part_id)", "This category of parts has a term here already."
    )
    _term_check = models.Constraint(
        "CHECK (term_years > 0)", "A term is longer than nothing."
    )

    @api.constrains("term_years")
    def _check_months(self):
        for one in self:
            one.plan_id._get_months(one.term_years, one.part_id.name)
