from odoo import api, fields, models


class VasOverloadRule(models.Model):
    """When a person or a station has too much to do on a day (AMB-26)."""

    _name = "vas.overload.rule"
    _description = "Definition of Overload"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10, help="The first one of the company holds.")
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", help="Empty: for every company.")
    measure = fields.Selection(
        [
            ("orders", "Work orders above the capacity"),
            ("hours", "Hours above the capacity"),
            ("either", "Either of the two"),
        ],
        required=True,
        default="orders",
    )
    busy_percent = fields.Float(
        string="Nearly full from (%)", required=True, help="Of the capacity."
    )
    over_percent = fields.Float(
        string="Overloaded above (%)",
        required=True,
        help="Of the capacity; exactly this much is full, not too much.",
    )

    _percent_check = models.Constraint(
        "CHECK (busy_percent >= 0 AND over_percent >= busy_percent)",
        "“Nearly full” begins before “overloaded”, and both are positive.",
    )

    @api.model
    def _get_rule(self):
        """Return the definition that holds in the present company."""
        # The definition is no secret; whoever sees a load sees its word.
        return self.sudo().search(
            [("company_id", "in", (False, self.env.company.id))], limit=1
        )

    def _get_state(self, percent):
        """Return the word of a load of *percent* of the capacity."""
        if not self or percent < self.busy_percent:
            return "free"
        if percent > self.over_percent:
            return "over"
        return "full" if percent >= self.over_percent else "busy"

    @api.model
    def _in_words(self, load, capacity, state):
        """Return the load as a sentence: never a bare bar."""
        if not capacity:
            return self.env._("%(load)s, no limit", load=load)
        if state == "over":
            return self.env._(
                "%(load)s of %(capacity)s, overloaded", load=load, capacity=capacity
            )
        if state == "full":
            return self.env._(
                "%(load)s of %(capacity)s, full", load=load, capacity=capacity
            )
        return self.env._("%(load)s of %(capacity)s", load=load, capacity=capacity)
