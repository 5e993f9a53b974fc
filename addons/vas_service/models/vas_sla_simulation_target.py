from odoo import api, fields, models


class VasSlaSimulationTarget(models.Model):
    """How one target would have done, and which one would have been enough."""

    _name = "vas.sla.simulation.target"
    _description = "Target in a Simulation"
    _order = "simulation_id, id"
    _rec_name = "target_id"

    simulation_id = fields.Many2one(
        "vas.sla.simulation", required=True, index=True, ondelete="cascade"
    )
    target_id = fields.Many2one("vas.sla.target", required=True, ondelete="cascade")
    judged_count = fields.Integer(string="Judged")
    broken_before = fields.Integer(string="Broken as it was")
    broken_after = fields.Integer(string="Broken with it")
    kept_rate = fields.Float(
        string="Kept with it (%)", compute="_compute_kept_rate", digits=(5, 1)
    )
    average_hours = fields.Float(string="Used on average (working h)")
    needed_hours = fields.Float(
        string="Target for the wanted share (working h)",
        help="The shortest target that the wanted share of the finished tickets would "
        "have kept.",
    )

    @api.depends("judged_count", "broken_after")
    def _compute_kept_rate(self):
        for line in self:
            judged = line.judged_count
            kept = judged - line.broken_after
            line.kept_rate = 100.0 * kept / judged if judged else 0.0
