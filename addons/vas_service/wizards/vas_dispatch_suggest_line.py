from odoo import api, fields, models


class VasDispatchSuggestLine(models.TransientModel):
    """A candidate of a suggestion."""

    _name = "vas.dispatch.suggest.line"
    _description = "Candidate of a Dispatch Suggestion"
    _order = "excluded, rank, points desc, id"

    suggest_id = fields.Many2one(
        "vas.dispatch.suggest", required=True, ondelete="cascade"
    )
    rank = fields.Integer(help="0: excluded.")
    person_id = fields.Many2one("fsm.person", string="Engineer")
    station_id = fields.Many2one("vas.service.station", required=True)
    points = fields.Float()
    excluded = fields.Boolean()
    reasons = fields.Char()
    verdicts = fields.Json(string="Points per criterion")

    @api.depends("person_id", "station_id")
    def _compute_display_name(self):
        for line in self:
            line.display_name = ", ".join(
                filter(None, (line.person_id.name, line.station_id.name))
            )

    def action_give_out(self):
        """Give the order to this candidate."""
        self.ensure_one()
        return self.suggest_id._give_out(self)
