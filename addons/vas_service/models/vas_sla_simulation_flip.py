from odoo import fields, models


class VasSlaSimulationFlip(models.Model):
    """A ticket whose promise would have come to the opposite."""

    _name = "vas.sla.simulation.flip"
    _description = "Change in a Simulation"
    _order = "simulation_id, id"
    _rec_name = "ticket_id"

    simulation_id = fields.Many2one(
        "vas.sla.simulation", required=True, index=True, ondelete="cascade"
    )
    ticket_id = fields.Many2one("helpdesk.ticket", required=True, ondelete="cascade")
    partner_id = fields.Many2one(related="ticket_id.commercial_partner_id")
    team_id = fields.Many2one(related="ticket_id.team_id")
    target_id = fields.Many2one("vas.sla.target", required=True, ondelete="cascade")
    effect = fields.Selection(
        [("better", "Would be kept"), ("worse", "Would be broken")], required=True
    )
    deadline_before = fields.Datetime(string="Deadline as it was")
    deadline_after = fields.Datetime(string="Deadline with it")
    used_hours = fields.Float(string="Used (working h)")
