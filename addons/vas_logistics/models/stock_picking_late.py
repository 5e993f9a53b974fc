from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain


class StockPicking(models.Model):
    """How late an order is, and who has not reported: in words and in lists."""

    _name = "stock.picking"
    _inherit = "stock.picking"

    vas_due_date = fields.Datetime(
        string="Due",
        compute="_compute_vas_due_date",
        store=True,
        index="btree_not_null",
        help="Until when the goods are promised; without a promise, when the trip "
        "brings them. The earliest is the latest.",
    )
    vas_late_text = fields.Char(
        string="How Late",
        compute="_compute_vas_late_text",
        help="The planned arrival, or now, against the promise, and since when the "
        "driver has not reported.",
    )
    vas_waiting_feedback = fields.Boolean(
        string="Waiting for Driver Feedback",
        compute="_compute_vas_waiting_feedback",
        search="_search_vas_waiting_feedback",
        help="The goods should have arrived, but the driver has not reported.",
    )

    @api.depends("vas_is_transport", "vas_deliver_to", "vas_planned_arrival")
    def _compute_vas_due_date(self):
        for order in self:
            order.vas_due_date = order.vas_is_transport and (
                order.vas_deliver_to or order.vas_planned_arrival
            )

    @api.depends("state", "vas_feedback_date", "vas_planned_arrival", "batch_id.state")
    def _compute_vas_waiting_feedback(self):
        now = fields.Datetime.now()
        for picking in self:
            picking.vas_waiting_feedback = bool(
                picking.vas_is_transport
                and not picking.vas_feedback_date
                and (
                    picking.state == "done"
                    or picking.batch_id.state == "in_progress"
                    and picking.vas_planned_arrival
                    and picking.vas_planned_arrival <= now
                )
            )

    def _search_vas_waiting_feedback(self, operator, value):
        if operator != "in" or set(value) != {True}:
            return NotImplemented
        return (
            Domain("vas_is_transport", "=", True)
            & Domain("vas_feedback_date", "=", False)
            & (
                Domain("state", "=", "done")
                | Domain("batch_id.state", "=", "in_progress")
                & Domain("state", "!=", "cancel")
                & Domain("vas_planned_arrival", "<=", fields.Datetime.now())
            )
        )

    @api.depends(
        "vas_is_transport",
        "vas_deliver_to",
        "vas_planned_arrival",
        "vas_feedback_date",
        "date_done",
        "state",
        "batch_id.state",
    )
    @api.depends_context("lang")
    def _compute_vas_late_text(self):
        now = fields.Datetime.now()
        for order in self:
            known = order.vas_is_transport and order.state != "cancel"
            order.vas_late_text = known and order._get_vas_late_text(now)

    def _get_vas_late_text(self, now):
        """One sentence; nothing when there is nothing to worry about."""
        promise, planned = self.vas_deliver_to, self.vas_planned_arrival
        done = self.vas_feedback_date or self.date_done
        # What is under way comes when it is planned, or later than now.
        end = done or max(now, planned or now)
        late = self._get_vas_span(end - promise) if promise and end > promise else ""
        silent = self._get_vas_span(now - planned) if planned and planned < now else ""
        if self.state == "done":
            if self.vas_waiting_feedback:
                if late:
                    return self.env._(
                        "Delivered %(late)s after the promise; the driver has not "
                        "reported.",
                        late=late,
                    )
                return self.env._("Delivered; the driver has not reported.")
            return late and self.env._(
                "Delivered %(late)s after the promise.", late=late
            )
        if self.vas_waiting_feedback and silent:
            if late:
                return self.env._(
                    "%(late)s after the promise; no feedback for %(silent)s.",
                    late=late,
                    silent=silent,
                )
            return self.env._("No feedback for %(silent)s.", silent=silent)
        if not late:
            return False
        if planned and planned > now:
            return self.env._("Will arrive %(late)s after the promise.", late=late)
        if not self.batch_id:
            return self.env._("%(late)s after the promise; on no trip.", late=late)
        return self.env._("%(late)s after the promise.", late=late)

    @api.model
    def _get_vas_span(self, span):
        """A time as two units at most, the larger first."""
        minutes = max(int(span / timedelta(minutes=1)), 1)
        hours, minutes = divmod(minutes, 60)
        days, rest = divmod(hours, 24)
        if days:
            return self.env._("%(days)s d %(hours)s h", days=days, hours=rest)
        if hours:
            return self.env._(
                "%(hours)s h %(minutes)s min", hours=hours, minutes=minutes
            )
        return self.env._("%(minutes)s min", minutes=minutes)
