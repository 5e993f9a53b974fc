from odoo import api, fields, models


class VasDispatchEvent(models.Model):
    """The history of a work order: given, waited, returned, corrected, cancelled."""

    _name = "vas.dispatch.event"
    _description = "History of Work Orders"
    _order = "date desc, id desc"
    _rec_name = "order_id"

    order_id = fields.Many2one(
        "fsm.order",
        string="Work order",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="order_id.company_id", store=True, index=True)
    kind = fields.Selection(
        [
            ("dispatch", "Given out"),
            ("forced", "Given out against the suggestion"),
            ("wait", "Waiting"),
            ("return", "Back to dispatch"),
            ("special", "Special handling"),
            ("correct", "Times corrected"),
            ("cancel", "Cancelled"),
        ],
        string="What happened",
        required=True,
        readonly=True,
    )
    date = fields.Datetime(
        string="When", required=True, readonly=True, default=fields.Datetime.now
    )
    date_end = fields.Datetime(string="Until", readonly=True)
    hours = fields.Float(
        string="Waited (hours)",
        compute="_compute_hours",
        store=True,
        help="By the clock on the wall; empty while it lasts.",
    )
    reason_id = fields.Many2one(
        "vas.dispatch.reason", readonly=True, ondelete="restrict", index=True
    )
    step_id = fields.Many2one("vas.dispatch.step", readonly=True, ondelete="restrict")
    old_at = fields.Datetime(string="Time before", readonly=True)
    new_at = fields.Datetime(string="Time after", readonly=True)
    person_id = fields.Many2one("fsm.person", string="Engineer", readonly=True)
    station_id = fields.Many2one("vas.service.station", readonly=True)
    note = fields.Text(string="Explanation", readonly=True)
    user_id = fields.Many2one(
        "res.users",
        string="By",
        required=True,
        readonly=True,
        default=lambda self: self.env.user,
    )

    _open_wait_uniq = models.UniqueIndex(
        "(order_id) WHERE kind = 'wait' AND date_end IS NULL",
        "A work order waits for one thing at a time.",
    )
    _dates_check = models.Constraint(
        "CHECK (date_end IS NULL OR date_end >= date)",
        "Waiting ends after it began.",
    )

    @api.depends("date", "date_end")
    def _compute_hours(self):
        for event in self:
            event.hours = (
                (event.date_end - event.date).total_seconds() / 3600
                if event.date_end
                else 0.0
            )
