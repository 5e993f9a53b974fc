from collections import defaultdict
from datetime import timezone

from odoo import api, fields, models
from odoo.fields import Domain

from ..tools.odometer import NoWorkingTimeError
from ..tools.sla_clock import ClockState, Promise

UTC = timezone.utc
# How far ahead the screen gets the opening hours, to tick in working time.
OPENINGS_AHEAD_DAYS = 4


def _aware(moment):
    return moment.replace(tzinfo=UTC) if moment else None


def _naive(moment):
    return moment.astimezone(UTC).replace(tzinfo=None) if moment else False


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
    calendar_id = fields.Many2one(
        "resource.calendar",
        string="Working hours",
        required=True,
        ondelete="restrict",
        readonly=True,
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
        related="ticket_id.commercial_partner_id", store=True, string="Customer"
    )
    team_id = fields.Many2one(related="ticket_id.team_id", store=True)
    user_id = fields.Many2one(related="ticket_id.user_id", store=True, string="Owner")
    priority = fields.Selection(related="ticket_id.priority", store=True)
    grade_id = fields.Many2one(
        "vas.grade",
        string="Customer grade",
        readonly=True,
        help="The grade the customer had when the promise was made.",
    )

    _record_idx = models.Index("(res_model, res_id)")
    _open_deadline_idx = models.Index(
        "(deadline) WHERE outcome = 'open' AND paused_since IS NULL"
    )
    _kind_uniq = models.UniqueIndex(
        "(res_model, res_id, kind)",
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
            clock.display_name = " – ".join(
                filter(None, (clock.ticket_id.number, clock.target_id.name))
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
    # The engine: records in, pure states, records out
    # ------------------------------------------------------------------

    @api.model
    def _prepare_clock(self, record, policy, target, calendar, state):
        """Return the values of a clock for *record* in the pure *state*; a hook."""
        ticket = record if record._name == "helpdesk.ticket" else None
        return {
            "res_model": record._name,
            "res_id": record.id,
            "ticket_id": ticket.id if ticket else False,
            "company_id": record.company_id.id,
            "grade_id": ticket.vas_grade_id.id if ticket else False,
            "kind": target.kind,
            "calendar_id": calendar.id,
            **self._prepare_promise(policy, target, state),
            **self._prepare_state(state, target),
        }

    @api.model
    def _prepare_promise(self, policy, target, state):
        return {
            "policy_id": policy.id,
            "policy_version": policy.version,
            "target_id": target.id,
            "amount": state.promise.amount,
            "mode": state.promise.mode,
        }

    @api.model
    def _prepare_state(self, state, target):
        """Return what is stored of a pure state."""
        values = {
            "start": _naive(state.start),
            "deadline": _naive(state.deadline),
            "at_risk_from": _naive(state.risk_from(target.at_risk_percent)),
            "target_seconds": state.target_seconds,
            "paused_since": _naive(state.paused_since),
            "paused_late": state.paused_late,
            "stopped_at": _naive(state.stopped_at),
            "paused_seconds": state.paused_seconds,
            "solved_seconds": state.solved_seconds,
            "elapsed_seconds": 0.0,
        }
        if state.stopped_at:
            values["elapsed_seconds"] = state.consumed(state.stopped_at)
        return values

    def _get_state_record(self):
        """Return the pure state of this clock."""
        self.ensure_one()
        return ClockState(
            Promise(self.amount, self.mode, self.calendar_id._vas_odometer()),
            _aware(self.start),
            _aware(self.deadline),
            self.target_seconds,
            _aware(self.paused_since),
            self.paused_late,
            _aware(self.stopped_at),
            self.paused_seconds,
            self.solved_seconds,
        )

    @api.model
    def _begin(self, promises, at, reason=""):
        """Start clocks.

        :param promises: list of (record, policy, target, calendar, start)
        :param at: when this happened (naive UTC)
        """
        values = []
        for record, policy, target, calendar, start in promises:
            try:
                state = ClockState.begin(target._get_promise(calendar), _aware(start))
            except NoWorkingTimeError as error:
                raise calendar._vas_no_working_time() from error
            values.append(self._prepare_clock(record, policy, target, calendar, state))
        clocks = self.create(values)
        clocks._log(
            [
                {
                    "kind": "start",
                    "date": clock.start,
                    "reason": reason,
                    "deadline_after": clock.deadline,
                }
                for clock in clocks
            ]
        )
        return clocks

    def _move(self, operation, at, reasons=None):
        """Pause, resume, stop or reopen clocks.

        :param operation: name of a method of ClockState, also the kind of the event
        :param at: when it happened (naive UTC)
        :param reasons: {clock: reason}
        :return: the clocks that moved
        """
        reasons = reasons or {}
        moved, events = self.browse(), []
        for clock in self:
            state = clock._get_state_record()
            try:
                steps = state.move(operation, _aware(at))
            except NoWorkingTimeError as error:
                raise clock.calendar_id._vas_no_working_time() from error
            if not steps:
                continue
            reason = reasons.get(clock, "")
            values = self._prepare_state(state, clock.target_id)
            values["pause_reason"] = reason if state.paused_since else False
            clock.write(values)
            moved |= clock
            events += [
                dict(self._prepare_event(step, reason), clock_id=clock.id)
                for step in steps
            ]
        moved._log(events)
        return moved

    @api.model
    def _prepare_event(self, step, reason=""):
        """Return the values of a ledger line."""
        return {
            "kind": step.kind,
            "date": _naive(step.at),
            "reason": reason,
            "deadline_before": _naive(step.deadline_before),
            "deadline_after": _naive(step.deadline_after),
            "seconds": step.seconds,
        }

    def _retarget(self, changes, at):
        """Give clocks another promise.

        :param changes: {clock: (policy, target, calendar)}
        """
        spans = self._get_interruptions()
        events = []
        for clock in self:
            policy, target, calendar = changes[clock]
            state, before = clock._get_state_record(), clock.deadline
            try:
                promise = target._get_promise(calendar)
                if not state.retarget(
                    promise, _aware(at), policy.change_rule, spans[clock.id]
                ):
                    continue
            except NoWorkingTimeError as error:
                raise calendar._vas_no_working_time() from error
            revived = not clock.active
            clock.write(
                {
                    **self._prepare_promise(policy, target, state),
                    **self._prepare_state(state, target),
                    "calendar_id": calendar.id,
                    "active": True,
                }
            )
            events.append(
                {
                    "clock_id": clock.id,
                    "kind": "restore" if revived else "policy",
                    "date": at,
                    "reason": policy.name,
                    "deadline_before": before,
                    "deadline_after": clock.deadline,
                }
            )
        self._log(events)

    def _get_interruptions(self):
        """Return {clock id: [(from, to)…]} of all closed pauses and solved times since
        the clock (last) started, read from the ledger."""
        events = self.env["vas.sla.event"].search_fetch(
            [
                ("clock_id", "in", self.ids),
                ("kind", "in", ("pause", "resume", "stop", "reopen", "withdraw")),
            ],
            ["clock_id", "kind", "date"],
            order="date, id",
        )
        spans, since = defaultdict(list), {}
        starts = {clock.id: _aware(clock.start) for clock in self}
        for event in events:
            clock_id, date = event.clock_id.id, _aware(event.date)
            if event.kind in ("pause", "stop"):
                since.setdefault(clock_id, date)
            elif clock_id in since and event.kind in ("resume", "reopen"):
                begun = max(since.pop(clock_id), starts[clock_id])
                if begun < date:
                    spans[clock_id].append((begun, date))
        return spans

    def _vas_reopen(self, tickets, at):
        """Let the resolution clocks of tickets that were opened again run on.

        The time they counted as solved, or as closed without a result, is excluded.
        """
        clocks = self.filtered(
            lambda clock: (
                clock.kind == "resolution"
                and clock.stopped_at
                and clock.ticket_id in tickets
            )
        )
        withdrawn = clocks.filtered(lambda clock: not clock.active)
        withdrawn.active = True
        clocks._move(
            "reopen", at, {clock: clock.ticket_id.stage_id.name for clock in clocks}
        )

    def _withdraw(self, at, reason=""):
        """Take the promise back: it is no longer due and counts in no report."""
        self.active = False
        self._log(
            [
                {
                    "clock_id": clock.id,
                    "kind": "withdraw",
                    "date": at,
                    "reason": reason,
                }
                for clock in self
            ]
        )

    def _log(self, events):
        """Add lines to the ledger; clocks and lines go in step if no clock is named."""
        if not events:
            return
        clocks = {clock.id: clock for clock in self}
        for event, clock in zip(events, self, strict=False):
            event.setdefault("clock_id", clock.id)
        for event in events:
            clock = clocks[event["clock_id"]]
            event.setdefault("user_id", self.env.uid)
            event.setdefault("policy_id", clock.policy_id.id)
            event.setdefault("policy_version", clock.policy_version)
        self.env["vas.sla.event"].create(events)

    # ------------------------------------------------------------------
    # Screen
    # ------------------------------------------------------------------

    def _get_screen_values(self, now):
        """Return what the clock widget shows and needs to tick on its own.

        Instants are UTC in ISO form; ``left`` is working seconds at *now*, negative
        when overdue; ``openings`` are the coming open hours, in which it ticks.
        """
        states = dict(self._fields["state"]._description_selection(self.env))
        ahead = fields.Datetime.add(now, days=OPENINGS_AHEAD_DAYS)
        openings = {}
        result = []
        for clock in self:
            state = clock._get_state_record()
            key = clock._get_state(now)
            odometer = state.promise.odometer
            if odometer not in openings:
                openings[odometer] = [
                    [a.timestamp(), b.timestamp()]
                    for a, b in odometer.openings(_aware(now), _aware(ahead))
                ]
            result.append(
                {
                    "id": clock.id,
                    "name": clock.target_id.name,
                    "kind": clock.kind,
                    "state": key,
                    "label": states[key],
                    "policy": clock.policy_id.name,
                    "hours": clock.calendar_id.name,
                    "zone": clock.calendar_id.tz,
                    "deadline": state.deadline.timestamp(),
                    "at_risk_from": clock.at_risk_from
                    and _aware(clock.at_risk_from).timestamp(),
                    "stopped_at": clock.stopped_at
                    and _aware(clock.stopped_at).timestamp(),
                    "paused_since": clock.paused_since
                    and _aware(clock.paused_since).timestamp(),
                    "pause_reason": clock.pause_reason or "",
                    "target": clock.target_seconds,
                    "left": state.left(_aware(now)),
                    "openings": [] if clock.stopped_at else openings[odometer],
                }
            )
        return result

    def action_open_record(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self.res_model,
            "res_id": self.res_id,
            "views": [(False, "form")],
        }
