from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..tools.sla_clock import Promise

UNIT_SECONDS = {"minutes": 60, "hours": 3600}
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
        [("first_response", "First response"), ("resolution", "Resolution")],
        string="Fulfilled by",
        required=True,
        default="resolution",
        help="First response: the first message to the customer from one of us, or "
        "the solution if it comes first. Resolution: a stage that closes the ticket.",
    )
    amount = fields.Float(string="Within", required=True, digits=(16, 4))
    unit = fields.Selection(
        [
            ("minutes", "minutes"),
            ("hours", "hours"),
            ("days", "working days"),
        ],
        required=True,
        default="hours",
    )
    day_mode = fields.Selection(
        [
            ("end_of_working_day", "until closing time"),
            ("days_keep_clock", "until the same time of day"),
            ("biz_days", "until the same time of day, else the next opening"),
        ],
        string="Working days count",
        default="end_of_working_day",
        required=True,
        help="Only for working days. The day on which the clock starts does not count.",
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
    _kind_uniq = models.UniqueIndex(
        "(policy_id, kind) WHERE active IS TRUE",
        "A policy has one target of each kind.",
    )

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

    @api.depends("name", "amount", "unit")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for target in self:
            amount = f"{target.amount:g}"
            if target.unit == "minutes":
                time = self.env._("%(amount)s min", amount=amount)
            elif target.unit == "hours":
                time = self.env._("%(amount)s h", amount=amount)
            elif target.amount == 1:
                time = self.env._("1 working day")
            else:
                time = self.env._("%(amount)s working days", amount=amount)
            target.display_name = self.env._(
                "%(name)s within %(time)s", name=target.name, time=time
            )

    def _get_promise(self, calendar):
        """Return the pure :class:`Promise` of this target in a calendar."""
        self.ensure_one()
        odometer = calendar._vas_odometer()
        if self.unit == "days":
            return Promise(int(self.amount), self.day_mode, odometer)
        seconds = round(self.amount * UNIT_SECONDS[self.unit])
        return Promise(seconds, "business_time", odometer)

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
