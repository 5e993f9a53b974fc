from odoo import fields, models


class VasDispatchReason(models.Model):
    """Why a work order waits, goes back, is cancelled or has its times corrected."""

    _name = "vas.dispatch.reason"
    _description = "Reason for Work Orders"
    _order = "kind, sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    kind = fields.Selection(
        [
            ("wait", "Waiting"),
            ("cancel", "Cancellation"),
            ("return", "Back to dispatch"),
            ("special", "Special handling"),
            ("correct", "Correction of times"),
        ],
        string="Used for",
        required=True,
        default="wait",
    )
    pauses = fields.Boolean(
        string="Promises stand still",
        help="Only while waiting: the clocks of the order and of its ticket pause.",
    )
    ticket_stage_id = fields.Many2one(
        "helpdesk.ticket.stage",
        string="Stage of the ticket",
        ondelete="set null",
        domain=[("closed", "=", False)],
        help="Only while waiting: the stage in which the policies of tickets pause.",
    )
    needs_note = fields.Boolean(string="Asks for an explanation")
    group_ids = fields.Many2many(
        "res.groups",
        string="Used by",
        help="Empty: by everybody who works on the order.",
    )
    note = fields.Text(
        string="What to do", translate=True, help="Shown when the reason is chosen."
    )

    _name_uniq = models.UniqueIndex(
        "(kind, (name->>'en_US')) WHERE active IS TRUE",
        "This reason exists already.",
    )

    def _is_for(self, user):
        """Whether a user may give this reason."""
        self.ensure_one()
        # Which groups a reason asks for is no secret.
        groups_sudo = self.sudo().group_ids
        return not groups_sudo or bool(groups_sudo & user.all_group_ids)
