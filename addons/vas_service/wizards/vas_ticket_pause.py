from odoo import api, fields, models
from odoo.exceptions import UserError


class VasTicketPause(models.TransientModel):
    """Pause a ticket: in which stage, why, and until when."""

    _name = "vas.ticket.pause"
    _description = "Pause Ticket"

    ticket_id = fields.Many2one("helpdesk.ticket", required=True, ondelete="cascade")
    allowed_stage_ids = fields.Many2many(
        "helpdesk.ticket.stage", compute="_compute_allowed_stage_ids"
    )
    stage_id = fields.Many2one(
        "helpdesk.ticket.stage",
        string="Waits for",
        compute="_compute_stage_id",
        store=True,
        readonly=False,
        domain="[('id', 'in', allowed_stage_ids)]",
        help="The stages in which the promise of this ticket stands still.",
    )
    reason = fields.Char(required=True)
    resume_at = fields.Datetime(
        string="Until", help="The ticket goes on by itself then. Empty: by hand."
    )

    @api.depends("ticket_id")
    def _compute_allowed_stage_ids(self):
        for wizard in self:
            # Which stages pause is no secret of the policy.
            policy_sudo = wizard.sudo().ticket_id.vas_policy_id
            wizard.allowed_stage_ids = policy_sudo.pause_rule_ids.stage_id

    @api.depends("ticket_id")
    def _compute_stage_id(self):
        for wizard in self:
            wizard.stage_id = wizard.allowed_stage_ids[:1]

    def action_pause(self):
        self.ensure_one()
        if self.stage_id not in self.allowed_stage_ids:
            raise UserError(
                self.env._(
                    "Ticket %(ticket)s cannot be paused in stage “%(stage)s”: its "
                    "policy does not name that stage as a pause.",
                    ticket=self.ticket_id.display_name,
                    stage=self.stage_id.name,
                )
            )
        if self.resume_at and self.resume_at <= fields.Datetime.now():
            raise UserError(
                self.env._(
                    "Ticket %(ticket)s: “Until” is in the past. Choose a later time.",
                    ticket=self.ticket_id.display_name,
                )
            )
        self.ticket_id._vas_pause(self.stage_id, self.reason, self.resume_at)
        return {"type": "ir.actions.act_window_close"}
