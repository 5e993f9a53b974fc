from odoo import api, fields, models

#: The moments of a work order in their order; the records of this model name them.
MOMENTS = ("vas_accepted_at", "vas_departed_at", "vas_arrived_at", "vas_repaired_at")


class VasDispatchStep(models.Model):
    """What T1 to T4 mean here, where each leads, and what is asked at each (AMB-29)."""

    _name = "vas.dispatch.step"
    _description = "Step of a Work Order"
    _order = "moment_rank, id"

    name = fields.Char(
        required=True, translate=True, help="What has happened, such as “Arrived”."
    )
    code = fields.Char(
        string="Short name", required=True, help="Shown beside the name, such as “T3”."
    )
    button = fields.Char(
        string="Text of the button",
        required=True,
        translate=True,
        help="What the engineer presses when it happens, such as “I am on site”.",
    )
    moment = fields.Selection(
        [
            ("vas_accepted_at", "First: taken on"),
            ("vas_departed_at", "Second: on the way"),
            ("vas_arrived_at", "Third: on site"),
            ("vas_repaired_at", "Fourth: done"),
        ],
        string="Place in the course",
        required=True,
    )
    moment_rank = fields.Integer(compute="_compute_moment_rank", store=True)
    active = fields.Boolean(
        default=True, help="Switched off: this time is not asked for."
    )
    stage_id = fields.Many2one(
        "fsm.stage",
        string="Stage of the order",
        required=True,
        ondelete="restrict",
        domain=[("stage_type", "=", "order"), ("is_closed", "=", False)],
        help="Where the work order moves when this is entered.",
    )
    ticket_stage_id = fields.Many2one(
        "helpdesk.ticket.stage",
        string="Stage of the ticket",
        ondelete="set null",
        domain=[("closed", "=", False)],
        help="Where the ticket moves. Empty: it stays where it is.",
    )
    tolerance_minutes = fields.Integer(
        string="Ahead of time (minutes)",
        help="How far in the future a time may lie, for clocks that differ.",
    )
    back_hours = fields.Float(
        string="Entered late (hours)",
        help="How long afterwards a time may still be entered without a correction. "
        "0: as long as one likes.",
    )
    needs_resolution = fields.Boolean(
        string="Asks what was done", help="The resolution must be filled in first."
    )
    needs_distance = fields.Boolean(
        string="Asks for the distance", help="The round trip must be filled in first."
    )
    needs_photo = fields.Boolean(string="Asks for a photo")
    needs_fault = fields.Boolean(string="Asks for the fault")

    _moment_once = models.UniqueIndex(
        "(moment) WHERE active IS TRUE",
        "Each place in the course belongs to one step.",
    )

    @api.depends("moment")
    def _compute_moment_rank(self):
        for step in self:
            step.moment_rank = MOMENTS.index(step.moment) if step.moment else 0

    @api.depends("name", "code")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for step in self:
            step.display_name = f"{step.code} {step.name}"

    @api.model
    def _get_course(self):
        """Return the steps that are asked for, in their order."""
        # What the steps are called is no secret; engineers need them.
        return self.sudo().search([("active", "=", True)])
