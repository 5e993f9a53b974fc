from odoo import fields, models


class VasSlaSimulationFlip(models.Model):
    """A document whose promise would have come to the opposite."""

    _name = "vas.sla.simulation.flip"
    _description = "Change in a Simulation"
    _order = "simulation_id, id"
    _rec_name = "document"

    simulation_id = fields.Many2one(
        "vas.sla.simulation", required=True, index=True, ondelete="cascade"
    )
    clock_id = fields.Many2one("vas.sla.clock", required=True, ondelete="cascade")
    document = fields.Char()
    partner_id = fields.Many2one(related="clock_id.partner_id")
    team_id = fields.Many2one(related="clock_id.team_id")
    target_id = fields.Many2one("vas.sla.target", required=True, ondelete="cascade")
    effect = fields.Selection(
        [("better", "Would be kept"), ("worse", "Would be broken")], required=True
    )
    deadline_before = fields.Datetime(string="Deadline as it was")
    deadline_after = fields.Datetime(string="Deadline with it")
    used_hours = fields.Float(string="Used (working h)")

    def action_open_record(self):
        """Open the document."""
        return self.clock_id.action_open_record()
