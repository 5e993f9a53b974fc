from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..tools import fact_rows
from .vas_metric import OBSERVED_KINDS

#: What brings a numerator and a denominator.
RATIO_KINDS = ("ratio", "on_time")


class VasImportProfileLine(models.Model):
    """Which metric is fed from which columns, and how."""

    _name = "vas.import.profile.line"
    _description = "Figure of an import profile"
    _order = "sequence, id"
    _check_company_auto = True

    profile_id = fields.Many2one(
        comodel_name="vas.import.profile",
        required=True,
        ondelete="cascade",
        index=True,
    )
    company_id = fields.Many2one(related="profile_id.company_id", store=True)
    sequence = fields.Integer(default=10)
    metric_id = fields.Many2one(
        comodel_name="vas.metric",
        required=True,
        check_company=True,
        ondelete="restrict",
        index=True,
        domain="[('kind', 'in', ('manual', 'observation'))]",
    )
    kind = fields.Selection(
        selection=[
            ("number", "Number in a column"),
            ("ratio", "Column ÷ column"),
            ("on_time", "On time: second day on or before the first"),
            ("days_late", "Days late from first to second day (early is 0)"),
            ("days", "Days from first to second day (early is negative)"),
        ],
        string="Computed as",
        required=True,
        default="number",
    )
    first_column = fields.Char(required=True)
    second_column = fields.Char()
    grace_days = fields.Integer(
        string="Grace (days)", help="Being late by up to so many days does not count."
    )
    skip_blank = fields.Boolean(
        string="Blank is fine",
        help="A blank cell means “not known yet”: the figure is left out. Otherwise the"
        " row is reported.",
    )
    explanation = fields.Char(string="In words", compute="_compute_explanation")

    _metric_uniq = models.UniqueIndex(
        "(profile_id, metric_id)", "Each metric is fed by one line of a profile."
    )

    @api.depends("kind", "first_column", "second_column", "grace_days")
    def _compute_explanation(self):
        for line in self:
            names = {
                "first": line.first_column or "…",
                "second": line.second_column or "…",
            }
            if line.kind == "number":
                text = self.env._("The number in “%(first)s”", **names)
            elif line.kind == "ratio":
                text = self.env._("“%(first)s” ÷ “%(second)s”", **names)
            elif line.kind == "on_time":
                text = self.env._(
                    "1 of 1 when “%(second)s” is on or before “%(first)s”, else 0 of 1",
                    **names,
                )
            elif line.kind == "days_late":
                text = self.env._(
                    "Days by which “%(second)s” is after “%(first)s”, 0 when early",
                    **names,
                )
            else:
                text = self.env._(
                    "Days from “%(first)s” to “%(second)s”, negative when early",
                    **names,
                )
            line.explanation = text

    @api.constrains("kind", "second_column", "grace_days")
    def _check_columns(self):
        for line in self:
            if line.kind in fact_rows.KINDS_WITH_SECOND and not line.second_column:
                raise ValidationError(
                    self.env._(
                        "%(metric)s: enter the second column; “%(kind)s” needs two.",
                        metric=line.metric_id.display_name,
                        kind=dict(
                            line._fields["kind"]._description_selection(self.env)
                        )[line.kind],
                    )
                )
            if line.grace_days < 0:
                raise ValidationError(
                    self.env._(
                        "%(metric)s: the days of grace cannot be negative.",
                        metric=line.metric_id.display_name,
                    )
                )

    @api.constrains("metric_id", "profile_id", "kind")
    def _check_metric(self):
        for line in self:
            metric = line.metric_id
            if metric.kind not in OBSERVED_KINDS:
                raise ValidationError(
                    self.env._(
                        "%(metric)s is measured from records and cannot be imported.",
                        metric=metric.display_name,
                    )
                )
            if metric.observation_aggregate == "ratio" and line.kind not in RATIO_KINDS:
                raise ValidationError(
                    self.env._(
                        "%(metric)s divides a sum of numerators by a sum of"
                        " denominators. Feed it with “Column ÷ column” or “On time”,"
                        " or let its observations give an average or a sum.",
                        metric=metric.display_name,
                    )
                )
            expected = line.profile_id.subject_model_id
            if metric.subject_model_id != expected:
                raise ValidationError(
                    self.env._(
                        "%(metric)s is measured for %(found)s, but the profile brings"
                        " facts about %(expected)s.",
                        metric=metric.display_name,
                        found=metric.subject_model_id.name,
                        expected=expected.name,
                    )
                )

    def _get_spec(self):
        """Return the line as ``tools/fact_rows.py`` reads it."""
        self.ensure_one()
        needs_second = self.kind in fact_rows.KINDS_WITH_SECOND
        return fact_rows.FactSpec(
            metric=self.metric_id.id,
            kind=self.kind,
            first=(self.first_column or "").strip(),
            second=(self.second_column or "").strip() if needs_second else "",
            grace_days=self.grace_days,
            skip_blank=self.skip_blank,
        )
