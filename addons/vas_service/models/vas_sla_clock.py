from collections import defaultdict
from datetime import timezone

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..tools.escalation import next_due
from ..tools.odometer import NoWorkingTimeError
from ..tools.sla_clock import ClockState
from ..tools.sla_timeline import Interruption, Stretch, segments

UTC = timezone.utc
# How far ahead the screen gets the opening hours, to tick in working time.
OPENINGS_AHEAD_DAYS = 4


def _aware(moment):
    return moment.replace(tzinfo=UTC) if moment else None


def _naive(moment):
    return moment.astimezone(UTC).replace(tzinfo=None) if moment else False


def _iso(moment):
    """Return an aware instant in UTC as text."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


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
    # The engine: records in, pure states, records out
    # ------------------------------------------------------------------

    @api.model
    def _of(self, model_name, ids):
        """Return the clocks of documents, withdrawn ones too."""
        return self.with_context(active_test=False).search(
            [("res_model", "=", model_name), ("res_id", "in", ids)], order="id"
        )

    @api.model
    def _prepare_clock(self, record, policy, target, calendar, state):
        """Return the values of a clock for *record* in the pure *state*."""
        return self._prepare_document(record) | self._prepare_terms(
            policy, target, calendar, state
        )

    @api.model
    def _prepare_document(self, record):
        """Return what the clocks of *record* have in common; a hook."""
        ticket = record if record._name == "helpdesk.ticket" else None
        values = {
            "res_model": record._name,
            "res_id": record.id,
            "ticket_id": ticket.id if ticket else False,
            "company_id": self._get_company(record).id,
            "grade_id": ticket.vas_grade_id.id if ticket else False,
        }
        if not ticket:
            values |= self._prepare_persons(record)
        return values

    @api.model
    def _prepare_terms(self, policy, target, calendar, state):
        """Return what clocks with the same promise and start have in common."""
        return {
            "calendar_id": calendar.id,
            **self._prepare_promise(policy, target, state),
            **self._prepare_state(state, target),
        }

    @api.model
    def _prepare_persons(self, record):
        """Return customer and owner of a document that is no ticket."""
        known = record._fields
        return {
            "partner_id": "partner_id" in known
            and record.partner_id.commercial_partner_id.id,
            "user_id": "user_id" in known
            and known["user_id"].comodel_name == "res.users"
            and record.user_id.id,
        }

    @api.model
    def _get_company(self, record):
        company = record.company_id if "company_id" in record._fields else None
        return company or self.env.company

    @api.model
    def _prepare_promise(self, policy, target, state):
        return {
            "policy_id": policy.id,
            "policy_version": policy.version,
            "target_id": target.id,
            "kind": target.kind,
            "key": target.key,
            "audience": policy.audience,
            "amount": state.promise.amount,
            "mode": target._get_mode(),
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
            "counted_from": _naive(state.counted_from),
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
            _aware(self.start),
            _aware(self.deadline),
            self.target_seconds,
            _aware(self.paused_since),
            self.paused_late,
            _aware(self.stopped_at),
            self.paused_seconds,
            self.solved_seconds,
            _aware(self.counted_from),
            self.carried_seconds,
        )

    @api.model
    def _begin(self, promises, at, reason="", cycles=None):
        """Start clocks.

        :param promises: list of (record, policy, target, calendar, start)
        :param at: when this happened (naive UTC)
        :param cycles: the number of each clock among those of its kind, 1 by default
        """
        if not promises:
            return self.browse()
        policies = self.env["vas.sla.policy"].browse(
            {policy.id for _record, policy, *_rest in promises}
        )
        self.env["vas.sla.policy.version"]._ensure(policies)
        versions = self.env["vas.calendar.version"]._get_current(
            self.env["resource.calendar"].browse(
                {calendar.id for *_start, calendar, _at in promises if calendar}
            )
        )
        rows, terms, documents = [], {}, {}
        for index, (record, policy, target, calendar, start) in enumerate(promises):
            key = (target.id, calendar.id, start)
            if key not in terms:
                try:
                    promise = target._get_promise(calendar)
                    state = ClockState.begin(promise, _aware(start))
                except NoWorkingTimeError as error:
                    raise calendar._vas_no_working_time() from error
                terms[key] = self._prepare_terms(policy, target, calendar, state) | {
                    "calendar_version_id": calendar and versions[calendar].id,
                    "next_action_at": policy._get_next_action_at(target, state),
                }
            if record.id not in documents:
                documents[record.id] = self._get_reported(
                    record
                ) | self._prepare_document(record)
            rows.append(documents[record.id] | terms[key])
            rows[-1]["cycle"] = cycles[index] if cycles else 1
        clocks = self._insert_clocks(rows)
        self._log_rows(
            [
                {
                    "clock_id": number,
                    "kind": "start",
                    "date": row["start"],
                    "reason": reason,
                    "deadline_after": row["deadline"],
                    "policy_id": row["policy_id"],
                    "policy_version": row["policy_version"],
                    "calendar_version_id": row["calendar_version_id"],
                }
                for number, row in zip(clocks._ids, rows, strict=True)
            ]
        )
        return clocks

    # What the engine reads again at once after it inserted clocks.
    _READ_AT_ONCE = (
        *("res_id", "res_model", "ticket_id", "company_id", "policy_id", "target_id"),
        *("policy_version", "calendar_id", "calendar_version_id", "kind", "key"),
        *("start", "deadline", "stopped_at", "paused_since", "outcome", "active"),
        *("audience", "next_action_at", "round"),
    )

    @api.model
    def _insert_clocks(self, rows):
        """Insert clocks that are new and open."""
        # The engine writes its own tables; nobody else does.
        engine, model_sudo = self.env["vas.sla.engine"], self.browse().sudo()
        clocks = engine._insert(model_sudo, rows, self._READ_AT_ONCE)
        tickets = clocks.ticket_id
        tickets.invalidate_recordset(["vas_clock_ids"], flush=False)
        clocks.modified(["ticket_id", "deadline", "outcome", "paused_since", "active"])
        # The rows are complete: only what others make of them is to be computed.
        for name in rows[0]:
            if self._fields[name].compute:
                self.env.remove_to_compute(self._fields[name], clocks)
        return clocks.with_env(self.env)

    @api.model
    def _get_reported(self, record):
        """Return the stored results of new, open clocks of *record*; a hook."""
        values = {
            "active": True,
            "cycle": 1,
            "round": 1,
            "pause_reason": False,
            "elapsed_hours": 0.0,
            "paused_hours": 0.0,
            "outcome": "open",
            "success_rate": 0.0,
            "partner_id": False,
            "user_id": False,
            "team_id": False,
            "priority": False,
        }
        if record._name == "helpdesk.ticket":
            values |= {
                "partner_id": record.commercial_partner_id.id,
                "user_id": record.user_id.id,
                "team_id": record.team_id.id,
                "priority": record.priority,
            }
        return values

    def _move(self, operation, at, reasons=None, moments=None):
        """Pause, resume, stop or reopen clocks.

        :param operation: name of a method of ClockState, also the kind of the event
        :param at: when it happened (naive UTC)
        :param reasons: {clock: reason}
        :param moments: {clock: when it happened}, where it was not *at*
        :return: the clocks that moved
        """
        reasons, moments = reasons or {}, moments or {}
        moved, events, changes = self.browse(), [], []
        for clock in self:
            state = clock._get_state_record()
            try:
                steps = state.move(operation, _aware(moments.get(clock, at)))
            except NoWorkingTimeError as error:
                raise clock.calendar_id._vas_no_working_time() from error
            if not steps:
                continue
            reason = reasons.get(clock) or ""
            values = self._prepare_state(state, clock.target_id)
            values["pause_reason"] = reason if state.paused_since else False
            changes.append((clock, values, state))
            moved |= clock
            events += [
                dict(self._prepare_event(step, reason), clock_id=clock.id)
                for step in steps
            ]
        done = moved._get_escalations_done()
        for clock, values, state in changes:
            values["next_action_at"] = clock.policy_id._get_next_action_at(
                clock.target_id, state, done[clock.id]
            )
            clock.write(clock._get_changed(values))
        moved._log(events)
        return moved

    def _get_changed(self, values):
        """Return those of *values* that are not there already."""
        result = {}
        for name, value in values.items():
            present = self[name]
            if isinstance(present, models.BaseModel):
                present = present.id
            if (present or False) != (value or False):
                result[name] = value
        return result

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

    def _retarget(self, changes, at, rule=None):
        """Give clocks another promise, in the present rules of its working hours.

        :param changes: {clock: (policy, target, calendar[, start])}; a start that is
            given replaces that of the clock
        :param rule: how consumed time counts; that of the new policy by default
        """
        if not changes:
            return
        clocks = self.browse([clock.id for clock in changes])
        self.env["vas.sla.policy.version"]._ensure(
            self.env["vas.sla.policy"].browse(
                {policy.id for policy, *_rest in changes.values()}
            )
        )
        versions = self.env["vas.calendar.version"]._get_current(
            self.env["resource.calendar"].browse(
                {change[2].id for change in changes.values() if change[2]}
            )
        )
        events, done = [], clocks._get_escalations_done()
        for clock, state, change, before in clocks._retargeted(changes, at, rule):
            policy, target, calendar = change[:3]
            applied = rule or policy.change_rule
            restarted = applied == "restart"
            revived = not clock.active
            version = versions.get(calendar, clock.calendar_version_id.browse())
            same = clock.policy_id == policy and clock.policy_version == policy.version
            values = {
                **self._prepare_promise(policy, target, state),
                **self._prepare_state(state, target),
                "calendar_id": calendar.id,
                "calendar_version_id": version.id,
                "active": True,
                "round": clock.round + 1 if restarted else clock.round,
                "next_action_at": policy._get_next_action_at(
                    target, state, {} if restarted else done[clock.id]
                ),
            }
            clock.write(clock._get_changed(values))
            kind = "calendar" if same else "policy"
            events.append(
                {
                    "clock_id": clock.id,
                    "kind": "restore" if revived else kind,
                    "date": at,
                    "reason": calendar.name if kind == "calendar" else policy.name,
                    "rule": applied,
                    "deadline_before": before,
                    "deadline_after": clock.deadline,
                }
            )
        clocks._log(events)

    def _retargeted(self, changes, at, rule=None):
        """Yield (clock, new pure state, change, deadline before); nothing is written.

        The same computation serves the change itself and its preview.
        """
        spans = self._get_interruptions()
        for clock in self:
            policy, target, calendar, *start = changes[clock]
            state, before = clock._get_state_record(), clock.deadline
            if start and start[0]:
                state.start = _aware(start[0])
            try:
                promise = target._get_promise(calendar)
                if not state.retarget(
                    promise, _aware(at), rule or policy.change_rule, spans[clock.id]
                ):
                    continue
            except NoWorkingTimeError as error:
                raise calendar._vas_no_working_time() from error
            yield clock, state, changes[clock], before

    def _start_earlier(self, others, at):
        """Let these clocks count from the earliest start of *others* of their kind."""
        events = []
        spans = self._get_interruptions()
        for clock in self:
            starts = [o.start for o in others if o.key == clock.key]
            if not starts or min(starts) >= clock.start:
                continue
            state, before = clock._get_state_record(), clock.deadline
            state.start = _aware(min(starts))
            state.retarget(state.promise, _aware(at), "retroactive", spans[clock.id])
            values = self._prepare_state(state, clock.target_id)
            values["next_action_at"] = clock.policy_id._get_next_action_at(
                clock.target_id, state, clock._get_escalations_done()[clock.id]
            )
            clock.write(clock._get_changed(values))
            events.append(
                {
                    "clock_id": clock.id,
                    "kind": "merge",
                    "date": at,
                    "rule": "retroactive",
                    "deadline_before": before,
                    "deadline_after": clock.deadline,
                }
            )
        self._log(events)

    def _get_interruptions(self):
        """Return {clock id: [(from, to)…]} of all closed pauses and solved times since
        the clock (last) started, read from the ledger."""
        events = self.env["vas.sla.event"]
        events.flush_model(["clock_id", "kind", "date"])
        rows = self.env.execute_query(
            SQL(
                "SELECT clock_id, kind, date FROM vas_sla_event "
                "WHERE clock_id = ANY(%s)"
                " AND kind IN ('pause', 'resume', 'stop', 'reopen') ORDER BY date, id",
                self.ids,
            )
        )
        spans, since = defaultdict(list), {}
        starts = {clock.id: _aware(clock.start) for clock in self}
        for clock_id, kind, moment in rows:
            date = _aware(moment)
            if kind in ("pause", "stop"):
                since.setdefault(clock_id, date)
            elif clock_id in since:
                begun = max(since.pop(clock_id), starts[clock_id])
                if begun < date:
                    spans[clock_id].append((begun, date))
        return spans

    def _withdraw(self, at, reason=""):
        """Take the promise back: it is no longer due and counts in no report."""
        if not self:
            return
        self.write({"active": False, "next_action_at": False})
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
        self._log_rows(
            [
                {
                    "policy_id": clocks[event["clock_id"]].policy_id.id,
                    "policy_version": clocks[event["clock_id"]].policy_version,
                    "calendar_version_id": clocks[
                        event["clock_id"]
                    ].calendar_version_id.id,
                }
                | event
                for event in events
            ]
        )

    def _log_rows(self, rows):
        """Add lines that name their clock, its policy and the versions of both."""
        empty = dict.fromkeys(self._LEDGER, False)
        empty |= {"user_id": self.env.uid, "seconds": 0.0}
        # The ledger is written by the engine only.
        ledger_sudo = self.env["vas.sla.event"].sudo()
        self.env["vas.sla.engine"]._insert(ledger_sudo, [empty | row for row in rows])
        self.invalidate_model(["event_ids"], flush=False)

    _LEDGER = (
        *("clock_id", "kind", "date", "user_id", "reason", "policy_id"),
        *("policy_version", "calendar_version_id", "rule", "deadline_before"),
        *("deadline_after", "seconds"),
    )

    # ------------------------------------------------------------------
    # Escalation
    # ------------------------------------------------------------------

    def _get_escalations_done(self):
        """Return {clock id: {step id: occurrences that happened in this round}}."""
        result = defaultdict(dict)
        if not self.policy_id.escalation_plan_id:
            return result
        groups = self.env["vas.sla.escalation.log"]._read_group(
            [("clock_id", "in", self.ids)],
            ["clock_id", "step_id", "round"],
            ["occurrence:max"],
        )
        for clock, step, number, occurrence in groups:
            if number == clock.round:
                result[clock.id][step.id] = occurrence
        return result

    @api.model
    def _cron_escalate(self, limit=200):
        """Take the steps of escalations that are due, the oldest first.

        One look into an index per run. What another run or a person is working on is
        left for the next time; each batch is committed with its log, so that a run that
        is killed repeats nothing.
        """
        while True:
            now = fields.Datetime.now()
            due = Domain("next_action_at", "<=", now)
            clocks = self.with_context(active_test=False).search(
                due, order="next_action_at, id", limit=limit
            )
            locked = clocks.try_lock_for_update()
            locked._escalate(now)
            rest = self.with_context(active_test=False).search_count(due, limit=limit)
            left = self.env["ir.cron"]._commit_progress(len(locked), remaining=rest)
            if not left or not locked or not rest:
                break

    def _escalate(self, now):
        """Take every step of these clocks that is due at *now* and plan the next."""
        done = self._get_escalations_done()
        for clock in self:
            state, taken = clock._get_state_record(), done[clock.id]
            steps = clock.policy_id._get_steps(clock.target_id)
            moment = False
            while clock.active and (due := next_due(steps, state, taken)):
                if _naive(due.at) > now:
                    moment = due.at
                    break
                taken[due.key] = due.occurrence
                step = self.env["vas.sla.escalation"].browse(due.key)
                step._take(clock, due.occurrence, _naive(due.at), now)
                state = clock._get_state_record()
            clock.next_action_at = _naive(moment)

    # ------------------------------------------------------------------
    # Timeline
    # ------------------------------------------------------------------

    def _get_timeline(self, now=None):
        """Return the life of this clock as plain data, for pictures and proofs.

        ``segments`` follow each other without gaps: ``{start, end, kind, reason, actor,
        seconds, working_seconds}`` with kind ``counted``, ``paused``, ``closed_hours``
        or ``stopped``; the working seconds of the counted ones add up to
        ``consumed``. ``markers`` are ``{kind, at, label, actor}``. Instants are UTC in
        ISO form.
        """
        self.ensure_one()
        now = now or fields.Datetime.now()
        state = self._get_state_record()
        end = state.stopped_at or max(_aware(now), state.start)
        events = self.event_ids.sorted(lambda event: (event.date, event.id))
        pieces = segments(
            self._get_stretches(events, state, end), self._get_breaks(events, state)
        )
        kinds = dict(events._fields["kind"]._description_selection(self.env))
        markers = [
            {
                "kind": event.kind,
                "at": _iso(_aware(event.date)),
                "label": kinds[event.kind],
                "reason": event.reason or "",
                "actor": event.user_id.name or "",
            }
            for event in events
        ]
        if self.at_risk_from:
            markers.append(
                {
                    "kind": "at_risk",
                    "at": _iso(_aware(self.at_risk_from)),
                    "label": self.env._("At risk"),
                    "reason": "",
                    "actor": "",
                }
            )
        markers.append(
            {
                "kind": "deadline",
                "at": _iso(state.deadline),
                "label": self.env._("Deadline"),
                "reason": "",
                "actor": "",
            }
        )
        return {
            "clock_id": self.id,
            "name": self.target_id.name,
            "state": self._get_state(now),
            "zone": self.calendar_id.tz or "UTC",
            "hours": self.calendar_id.name or "",
            "calendar_version": self.calendar_version_id.number,
            "policy": self.policy_id.name,
            "policy_version": self.policy_version,
            "start": _iso(state.start),
            "end": _iso(end),
            "deadline": _iso(state.deadline),
            "now": _iso(_aware(now)),
            "target": self.target_seconds,
            "consumed": state.consumed(end),
            "segments": [
                {
                    "start": _iso(piece.start),
                    "end": _iso(piece.end),
                    "kind": piece.kind,
                    "reason": piece.reason,
                    "actor": piece.actor,
                    "seconds": piece.seconds,
                    "working_seconds": piece.working_seconds,
                }
                for piece in pieces
            ],
            "markers": sorted(markers, key=lambda marker: marker["at"]),
        }

    def _get_stretches(self, events, state, end):
        """Return the parts of this clock's life, each with what counted it.

        A change that carried consumed time over ends a part; the hours of before
        counted until then.
        """
        parts, begun, version = [], state.start, self.calendar_version_id
        first = next((e.calendar_version_id for e in events), version)
        before = first or version
        for event in events if state.counted_from else ():
            at = min(_aware(event.date), end)
            if event.rule == "carry" and begun < at:
                parts.append(Stretch(begun, at, self._odometer_in(before, state)))
                begun = at
            if event.kind in ("restore", "policy", "calendar"):
                before = event.calendar_version_id or before
        return [*parts, Stretch(begun, end, state.promise.odometer)]

    def _odometer_in(self, version, state):
        return version._get_odometer() if version else state.promise.odometer

    def _get_breaks(self, events, state):
        """Return the interruptions since the clock (last) started."""
        found, open_break = [], None
        for event in events:
            at = _aware(event.date)
            if event.kind in ("pause", "stop"):
                if not open_break:
                    kind = "paused" if event.kind == "pause" else "stopped"
                    open_break = (kind, at, event.reason, event.user_id.name)
            elif event.kind in ("resume", "reopen") and open_break:
                kind, begun, reason, actor = open_break
                found.append(Interruption(kind, begun, at, reason or "", actor or ""))
                open_break = None
        if open_break and not state.stopped_at:
            kind, begun, reason, actor = open_break
            found.append(Interruption(kind, begun, None, reason or "", actor or ""))
        return found

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
