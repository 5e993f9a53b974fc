from odoo import fields, models


class VasSlaSimulationGroup(models.Model):
    """Broken promises of a simulation by team and hour of the day."""

    _name = "vas.sla.simulation.group"
    _description = "Team and Hour in a Simulation"
    _order = "simulation_id, team_id, hour"

    simulation_id = fields.Many2one(
        "vas.sla.simulation", required=True, index=True, ondelete="cascade"
    )
    team_id = fields.Many2one("helpdesk.ticket.team", ondelete="cascade")
    hour = fields.Integer(string="Hour of the day", aggregator=None)
    judged_count = fields.Integer(string="Judged")
    broken_before = fields.Integer(string="Broken as it was")
    broken_after = fields.Integer(string="Broken with it")
