from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..tools import scale as scale_tool
from ..tools import settlement as settlement_tool


class VasSettlementAgreementTariff(models.Model):
    """A bonus or deduction that follows from a figure (STL-02, AMB-61).

    Examples: 500.00 per registration offence; 0.5 % of the fee per point below 90;
    30 % of the amount at risk when a service level is missed.
    """

    _name = "vas.settlement.agreement.tariff"
    _description = "Bonus or deduction rule"
    _inherit = ["vas.settlement.terms.mixin", "vas.bounds.mixin"]
    _order = "sequence, id"

    agreement_id = fields.Many2one(
        comodel_name="vas.settlement.agreement",
        required=True,
        ondelete="cascade",
        index=True,
    )
    currency_id = fields.Many2one(related="agreement_id.currency_id")
    origin_id = fields.Many2one(
        comodel_name="vas.settlement.agreement.tariff",
        string="Same rule of the first version",
        readonly=True,
        copy=False,
        ondelete="set null",
    )
    sequence = fields.Integer(default=10)
    name = fields.Char(required=True, translate=True)
    kind = fields.Selection(
        selection=[("bonus", "Bonus"), ("penalty", "Deduction")],
        required=True,
        default="penalty",
    )
    basis = fields.Selection(
        selection=[
            ("metric", "Per unit of a metric"),
            ("score", "By the score"),
            ("fixed", "Fixed per period"),
            ("points", "Percent of the fee per point off the target"),
            ("share", "Percent of the fee by scale"),
            ("at_risk", "Part of the amount at risk when missed"),
        ],
        required=True,
        default="metric",
    )
    metric_id = fields.Many2one(
        comodel_name="vas.metric",
        ondelete="restrict",
        domain=[("subject_model", "=", "res.partner")],
        help="On a part of the amount at risk: empty means the score decides.",
    )
    scale_id = fields.Many2one(
        comodel_name="vas.scale",
        string="Scale by score",
        ondelete="restrict",
        help="A scale whose points are the amount of money, or the percent of the fee.",
    )
    unit_amount = fields.Float(string="Amount", digits=(16, 4))
    target_score = fields.Float(
        string="Target",
        digits=(16, 4),
        help="Deductions count points below it, bonuses points above it.",
    )
    percent_per_point = fields.Float(string="Percent per point", digits=(16, 4))
    has_most = fields.Boolean(string="Limited")
    most_percent = fields.Float(
        string="At most (%)",
        digits=(16, 4),
        help="The percent of the fee never exceeds this.",
    )
    share_percent = fields.Float(
        string="Part (%)",
        digits=(16, 4),
        help="Percent of the amount at risk that a miss costs.",
    )
    within_cap = fields.Boolean(
        string="Within the limit",
        default=True,
        help="The deduction counts towards the amount at risk of the agreement.",
    )
    missing_data = fields.Selection(
        selection=[
            ("zero", "Counts as none"),
            ("stop", "The settlement is not ready"),
        ],
        string="Without data",
        required=True,
        compute="_compute_missing_data",
        store=True,
        readonly=False,
        precompute=True,
    )
    earn_back = fields.Boolean(
        string="Earned back",
        help="A deduction is returned when the periods after it are good.",
    )
    earn_back_periods = fields.Integer(
        string="Good periods",
        help="So many periods right after the deduction must bring none by this rule.",
    )
    earn_back_percent = fields.Float(
        string="Returned (%)", digits=(16, 4), help="Percent of the deduction."
    )

    _earn_back_range = models.Constraint(
        "CHECK (NOT earn_back OR (earn_back_periods > 0"
        " AND earn_back_percent > 0 AND earn_back_percent <= 100))",
        "To earn back, enter how many good periods it takes and which percent is"
        " returned (up to 100).",
    )

    @api.depends("basis")
    def _compute_missing_data(self):
        for tariff in self:
            stop = tariff.basis == "at_risk"
            tariff.missing_data = "stop" if stop else "zero"

    @api.constrains(
        "basis",
        "metric_id",
        "scale_id",
        "unit_amount",
        "percent_per_point",
        "most_percent",
        "share_percent",
        "earn_back",
        "kind",
    )
    def _check_basis(self):
        for tariff in self:
            missing = tariff._find_missing_setting()
            if missing:
                raise ValidationError(
                    self.env._(
                        "%(tariff)s: choose %(missing)s.",
                        tariff=tariff.name,
                        missing=missing,
                    )
                )
            if (
                min(
                    tariff.unit_amount,
                    tariff.percent_per_point,
                    tariff.most_percent,
                    tariff.share_percent,
                )
                < 0
            ):
                raise ValidationError(
                    self.env._(
                        "%(tariff)s: enter the amount without sign; the kind says"
                        " which way it goes.",
                        tariff=tariff.name,
                    )
                )
            if tariff.kind == "bonus" and (
                tariff.earn_back or tariff.basis == "at_risk"
            ):
                raise ValidationError(
                    self.env._(
                        "%(tariff)s: only a deduction is part of the amount at risk"
                        " and can be earned back.",
                        tariff=tariff.name,
                    )
                )

    def _find_missing_setting(self):
        """Return the words for what the basis still needs, or None."""
        self.ensure_one()
        if self.basis == "metric" and not self.metric_id:
            return self.env._("the metric that is counted")
        if self.basis in ("score", "share") and not self.scale_id:
            return self.env._("the scale that gives the amount")
        if self.basis == "points" and not self.percent_per_point:
            return self.env._("the percent per point")
        if self.basis == "at_risk" and not self.share_percent:
            return self.env._("the part of the amount at risk")
        if self.basis == "at_risk" and not self.agreement_id.has_at_risk:
            return self.env._(
                "“Limit deductions” on the agreement first: it says how much is at risk"
            )
        return None

    def _needs_score(self):
        self.ensure_one()
        return self.basis in ("score", "points", "share") or (
            self.basis == "at_risk" and not self.metric_id
        )

    def _get_key(self):
        """Name the rule the same way in every version of the agreement."""
        self.ensure_one()
        return f"tariff:{(self.origin_id or self).id}"

    def copy_data(self, default=None):
        vals_list = super().copy_data(default)
        for tariff, vals in zip(self, vals_list, strict=True):
            vals["origin_id"] = (tariff.origin_id or tariff).id
        return vals_list

    def _prepare_rule(self, facts, score):
        """Return ``(rule, detail, problem)`` of one period.

        :param facts: ``{metric id: value or None}``
        :param score: the confirmed score or None
        """
        self.ensure_one()
        key, no_rule = self._get_key(), None
        value = facts.get(self.metric_id.id) if self.metric_id else score
        if self.metric_id and value is None and self.missing_data == "stop":
            return (
                no_rule,
                None,
                self.env._(
                    "No data on “%(metric)s” in the period.", metric=self.metric_id.name
                ),
            )
        if self._needs_score() and score is None:
            return no_rule, None, None  # the missing score is a problem of its own
        prepare = getattr(self, f"_prepare_rule_{self.basis}")
        measure, detail = prepare(value, score)
        if not measure:
            return no_rule, None, None
        return (
            settlement_tool.Rule(key, self.kind, capped=self.within_cap, **measure),
            detail,
            None,
        )

    def _prepare_rule_metric(self, value, _score):
        exact = settlement_tool.multiply(value or 0.0, self.unit_amount)
        detail = {
            "text": "product",
            "quantity": value or 0.0,
            "price": self.unit_amount,
        }
        return {"amount": exact}, detail

    def _prepare_rule_score(self, _value, score):
        return {"amount": self._get_size(score)}, {"text": "score", "score": score}

    def _get_size(self, score):
        """Return what the scale gives, without sign.

        A scale may go below zero where it falls from bonus to deduction: a deduction
        reads its size, a bonus nothing.
        """
        points = scale_tool.points_of(score, self.scale_id._to_dict()) or 0.0
        return abs(points) if self.kind == "penalty" else max(points, 0.0)

    def _prepare_rule_fixed(self, _value, _score):
        return {"amount": self.unit_amount}, {"text": "fixed"}

    def _prepare_rule_points(self, _value, score):
        most = self.most_percent if self.has_most else None
        percent = settlement_tool.percent_off_target(
            score,
            self.target_score,
            self.percent_per_point,
            most,
            self.kind == "bonus",
        )
        detail = {
            "text": "points",
            "score": score,
            "target": self.target_score,
            "per_point": self.percent_per_point,
            "percent": percent,
            "most": most,
        }
        return {"percent": percent}, detail

    def _prepare_rule_share(self, _value, score):
        percent = self._get_size(score)
        return {"percent": percent}, {
            "text": "share",
            "score": score,
            "percent": percent,
        }

    def _prepare_rule_at_risk(self, value, _score):
        if value is None or self._is_met(value):
            return None, None
        detail = {
            "text": "at_risk",
            "metric_id": self.metric_id.id,
            "value": value,
            "bounds": self._bounds_dict(),
            "share": self.share_percent,
        }
        return {"share": self.share_percent}, detail

    def _is_met(self, value):
        """Say whether a value lies in the agreed range."""
        return scale_tool.in_bounds(value, self._bounds_dict())
