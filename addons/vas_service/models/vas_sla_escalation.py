import logging
import math
import re

from psycopg2 import OperationalError

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import format_datetime

from ..tools.escalation import Step

_logger = logging.getLogger(__name__)
UNIT_SECONDS = {"minutes": 60, "hours": 3600}
# What a message may contain in braces.
MESSAGE_WORDS = ("document", "promise", "customer", "deadline", "hours")


class VasSlaEscalation(models.Model):
    """One step of an escalation: when, who, and what happens."""

    _name = "vas.sla.escalation"
    _description = "Escalation Step"
    _order = "plan_id, is_afterwards, hours_from_deadline, percent, sequence, id"

    plan_id = fields.Many2one(
        "vas.sla.escalation.plan", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="plan_id.company_id", store=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    name = fields.Char(required=True, translate=True)
    target_kind = fields.Selection(
        selection=lambda self: self.env["vas.sla.clock"]._selection_kind(),
        string="Only for",
        help="Empty: every target.",
    )
    basis = fields.Selection(
        [
            ("before", "Before the deadline"),
            ("after", "After the deadline"),
            ("percent", "At a share of the time"),
            ("stopped_late", "When fulfilled late"),
        ],
        string="When",
        required=True,
        default="after",
    )
    amount = fields.Float(string="Time", digits=(16, 2))
    unit = fields.Selection(
        [("minutes", "minutes"), ("hours", "hours")], default="hours", required=True
    )
    percent = fields.Float(string="Share (%)", digits=(6, 1), default=100.0)
    working = fields.Boolean(
        string="In working time",
        default=True,
        help="Times are counted in the working hours of the clock, and nobody is "
        "disturbed outside them.",
    )
    every = fields.Float(
        string="Repeated every", digits=(16, 2), help="0: only once. Same unit."
    )
    times = fields.Integer(string="At most", default=1, help="Repetitions included.")
    action = fields.Selection(
        [
            ("notify", "Tell somebody"),
            ("sms", "Send an SMS"),
            ("activity", "Schedule an activity"),
            ("reassign", "Hand it to somebody"),
            ("priority", "Raise the priority"),
            ("server_action", "Run a server action"),
        ],
        string="What",
        required=True,
        default="notify",
    )
    role_ids = fields.Many2many("vas.sla.role", string="Who")
    message = fields.Char(
        translate=True,
        help="May contain {document}, {promise}, {customer}, {deadline} and {hours}.",
    )
    activity_type_id = fields.Many2one("mail.activity.type", string="Activity")
    server_action_id = fields.Many2one("ir.actions.server", string="Server action")
    log_count = fields.Integer(compute="_compute_log_count")
    sentence = fields.Char(string="In one sentence", compute="_compute_sentence")
    hours_from_deadline = fields.Float(
        string="From the deadline (h)",
        compute="_compute_hours_from_deadline",
        store=True,
        help="Negative before it. Shares are counted of the promise the plan names.",
    )
    is_afterwards = fields.Boolean(
        string="Once fulfilled", compute="_compute_hours_from_deadline", store=True
    )
    warning = fields.Char(string="To look at", compute="_compute_warning")

    _amount_check = models.Constraint(
        "CHECK (amount >= 0 AND every >= 0 AND percent > 0 AND times >= 1)",
        "Times of an escalation are not negative, a share is over 0 %, and it happens "
        "at least once.",
    )

    @api.depends("basis", "amount", "unit", "percent", "plan_id.example_hours")
    def _compute_hours_from_deadline(self):
        """Where the step stands in the ladder."""
        for step in self:
            hours = 0.0
            if step.basis == "percent":
                hours = step.plan_id.example_hours * (step.percent - 100) / 100
            elif step.basis != "stopped_late":
                hours = step.amount * UNIT_SECONDS[step.unit] / UNIT_SECONDS["hours"]
                hours *= -1 if step.basis == "before" else 1
            step.hours_from_deadline = hours
            step.is_afterwards = step.basis == "stopped_late"

    @api.depends(
        "basis",
        "amount",
        "unit",
        "percent",
        "every",
        "times",
        "action",
        "role_ids.name",
        "working",
    )
    @api.depends_context("lang")
    def _compute_sentence(self):
        units = dict(self._fields["unit"]._description_selection(self.env))
        actions = dict(self._fields["action"]._description_selection(self.env))
        for step in self:
            unit = units.get(step.unit, "")
            amount = f"{step.amount:g} {unit}"
            when = {
                "before": self.env._("%(time)s before the deadline", time=amount),
                "after": self.env._("%(time)s after the deadline", time=amount)
                if step.amount
                else self.env._("At the deadline"),
                "percent": self.env._(
                    "At %(percent)s %% of the time", percent=f"{step.percent:g}"
                ),
                "stopped_late": self.env._("When fulfilled late"),
            }.get(step.basis, "")
            if step.every and step.times > 1:
                when = self.env._(
                    "%(when)s, every %(every)s, at most %(times)s times",
                    when=when,
                    every=f"{step.every:g} {unit}",
                    times=step.times,
                )
            step.sentence = self.env._(
                "%(when)s: %(what)s %(who)s",
                when=when,
                what=actions.get(step.action, ""),
                who=self.env._(", ").join(step.role_ids.mapped("name")),
            ).strip()

    @api.depends(
        "active",
        "target_kind",
        "basis",
        "every",
        "times",
        "action",
        "role_ids",
        "message",
        "server_action_id",
        "activity_type_id",
        "hours_from_deadline",
        "plan_id.policy_ids.state",
        "plan_id.step_ids.hours_from_deadline",
    )
    @api.depends_context("lang")
    def _compute_warning(self):
        for step in self:
            problems = step._get_problems() if step.active else []
            step.warning = " ".join(problems) or False

    def _get_problems(self):
        """Return what of this step will not happen as it is written."""
        self.ensure_one()
        return [
            *self._get_promise_problems(),
            *self._get_repeat_problems(),
            *self._get_action_problems(),
        ]

    def _get_promise_problems(self):
        """What never comes, comes at once, or comes twice."""
        plan, targets = self.plan_id, self.plan_id._get_targets()
        mine = targets.filtered(lambda t: self.target_kind in (False, t.kind))
        if targets and not mine:
            kinds = dict(self._fields["target_kind"]._description_selection(self.env))
            yield self.env._(
                "Never happens: no policy with this plan promises “%(kind)s”.",
                kind=kinds[self.target_kind],
            )
        if self.basis == "before":
            short = mine.filtered(
                lambda t: plan._get_hours(t) <= -self.hours_from_deadline
            )
            if short:
                yield self.env._(
                    "Happens as soon as the clock starts: “%(promise)s” is no longer "
                    "than this.",
                    promise=short[0].display_name,
                )
        twin = plan.step_ids.filtered(
            lambda other: (
                other.active
                and other._origin != self._origin
                and all(
                    other[name] == self[name]
                    for name in (
                        *("target_kind", "is_afterwards", "hours_from_deadline"),
                        *("action", "role_ids", "activity_type_id"),
                        "server_action_id",
                    )
                )
            )
        )[:1]
        if twin:
            yield self.env._(
                "Does the same at the same moment as “%(step)s”.", step=twin.name
            )

    def _get_repeat_problems(self):
        """Repetitions that do not come."""
        if self.basis == "stopped_late":
            return
        if bool(self.every) != (self.times > 1):
            yield self.env._(
                "Happens only once: a repetition needs a time in between and more than "
                "one time at most."
            )
        elif self.every and self._is_early():
            every = self.every * UNIT_SECONDS[self.unit] / UNIT_SECONDS["hours"]
            times = math.floor(-self.hours_from_deadline / every) + 1
            if times < self.times:
                yield self.env._(
                    "Happens at most %(count)s times: a warning is not repeated after "
                    "the deadline.",
                    count=times,
                )

    def _get_action_problems(self):
        """Documents with which the action cannot do anything, words nobody knows."""
        known = {f"{{{name}}}" for name in MESSAGE_WORDS}
        unknown = set(re.findall(r"\{\w*\}", self.message or "")) - known
        if unknown:
            yield self.env._(
                "The message says %(words)s, which means nothing.",
                words=self.env._(", ").join(sorted(unknown)),
            )
        names = set(self.plan_id._get_targets().mapped("model_name"))
        for name in sorted(names & set(self.env)):
            problem = self._get_unfit(self.env[name])
            if problem:
                yield problem

    def _get_unfit(self, record):
        """Return why the action cannot work on documents like *record*, or nothing."""
        kind = record._description
        if self.action == "sms" and not hasattr(record, "_message_sms"):
            return self.env._("%(model)s cannot send SMS.", model=kind)
        if self.action == "activity" and not hasattr(record, "activity_schedule"):
            return self.env._("%(model)s has no activities.", model=kind)
        if self.action == "reassign" and "user_id" not in record._fields:
            return self.env._("%(model)s has no responsible person.", model=kind)
        if self.action == "priority":
            field = record._fields.get("priority")
            if field is None or field.type != "selection":
                return self.env._("%(model)s has no priority.", model=kind)
        action = self.server_action_id
        if self.action == "server_action" and action.model_id.model != record._name:
            return self.env._(
                "The server action “%(action)s” is made for other documents than "
                "%(model)s.",
                action=action.name,
                model=kind,
            )
        return None

    def _compute_log_count(self):
        counts = dict(
            self.env["vas.sla.escalation.log"]._read_group(
                [("step_id", "in", self.ids)], ["step_id"], ["__count"]
            )
        )
        for step in self:
            step.log_count = counts.get(step, 0)

    @api.constrains(
        "basis", "amount", "action", "role_ids", "server_action_id", "activity_type_id"
    )
    def _check_action(self):
        for step in self:
            problem = False
            if step.action in ("notify", "sms", "activity", "reassign"):
                if not step.role_ids:
                    problem = self.env._("nobody is named. Expected: at least one role")
            if step.action == "server_action" and not step.server_action_id:
                problem = self.env._("the server action is missing")
            if step.basis == "before" and not step.amount:
                problem = self.env._("the time before the deadline is missing")
            if problem:
                raise ValidationError(
                    self.env._(
                        "Escalation “%(plan)s”, step “%(step)s”: %(problem)s.",
                        plan=step.plan_id.name,
                        step=step.name,
                        problem=problem,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        steps = super().create(vals_list)
        steps.plan_id._changed(steps.plan_id)
        return steps

    def write(self, vals):
        result = super().write(vals)
        if vals.keys() - {"name", "message", "sequence"}:
            self.plan_id._changed(self.plan_id)
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        if self.env["vas.sla.escalation.log"].search_count(
            [("step_id", "in", self.ids)], limit=1
        ):
            raise UserError(
                self.env._(
                    "A step that was taken stays as its proof. Archive it instead."
                )
            )

    def unlink(self):
        plans = self.plan_id
        result = super().unlink()
        plans._changed(plans)
        return result

    # ------------------------------------------------------------------
    # Taking a step
    # ------------------------------------------------------------------

    def _get_pure(self):
        """Return this step for the arithmetic."""
        self.ensure_one()
        seconds = UNIT_SECONDS[self.unit]
        basis, amount = "offset", self.amount * seconds
        if self.basis == "before":
            amount = -amount
        elif self.basis == "percent":
            basis, amount = "percent", self.percent
        if self.basis == "stopped_late":
            # It is over: there is nothing left to remind of.
            return Step(self.id, "stopped_late", working=self.working)
        return Step(
            self.id, basis, amount, self.working, self.every * seconds, self.times
        )

    def _is_early(self):
        """Whether this step makes sense before the deadline only."""
        return self.basis == "before" or (
            self.basis == "percent" and self.percent < 100
        )

    def _take(self, clock, occurrence, planned, now):
        """Do what this step says and write it down, both or none.

        A warning whose time passed unseen (the server was down, the plan is new) is
        written down as missed: after the deadline it would be wrong.
        """
        self.ensure_one()
        values = {
            "clock_id": clock.id,
            "step_id": self.id,
            "round": clock.round,
            "occurrence": occurrence,
            "planned_at": planned,
            "date": now,
            "result": "done",
        }
        if self._is_early() and now > clock.deadline:
            values["result"] = "missed"
        else:
            try:
                with self.env.cr.savepoint():
                    users = self._act(clock, now)
                    values["user_ids"] = [(6, 0, users.ids)]
                    values["note"] = self._get_text(clock, now)
            except OperationalError:
                # The database asks to try again: not a failure of the step.
                raise
            # A step is whatever an administrator set up: one that fails, however it
            # does, is written down and does not stop the others.
            except Exception as error:
                _logger.warning(
                    "Escalation step %s of clock %s failed: %s",
                    self.id,
                    clock.id,
                    error,
                    # What a person can mend says so in its sentence.
                    exc_info=not isinstance(error, UserError),
                )
                values |= {"result": "failed", "note": str(error)}
        self.env["vas.sla.escalation.log"].create(values)
        if values["result"] == "done":
            clock._log(
                [
                    {
                        "clock_id": clock.id,
                        "kind": "escalate",
                        "date": now,
                        "reason": self.name,
                        "deadline_before": clock.deadline,
                        "deadline_after": clock.deadline,
                    }
                ]
            )

    def _get_record(self, clock):
        return self.env[clock.res_model].browse(clock.res_id)

    def _get_text(self, clock, now, user=None):
        """Return the message of this step in the language of *user*."""
        step = self.with_context(
            lang=(user or self.env.user).lang, tz=(user or self.env.user).tz
        )
        record = step._get_record(clock)
        state = clock._get_state_record()
        until = clock.stopped_at or now
        hours = abs((clock.deadline - until).total_seconds())
        if self.working:
            hours = self._get_working_distance(state, until)
        values = {
            "document": record.display_name or "",
            "promise": clock.target_id.with_env(step.env).name or "",
            "customer": clock.partner_id.display_name or "",
            "deadline": format_datetime(
                step.env, clock.deadline, tz=step.env.context["tz"], dt_format="short"
            ),
            "hours": f"{hours / 3600:.1f}".rstrip("0").rstrip("."),
        }
        text = step.message or step.sentence
        for name, value in values.items():
            text = text.replace("{" + name + "}", value)
        return text

    @api.model
    def _get_working_distance(self, state, until):
        """Return the working seconds between the deadline and an instant."""
        at = fields.Datetime.to_datetime(until).replace(tzinfo=state.deadline.tzinfo)
        odometer = state.promise.odometer
        first, last = sorted((at, state.deadline))
        return odometer.worked(first, last)

    def _act(self, clock, now):
        """Do what this step says; return the users it concerns."""
        record = self._get_record(clock).exists()
        if not record:
            raise UserError(self.env._("The document is gone."))
        users = self.role_ids._get_users(record)
        if self.action in ("notify", "sms", "activity", "reassign") and not users:
            raise UserError(
                self.env._(
                    "Nobody has the role %(roles)s for %(document)s.",
                    roles=self.env._(", ").join(self.role_ids.mapped("name")),
                    document=record.display_name,
                )
            )
        unfit = self._get_unfit(record)
        if unfit:
            raise UserError(unfit)
        getattr(self, f"_act_{self.action}")(record, clock, users, now)
        return users

    def _act_notify(self, record, clock, users, now):
        """Tell people, each in their language."""
        for lang, members in users.grouped("lang").items():
            text = self._get_text(clock, now, members[0])
            self.env["mail.thread"].with_context(lang=lang).message_notify(
                partner_ids=members.partner_id.ids,
                model=record._name,
                res_id=record.id,
                subject=text,
                body=text,
            )

    def _act_sms(self, record, clock, users, now):
        """Send an SMS through Odoo's own service."""
        for members in users.grouped("lang").values():
            record._message_sms(
                self._get_text(clock, now, members[0]),
                partner_ids=members.partner_id.ids,
            )

    def _act_activity(self, record, clock, users, now):
        for user in users:
            record.activity_schedule(
                activity_type_id=self.activity_type_id.id
                or self.env.ref("mail.mail_activity_data_todo").id,
                summary=self._get_text(clock, now, user),
                user_id=user.id,
            )

    def _act_reassign(self, record, clock, users, now):
        if record.user_id not in users:
            record.user_id = users[0]

    def _act_priority(self, record, clock, users, now):
        levels = record._fields["priority"].get_values(self.env)
        position = levels.index(record.priority) if record.priority in levels else -1
        if position + 1 < len(levels):
            record.priority = levels[position + 1]

    def _act_server_action(self, record, clock, users, now):
        self.server_action_id.with_context(
            active_model=record._name, active_id=record.id, active_ids=record.ids
        ).run()
