from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..models.vas_dispatch_step import MOMENTS


class VasOrderTime(models.TransientModel):
    """Correct the times of a work order and say why; the history keeps both."""

    _name = "vas.order.time"
    _description = "Correct the Times of a Work Order"

    order_id = fields.Many2one("fsm.order", required=True, ondelete="cascade")
    accepted_at = fields.Datetime(
        string="T1", compute="_compute_times", store=True, readonly=False
    )
    departed_at = fields.Datetime(
        string="T2", compute="_compute_times", store=True, readonly=False
    )
    arrived_at = fields.Datetime(
        string="T3", compute="_compute_times", store=True, readonly=False
    )
    repaired_at = fields.Datetime(
        string="T4", compute="_compute_times", store=True, readonly=False
    )
    legend = fields.Char(compute="_compute_legend")
    reason_id = fields.Many2one(
        "vas.dispatch.reason", required=True, domain=[("kind", "=", "correct")]
    )
    note = fields.Text(string="Explanation")

    @api.depends("order_id")
    def _compute_times(self):
        for wizard in self:
            for name in MOMENTS:
                wizard[name.removeprefix("vas_")] = wizard.order_id[name]

    @api.depends("order_id")
    @api.depends_context("lang")
    def _compute_legend(self):
        course = self.env["vas.dispatch.step"]._get_course()
        for wizard in self:
            wizard.legend = ", ".join(course.mapped("display_name"))

    def action_confirm(self):
        """Write the corrected times and a line of history for each."""
        self.ensure_one()
        order, reason = self.order_id, self.reason_id
        order.check_access("write")
        if not reason._is_for(self.env.user):
            raise AccessError(
                self.env._(
                    "“%(reason)s” may not be given by you. Ask a dispatcher.",
                    reason=reason.name,
                )
            )
        if reason.needs_note and not (self.note or "").strip():
            raise UserError(
                self.env._(
                    "“%(reason)s” asks for an explanation. Please write one.",
                    reason=reason.name,
                )
            )
        order._lock_or_refuse()
        order.invalidate_recordset()
        course = {
            step.moment: step for step in self.env["vas.dispatch.step"]._get_course()
        }
        changes = {
            name: self[name.removeprefix("vas_")]
            for name in MOMENTS
            if self[name.removeprefix("vas_")] != order[name]
        }
        if not changes:
            raise UserError(
                self.env._("%(order)s: no time was changed.", order=order.display_name)
            )
        before = {name: order[name] for name in changes}
        # Entered times are changed here only, and the history says by whom.
        order.sudo().write(changes)
        for name, value in changes.items():
            order._vas_log(
                "correct",
                reason_id=reason.id,
                note=self.note,
                step_id=course[name].id if name in course else False,
                old_at=before[name],
                new_at=value,
            )
        return {"type": "ir.actions.act_window_close"}
