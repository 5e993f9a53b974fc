from odoo import api, fields, models
from odoo.exceptions import UserError


class VasSlaEvent(models.Model):
    """The ledger of a clock: everything that moved it, when, by whom and why. Lines are
    added and never changed, so that a deadline can be proved."""

    _name = "vas.sla.event"
    _description = "Service Promise History"
    _order = "date desc, id desc"
    _rec_name = "kind"
    # Every line says itself when it was and by whom.
    _log_access = False

    clock_id = fields.Many2one(
        "vas.sla.clock", required=True, index=True, ondelete="cascade", readonly=True
    )
    ticket_id = fields.Many2one(related="clock_id.ticket_id", string="Ticket")
    target_id = fields.Many2one(related="clock_id.target_id", string="Promise")
    company_id = fields.Many2one(related="clock_id.company_id")
    kind = fields.Selection(
        [
            ("start", "Started"),
            ("pause", "Paused"),
            ("resume", "Resumed"),
            ("stop", "Fulfilled"),
            ("reopen", "Opened again"),
            ("policy", "Promise changed"),
            ("calendar", "Working hours changed"),
            ("merge", "Merged"),
            ("escalate", "Escalated"),
            ("withdraw", "Withdrawn"),
            ("restore", "Promised again"),
        ],
        required=True,
        readonly=True,
    )
    date = fields.Datetime(required=True, readonly=True)
    user_id = fields.Many2one("res.users", string="By", readonly=True)
    reason = fields.Char(readonly=True)
    policy_id = fields.Many2one("vas.sla.policy", readonly=True, ondelete="restrict")
    policy_version = fields.Integer(string="Version", readonly=True)
    calendar_version_id = fields.Many2one(
        "vas.calendar.version",
        string="Version of the hours",
        readonly=True,
        ondelete="restrict",
    )
    rule = fields.Selection(
        selection=lambda self: (
            self.env["vas.sla.policy"]
            ._fields["change_rule"]
            ._description_selection(self.env)
        ),
        string="Consumed time",
        readonly=True,
    )
    deadline_before = fields.Datetime(readonly=True)
    deadline_after = fields.Datetime(string="Deadline", readonly=True)
    seconds = fields.Float(
        string="Working seconds",
        readonly=True,
        help="Working time that this event excluded (after a pause or a reopening).",
    )
    effect = fields.Char(compute="_compute_effect")

    @api.depends("kind", "deadline_before", "deadline_after", "seconds")
    @api.depends_context("lang", "tz")
    def _compute_effect(self):
        for event in self:
            parts = []
            if event.seconds:
                parts.append(
                    self.env._(
                        "%(time)s of working time not counted",
                        time=event._duration_in_words(event.seconds),
                    )
                )
            before, after = event.deadline_before, event.deadline_after
            if not before and after:
                parts.append(
                    self.env._("Due %(date)s", date=event._date_in_words(after))
                )
            elif after and before != after:
                parts.append(
                    self.env._(
                        "Due %(after)s instead of %(before)s",
                        after=event._date_in_words(after),
                        before=event._date_in_words(before),
                    )
                )
            event.effect = self.env._("; ").join(parts)

    def _date_in_words(self, value):
        local = fields.Datetime.context_timestamp(self, value)
        return local.strftime("%Y-%m-%d %H:%M")

    @api.model
    def _duration_in_words(self, seconds):
        """At most two units, largest first."""
        minutes = round(seconds / 60)
        hours, minutes = divmod(minutes, 60)
        if hours and minutes:
            return self.env._(
                "%(hours)s h %(minutes)s min", hours=hours, minutes=minutes
            )
        if hours:
            return self.env._("%(hours)s h", hours=hours)
        if minutes:
            return self.env._("%(minutes)s min", minutes=minutes)
        return self.env._("%(seconds)s s", seconds=round(seconds))

    def write(self, vals):
        if vals:
            raise UserError(
                self.env._(
                    "The history of a promise cannot be changed, only continued."
                )
            )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(
            self.env._("The history of a promise cannot be deleted on its own.")
        )
