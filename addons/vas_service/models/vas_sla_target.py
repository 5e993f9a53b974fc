from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..tools.odometer import CalendarSpec, Odometer
from ..tools.sla_clock import Promise

UNIT_SECONDS = {
    "minutes": 60,
    "hours": 3600,
    "calendar_hours": 3600,
    "calendar_days": 86_400,
}
# Calendar time needs no working hours.
ALWAYS = Odometer(CalendarSpec.always(), 1000)
AT_RISK_PARAMETER = "vas_service.sla_at_risk_percent"


class VasSlaTarget(models.Model):
    """One promised time of a policy, and what fulfils it."""

    _name = "vas.sla.target"
    _description = "Service Promise Target"
    _order = "policy_id, sequence, id"

    policy_id = fields.Many2one(
        "vas.sla.policy", required=True, index=True, ondelete="cascade"
    )
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    name = fields.Char(required=True, translate=True)
    kind = fields.Selection(
        [
            ("first_response", "First response"),
            ("next_reply", "Next reply"),
            ("resolution", "Resolution"),
            ("stage", "Reaching a stage"),
            ("owner", "Somebody takes it on"),
            ("date", "A date is filled in"),
            ("condition", "A condition is met"),
        ],
        string="Fulfilled by",
        required=True,
        default=lambda self: self._default_kind(),
        help="First response: the first message to the customer from one of us, or "
        "the solution if it comes first. Next reply: after the first response, every "
        "message of the customer starts a clock that our next message stops. "
        "Resolution: a stage that closes the ticket. The others work on any document.",
    )
    key = fields.Char(
        compute="_compute_key",
        store=True,
        help="Targets with the same key of two policies follow each other on one "
        "clock.",
    )
    model_name = fields.Char(related="policy_id.model_name")
    audience = fields.Selection(related="policy_id.audience")
    stage_ids = fields.Many2many(
        "helpdesk.ticket.stage",
        string="Stages",
        help="Reaching any of these stages is enough.",
    )
    date_field_id = fields.Many2one(
        "ir.model.fields",
        string="Date to be filled in",
        ondelete="cascade",
        domain="[('model', '=', model_name), ('ttype', 'in', ('date', 'datetime'))]",
    )
    start_domain = fields.Char(
        string="Starts when",
        help="Empty: with the document. Otherwise when this condition is met first.",
    )
    start_field_id = fields.Many2one(
        "ir.model.fields",
        string="Counts from",
        ondelete="cascade",
        domain="[('model', '=', model_name), ('ttype', '=', 'datetime')]",
        help="Empty: from the moment it starts. Otherwise from the date in this field, "
        "as soon as it is filled in; when it changes, the clock follows.",
    )
    stop_domain = fields.Char(
        string="Fulfilled when", help="The promise is kept when this condition is met."
    )
    reopens = fields.Boolean(
        string="Runs on when undone",
        compute="_compute_reopens",
        store=True,
        readonly=False,
        help="When the document no longer meets what fulfilled the promise, the clock "
        "runs on; the time in between is not counted.",
    )
    amount = fields.Float(string="Within", required=True, digits=(16, 4))
    unit = fields.Selection(
        [
            ("minutes", "minutes"),
            ("hours", "hours"),
            ("days", "working days"),
            ("calendar_hours", "hours of the day, around the clock"),
            ("calendar_days", "days of 24 hours, around the clock"),
        ],
        required=True,
        default="hours",
    )
    day_mode = fields.Selection(
        [
            ("end_of_working_day", "until closing time"),
            ("first_day_counts", "until closing time, the first day counts"),
            ("days_keep_clock", "until the same time of day"),
            ("biz_days", "until the same time of day, else the next opening"),
        ],
        string="Working days count",
        default="end_of_working_day",
        required=True,
        help="Only for working days. The day on which the clock starts does not count, "
        "unless it says so.",
    )
    at_risk_percent = fields.Float(
        string="At risk from (%)",
        default=lambda self: self._default_at_risk_percent(),
        digits=(5, 1),
        help="The clock warns when this share of the time is consumed.",
    )
    pausable = fields.Boolean(
        string="Pauses",
        default=True,
        help="Whether the stages that pause the policy pause this target too.",
    )

    _amount_check = models.Constraint(
        "CHECK (amount > 0)", "A target is longer than nothing: enter an amount over 0."
    )
    _at_risk_check = models.Constraint(
        "CHECK (at_risk_percent > 0 AND at_risk_percent <= 100)",
        "A warning comes after more than 0 % and at most 100 % of the time.",
    )
    _key_uniq = models.UniqueIndex(
        "(policy_id, key) WHERE active IS TRUE",
        "A policy has one target of each kind. Give the second one another name, stage "
        "or date.",
    )

    @api.model
    def _default_kind(self):
        name = self.env.context.get("default_model_name") or "helpdesk.ticket"
        return "resolution" if name == "helpdesk.ticket" else "condition"

    @api.depends("kind", "stage_ids", "date_field_id", "name", "policy_id.audience")
    def _compute_key(self):
        for target in self.with_context(lang=None):
            parts = [target.kind or ""]
            if target.policy_id.audience == "internal":
                parts.insert(0, "internal")
            if target.kind == "stage":
                parts += map(str, sorted(target.stage_ids.ids))
            elif target.kind == "date":
                parts.append(target.date_field_id.name or "")
            elif target.kind == "condition":
                parts.append((target.name or "").strip().lower())
            target.key = ":".join(parts)

    @api.depends("kind")
    def _compute_reopens(self):
        for target in self:
            target.reopens = target.kind in ("resolution", "date", "condition")

    @api.model
    def _default_at_risk_percent(self):
        # The share is a setting, readable for everybody who may make a target.
        parameters_sudo = self.env["ir.config_parameter"].sudo()
        return float(parameters_sudo.get_param(AT_RISK_PARAMETER) or 100.0)

    @api.constrains("amount", "unit")
    def _check_whole_days(self):
        for target in self:
            if target.unit == "days" and target.amount != int(target.amount):
                raise ValidationError(
                    self.env._(
                        "Target “%(target)s”: %(amount)s working days is not a whole "
                        "number. Expected: whole days, or hours.",
                        target=target.name,
                        amount=target.amount,
                    )
                )

    @api.constrains(
        "kind",
        "stage_ids",
        "date_field_id",
        "start_field_id",
        "start_domain",
        "stop_domain",
        "policy_id",
    )
    def _check_definition(self):
        for target in self:
            policy, model_name = target.policy_id, target.policy_id.model_name
            problem = False
            if not policy._is_for_tickets() and target.kind in (
                "first_response",
                "next_reply",
                "resolution",
                "stage",
            ):
                problem = self.env._(
                    "only tickets have this. Expected: a condition, a date or somebody "
                    "who takes it on"
                )
            elif target.kind == "stage" and not target.stage_ids:
                problem = self.env._("a stage is missing")
            elif target.kind == "date" and target.date_field_id.model != model_name:
                problem = self.env._("a date field of the document is missing")
            elif target.kind == "owner" and (
                "user_id" not in self.env[model_name]._fields
            ):
                problem = self.env._("these documents have no responsible person")
            elif target.kind == "condition" and (
                (target.stop_domain or "[]").strip() == "[]"
            ):
                problem = self.env._("the condition that fulfils it is missing")
            elif target.start_field_id and target.start_field_id.model != model_name:
                problem = self.env._("it counts from a date of another document")
            if problem:
                raise ValidationError(
                    self.env._(
                        "Policy “%(policy)s”, target “%(target)s”: %(problem)s.",
                        policy=policy.name,
                        target=target.name,
                        problem=problem,
                    )
                )
            for name in ("start_domain", "stop_domain"):
                policy._check_conditions(target, name)

    @api.depends("name", "amount", "unit")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for target in self:
            amount = f"{target.amount:g}"
            if target.unit == "minutes":
                time = self.env._("%(amount)s min", amount=amount)
            elif target.unit == "hours":
                time = self.env._("%(amount)s h", amount=amount)
            elif target.unit == "calendar_hours":
                time = self.env._("%(amount)s h around the clock", amount=amount)
            elif target.unit == "calendar_days":
                time = self.env._("%(amount)s × 24 h", amount=amount)
            elif target.amount == 1:
                time = self.env._("1 working day")
            else:
                time = self.env._("%(amount)s working days", amount=amount)
            target.display_name = self.env._(
                "%(name)s within %(time)s", name=target.name, time=time
            )

    def _get_promise(self, calendar):
        """Return the pure :class:`Promise` of this target in the present rules."""
        self.ensure_one()
        if self.unit == "days":
            return Promise(int(self.amount), self.day_mode, calendar._vas_odometer())
        seconds = round(self.amount * UNIT_SECONDS[self.unit])
        return self._promise_of(seconds, self._get_mode(), calendar._vas_odometer)

    def _get_mode(self):
        """Return how the amount of a clock of this target is to be read."""
        self.ensure_one()
        if self.unit == "days":
            return self.day_mode
        if self.unit.startswith("calendar_"):
            return "calendar_time"
        return "business_time"

    @api.model
    def _promise_of(self, amount, mode, get_odometer):
        """Return the promise of stored numbers; calendar time never closes."""
        if mode == "calendar_time":
            return Promise(amount, "business_time", ALWAYS)
        return Promise(amount, mode, get_odometer())

    def _get_started(self, records):
        """Return the *records* on which this target has begun."""
        self.ensure_one()
        if records and (self.start_domain or "[]").strip() != "[]":
            records = records.filtered_domain(self.policy_id._parse(self.start_domain))
        if self.start_field_id:
            records = records.filtered(self.start_field_id.name)
        return records

    def _get_done(self, records, at):
        """Return {record: moment at which it fulfilled this target} of those that do.

        :param at: the present moment (naive UTC)
        """
        self.ensure_one()
        if self.kind == "resolution":
            return {record: at for record in records if record.closed}
        if self.kind == "first_response":
            return {
                record: record.vas_first_response_date
                for record in records
                if record.vas_first_response_date
            }
        if self.kind == "stage":
            return {
                record: at for record in records if record.stage_id in self.stage_ids
            }
        if self.kind == "owner":
            return {record: at for record in records if record.user_id}
        if self.kind == "date":
            name = self.date_field_id.name
            is_moment = self.date_field_id.ttype == "datetime"
            return {
                record: min(record[name], at) if is_moment else at
                for record in records
                if record[name]
            }
        if self.kind == "condition":
            return dict.fromkeys(
                records.filtered_domain(self.policy_id._parse(self.stop_domain)), at
            )
        return {}

    @api.model_create_multi
    def create(self, vals_list):
        targets = super().create(vals_list)
        targets.policy_id._bump_version()
        return targets

    def write(self, vals):
        result = super().write(vals)
        if vals.keys() - {"name", "sequence"}:
            self.policy_id._bump_version()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        used = self.env["vas.sla.clock"].search_fetch(
            [("target_id", "in", self.ids)], ["target_id"], limit=1
        )
        if used:
            raise ValidationError(
                self.env._(
                    "Target “%(target)s” was promised to tickets and stays as their "
                    "proof. Archive it instead.",
                    target=used.target_id.name,
                )
            )
