from odoo import fields, models


class VasSlaEscalationLog(models.Model):
    """A step of an escalation that was taken, exactly once."""

    _name = "vas.sla.escalation.log"
    _description = "Escalation Taken"
    _order = "date desc, id desc"
    _rec_name = "step_id"

    clock_id = fields.Many2one(
        "vas.sla.clock", required=True, index=True, ondelete="cascade", readonly=True
    )
    ticket_id = fields.Many2one(related="clock_id.ticket_id", string="Ticket")
    company_id = fields.Many2one(
        related="clock_id.company_id", store=True, index=True, precompute=True
    )
    step_id = fields.Many2one(
        "vas.sla.escalation",
        required=True,
        index=True,
        ondelete="restrict",
        readonly=True,
    )
    round = fields.Integer(default=1, readonly=True)
    occurrence = fields.Integer(string="Time", required=True, readonly=True)
    planned_at = fields.Datetime(string="Planned", readonly=True)
    date = fields.Datetime(string="Taken", required=True, readonly=True)
    user_ids = fields.Many2many("res.users", string="Told", readonly=True)
    note = fields.Char(string="Message", readonly=True)
    result = fields.Selection(
        [
            ("done", "Done"),
            ("missed", "Missed: its time had passed"),
            ("failed", "Failed"),
        ],
        required=True,
        readonly=True,
    )

    _once = models.UniqueIndex(
        "(clock_id, step_id, round, occurrence)",
        "A step of an escalation is taken once.",
    )
