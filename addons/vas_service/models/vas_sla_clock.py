from odoo import api, fields, models
from odoo.fields import Domain

from ..tools.instants import aware, naive
from ..tools.sla_clock import ClockState


class VasSlaClock(models.Model):
    """One promise that is being kept for one record.

    Stored is only what does not depend on the present time; whether a running clock is
    at risk or broken is computed when asked. All changes go through
    :class:`~..tools.sla_clock.ClockState` and are written to the ledger.
    """

    _name = "vas.sla.clock"
    _description = "Service Promise Clock"
    _order = "deadline, id"
    _rec_name = "target_id"
    _check_company_auto = True

    res_model = fields.Char(string="Document type", required=True, readonly=True)
    res_id = fields.Many2oneReference(
        string="Document", model_field="res_model", required=True, readonly=True
    )
    ticket_id = fields.Many2one(
        "helpdesk.ticket", index="btree_not_null", ondelete="cascade", readonly=True
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    active = fields.Boolean(
        default=True,
        readonly=True,
        help="A withdrawn promise is no longer due, for example because another policy "
        "holds now.",
    )
    policy_id = fields.Many2one(
        "vas.sla.policy", required=True, index=True, ondelete="restrict", readonly=True
    )
    policy_version = fields.Integer(string="Version", readonly=True)
    target_id = fields.Many2one(
        "vas.sla.target",
        string="Promise",
        required=True,
        index=True,
        ondelete="restrict",
        readonly=True,
    )
    kind = fields.Selection(
        selection=lambda self: self._selection_kind(),
        string="Fulfilled by",
        required=True,
        readonly=True,
    )
    key = fields.Char(
        required=True,
        readonly=True,
        default=lambda self: self.env.context.get("default_kind"),
        help="What this clock is about; policies that follow each other share it.",
    )
    cycle = fields.Integer(
        default=1, readonly=True, help="Replies are waited for again and again."
    )
    round = fields.Integer(
        default=1, readonly=True, help="Rises when the clock starts again from nothing."
    )
    audience = fields.Selection(
        [("customer", "Customer"), ("internal", "Own organisation")],
        string="Promised to",
        required=True,
        default="customer",
        readonly=True,
    )
    calendar_id = fields.Many2one(
        "resource.calendar",
        string="Working hours",
        ondelete="restrict",
        readonly=True,
        index="btree_not_null",
    )
    calendar_version_id = fields.Many2one(
        "vas.calendar.version",
        string="Version of the hours",
        ondelete="restrict",
        readonly=True,
    )
    counted_from = fields.Datetime(readonly=True)
    carried_seconds = fields.Float(readonly=True, aggregator=None)
    next_action_at = fields.Datetime(
        string="Next escalation",
        readonly=True,
        copy=False,
        help="When the next step of the escalation is due.",
    )
    escalation_ids = fields.One2many(
        "vas.sla.escalation.log", "clock_id", string="Escalations"
    )
    amount = fields.Float(
        readonly=True, help="Seconds of working time, or working days, as promised."
    )
    mode = fields.Char(readonly=True)
    start = fields.Datetime(required=True, readonly=True)
    deadline = fields.Datetime(required=True, readonly=True)
    at_risk_from = fields.Datetime(readonly=True)
    target_seconds = fields.Float(string="Promised (working seconds)", readonly=True)
    paused_since = fields.Datetime(readonly=True)
    paused_late = fields.Boolean(
        readonly=True, help="The promise was broken before the pause began."
    )
    pause_reason = fields.Char(readonly=True)
    stopped_at = fields.Datetime(string="Fulfilled on", readonly=True)
    paused_seconds = fields.Float(
        string="Paused (working seconds)", readonly=True, aggregator="avg"
    )
    solved_seconds = fields.Float(readonly=True, aggregator="avg")
    elapsed_seconds = fields.Float(
        string="Used (working seconds)",
        readonly=True,
        aggregator="avg",
        help="Working time from start to fulfilment without interruptions.",
    )
    elapsed_hours = fields.Float(
        string="Used (working hours)",
        compute="_compute_elapsed_hours",
        store=True,
        aggregator="avg",
    )
    paused_hours = fields.Float(
        string="Waiting (working hours)",
        compute="_compute_elapsed_hours",
        store=True,
        aggregator="avg",
    )
    outcome = fields.Selection(
        [
            ("open", "Open"),
            ("met", "Met"),
            ("late", "Met late"),
            ("withdrawn", "Withdrawn"),
        ],
        compute="_compute_outcome",
        store=True,
        help="The final result. Open promises may be broken already, see the state.",
    )
    success_rate = fields.Float(
        string="Kept (%)",
        compute="_compute_outcome",
        store=True,
        aggregator="avg",
        help="100 when kept, 0 when late; the average is the share of kept promises.",
    )
    state = fields.Selection(
        selection=lambda self: self._selection_state(),
        compute="_compute_state",
        search="_search_state",
    )
    event_ids = fields.One2many("vas.sla.event", "clock_id", string="History")

    # What the record was when the promise ended or now; reports group by these.
    partner_id = fields.Many2one(
        "res.partner",
        compute="_compute_partner_id",
        store=True,
        readonly=False,
        precompute=True,
        string="Customer",
    )
    team_id = fields.Many2one(related="ticket_id.team_id", store=True)
    user_id = fields.Many2one(
        "res.users",
        compute="_compute_user_id",
        store=True,
        readonly=False,
        precompute=True,
        string="Owner",
    )
    priority = fields.Selection(related="ticket_id.priority", store=True)
    grade_id = fields.Many2one(
        "vas.grade",
        string="Customer grade",
        readonly=True,
        help="The grade the customer had when the promise was made.",
    )

    _open_deadline_idx = models.Index(
        "(deadline) WHERE outcome = 'open' AND paused_since IS NULL"
    )
    _next_action_idx = models.Index(
        "(next_action_at, id) WHERE next_action_at IS NOT NULL"
    )
    _policy_version_idx = models.Index(
        "(policy_id, policy_version) WHERE outcome = 'open'"
    )
    _key_uniq = models.UniqueIndex(
        "(res_id, res_model, key, cycle)",
        "A record has one clock of each kind; it is changed, not doubled.",
    )

    @api.model
    def _selection_kind(self):
        return (
            self.env["vas.sla.target"]._fields["kind"]._description_selection(self.env)
        )

    @api.model
    def _selection_state(self):
        return [
            ("running", self.env._("Running")),
            ("at_risk", self.env._("At risk")),
            ("paused", self.env._("Paused")),
            ("breached", self.env._("Breached")),
            ("met", self.env._("Met")),
            ("late", self.env._("Met late")),
            ("withdrawn", self.env._("Withdrawn")),
        ]

    # ------------------------------------------------------------------
    # Computed fields
    # ------------------------------------------------------------------

    @api.depends("target_id", "ticket_id.number")
    def _compute_display_name(self):
        for clock in self:
            # The number of a ticket names a clock even to who may not open the ticket.
            name = clock.sudo().ticket_id.number
            if not clock.ticket_id and clock.res_model in self.env:
                document = self.env[clock.res_model].browse(clock.res_id)
                readable = document.has_access("read")
                name = document.display_name if readable else document._description
            clock.display_name = " – ".join(filter(None, (name, clock.target_id.name)))

    @api.depends("ticket_id.commercial_partner_id")
    def _compute_partner_id(self):
        for clock in self:
            ticket = clock.ticket_id
            clock.partner_id = ticket.commercial_partner_id or clock.partner_id

    @api.depends("ticket_id.user_id")
    def _compute_user_id(self):
        for clock in self:
            clock.user_id = (
                clock.ticket_id.user_id if clock.ticket_id else clock.user_id
            )

    @api.depends("elapsed_seconds", "paused_seconds")
    def _compute_elapsed_hours(self):
        for clock in self:
            clock.elapsed_hours = clock.elapsed_seconds / 3600
            clock.paused_hours = clock.paused_seconds / 3600

    @api.depends("active", "stopped_at", "deadline")
    def _compute_outcome(self):
        for clock in self:
            if not clock.active:
                clock.outcome = "withdrawn"
            elif not clock.stopped_at:
                clock.outcome = "open"
            else:
                kept = clock.stopped_at <= clock.deadline
                clock.outcome = "met" if kept else "late"
            clock.success_rate = 100.0 if clock.outcome == "met" else 0.0

    @api.depends("outcome", "deadline", "at_risk_from", "paused_since", "paused_late")
    def _compute_state(self):
        now = fields.Datetime.now()
        for clock in self:
            clock.state = clock._get_state(now)

    def _get_state(self, now):
        """Return the state at *now*. What is broken stays broken in a pause."""
        self.ensure_one()
        if self.outcome != "open":
            return self.outcome
        if self.paused_since:
            return "breached" if self.paused_late else "paused"
        if now > self.deadline:
            return "breached"
        if self.at_risk_from and now >= self.at_risk_from:
            return "at_risk"
        return "running"

    @api.model
    def _search_state(self, operator, value):
        if operator != "in":
            return NotImplemented
        now = fields.Datetime.now()
        return Domain.OR([self._get_state_domain(state, now) for state in value])

    @api.model
    def _get_state_domain(self, state, now):
        """Return the clocks that are in *state* at *now*; the mirror of _get_state."""
        if state in ("met", "late", "withdrawn"):
            return Domain("outcome", "=", state)
        is_open = Domain("outcome", "=", "open")
        ticking = is_open & Domain("paused_since", "=", False)
        risky = Domain("at_risk_from", "<=", now)
        if state == "paused":
            return (
                is_open
                & Domain("paused_since", "!=", False)
                & Domain("paused_late", "=", False)
            )
        if state == "breached":
            return (ticking & Domain("deadline", "<", now)) | (
                is_open & Domain("paused_late", "=", True)
            )
        if state == "at_risk":
            return ticking & Domain("deadline", ">=", now) & risky
        if state == "running":
            return ticking & Domain("deadline", ">=", now) & ~risky
        return Domain.FALSE

    # ------------------------------------------------------------------
    # Documents and pure states
    # ------------------------------------------------------------------

    @api.model
    def _of(self, model_name, ids):
        """Return the clocks of documents, withdrawn ones too."""
        return self.with_context(active_test=False).search(
            [("res_model", "=", model_name), ("res_id", "in", ids)], order="id"
        )

    @api.model
    def _get_company(self, record):
        company = record.company_id if "company_id" in record._fields else None
        return company or self.env.company

    @api.model
    def _prepare_state(self, state, target):
        """Return what is stored of a pure state."""
        values = {
            "start": naive(state.start),
            "deadline": naive(state.deadline),
            "at_risk_from": naive(state.risk_from(target.at_risk_percent)),
            "target_seconds": state.target_seconds,
            "paused_since": naive(state.paused_since),
            "paused_late": state.paused_late,
            "stopped_at": naive(state.stopped_at),
            "paused_seconds": state.paused_seconds,
            "solved_seconds": state.solved_seconds,
            "counted_from": naive(state.counted_from),
            "carried_seconds": state.carried_seconds,
            "elapsed_seconds": 0.0,
        }
        if state.stopped_at:
            values["elapsed_seconds"] = state.consumed(state.stopped_at)
        return values

    def _get_state_record(self):
        """Return the pure state of this clock."""
        self.ensure_one()
        version = self.calendar_version_id
        calendar = self.calendar_id
        return ClockState(
            self.target_id._promise_of(
                self.amount,
                self.mode,
                version._get_odometer if version else calendar._vas_odometer,
            ),
            aware(self.start),
            aware(self.deadline),
            self.target_seconds,
            aware(self.paused_since),
            self.paused_late,
            aware(self.stopped_at),
            self.paused_seconds,
            self.solved_seconds,
            aware(self.counted_from),
            self.carried_seconds,
        )

    # ------------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------------

    def action_open_record(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self.res_model,
            "res_id": self.res_id,
            "views": [(False, "form")],
        }
