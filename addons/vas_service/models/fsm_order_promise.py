from odoo import api, fields, models


class FsmOrder(models.Model):
    """What is promised on a work order: its own clocks and those of its ticket."""

    _name = "fsm.order"
    _inherit = ["fsm.order"]

    vas_clock_ids = fields.One2many(
        "vas.sla.clock", "res_id", string="Clocks", groups="base.group_user"
    )
    vas_own_due_at = fields.Datetime(
        string="Own deadline",
        compute="_compute_vas_own_due_at",
        store=True,
        compute_sudo=True,
        help="The earliest deadline of the work order that is still running.",
    )
    vas_due_at = fields.Datetime(
        string="Due",
        compute="_compute_vas_due_at",
        store=True,
        compute_sudo=True,
        help="The earliest deadline of the work order and of its ticket.",
    )
    vas_sla = fields.Json(
        string="Promises",
        compute="_compute_vas_sla",
        compute_sudo=True,
        groups="base.group_user",
    )

    @api.depends(
        "vas_clock_ids.deadline",
        "vas_clock_ids.outcome",
        "vas_clock_ids.paused_since",
    )
    def _compute_vas_own_due_at(self):
        for order in self:
            order.vas_own_due_at = min(
                (
                    clock.deadline
                    for clock in order.vas_clock_ids
                    if clock.outcome == "open" and not clock.paused_since
                ),
                default=False,
            )

    @api.depends("vas_own_due_at", "ticket_id.vas_next_deadline", "vas_is_open")
    def _compute_vas_due_at(self):
        for order in self:
            dates = [order.vas_own_due_at, order.ticket_id.vas_next_deadline]
            order.vas_due_at = order.vas_is_open and min(
                filter(None, dates), default=False
            )

    @api.depends("vas_clock_ids.state", "ticket_id.vas_clock_ids.state")
    def _compute_vas_sla(self):
        now = fields.Datetime.now()
        states = self.env["helpdesk.ticket"]._vas_states_by_urgency()
        clocks = self.vas_clock_ids | self.ticket_id.vas_clock_ids
        values = {value["id"]: value for value in clocks._get_screen_values(now)}
        for order in self:
            mine = [
                values[clock.id]
                for clock in order.vas_clock_ids | order.ticket_id.vas_clock_ids
                if clock.id in values
            ]
            mine.sort(key=lambda v: (states.index(v["state"]), v["deadline"]))
            order.vas_sla = {
                "now": fields.Datetime.to_string(now),
                "clocks": mine,
                "policy": "",
                "policy_id": False,
                "why": ""
                if mine
                else self.env._("Nothing is promised for this work order."),
            }
