from odoo import api, fields, models
from odoo.fields import Domain

from ..tools import scoring
from .vas_metric import NO_DATA, OBSERVED_KINDS


class VasAssessmentLine(models.Model):
    """One criterion of an assessment: value, rule hit, points, contribution."""

    _name = "vas.assessment.line"
    _description = "Assessment line"
    _order = "section_sequence, sequence, id"

    assessment_id = fields.Many2one(
        comodel_name="vas.assessment", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(
        related="assessment_id.company_id", store=True, precompute=True
    )
    criterion_id = fields.Many2one(
        comodel_name="vas.scorecard.criterion", required=True, ondelete="restrict"
    )
    section_id = fields.Many2one(
        related="criterion_id.section_id", store=True, precompute=True
    )
    section_sequence = fields.Integer(
        string="Section order",
        related="section_id.sequence",
        store=True,
        precompute=True,
    )
    metric_id = fields.Many2one(
        related="criterion_id.metric_id", store=True, precompute=True
    )
    sequence = fields.Integer(default=10)
    has_value = fields.Boolean()
    value = fields.Float(digits=(20, 9), aggregator="avg")
    value_text = fields.Char(string="Measured", compute="_compute_texts")
    has_fraction = fields.Boolean()
    numerator = fields.Float(digits=(20, 9))
    denominator = fields.Float(digits=(20, 9))
    fact_count = fields.Integer(string="Facts")
    has_points = fields.Boolean()
    points = fields.Float(digits=(16, 4), aggregator="avg")
    used_points = fields.Float(digits=(16, 4), aggregator="avg")
    max_points = fields.Float(string="Maximum", digits=(16, 4), aggregator="avg")
    points_text = fields.Char(string="Points of maximum", compute="_compute_texts")
    counts = fields.Boolean(string="Counts in the total")
    weight = fields.Float(
        aggregator="avg", help="Share of the total this criterion carries."
    )
    contribution = fields.Float(digits=(16, 4))
    rule = fields.Json()
    formula = fields.Char(string="Calculation", compute="_compute_texts")
    rule_text = fields.Char(string="Rule applied", compute="_compute_texts")

    @api.depends("criterion_id", "rule", "points", "value")
    @api.depends_context("lang")
    def _compute_texts(self):
        for line in self:
            # Texts explain stored figures; definitions are readable to whoever may
            # read the assessment, also the rated vendor.
            line_sudo = line.sudo()
            line.value_text = line_sudo._get_value_text()
            line.formula = line_sudo._get_formula()
            line.rule_text = line_sudo._get_rule_text()
            line.points_text = line_sudo._get_points_text()

    @api.depends("criterion_id")
    def _compute_display_name(self):
        for line in self:
            # The criterion's name belongs to the sheet the reader may see.
            line.display_name = line.sudo().criterion_id.name

    def _get_measure(self):
        """Return what was measured, as the evaluation reads it."""
        self.ensure_one()
        return NO_DATA._replace(
            value=self.value if self.has_value else None,
            numerator=self.numerator if self.has_fraction else None,
            denominator=self.denominator if self.has_fraction else None,
            count=self.fact_count,
            detail=(self.rule or {}).get("detail"),
        )

    def _get_correction(self):
        """Return the correction behind this line, if there is one."""
        self.ensure_one()
        return self.assessment_id.correction_ids.filtered(
            lambda item: item.criterion_id == self.criterion_id
        )

    def _get_facts(self, limit):
        """Return the facts behind this line as the rated partner may read them.

        :return: ``(rows, total)``; a row has date, text and key. Figures that Odoo
            counts itself are described by their number only.
        """
        self.ensure_one()
        metric = self.metric_id
        metrics = metric | metric.numerator_id | metric.denominator_id
        model = self.env["vas.observation"]
        domains = [
            item._get_observation_domain(
                [self.assessment_id.res_id],
                self.assessment_id.date_from,
                self.assessment_id.date_to,
                self.assessment_id.company_id,
            )
            for item in metrics.filtered(lambda m: m.kind in OBSERVED_KINDS)
        ]
        if not domains:
            return [], 0
        domain = Domain.OR(domains)
        facts = model.search(domain, order="date desc, id desc", limit=limit)
        currency = self.company_id.currency_id
        rows = [
            {
                "date": fact.date,
                "metric": fact.metric_id.name,
                "text": f"{fact.numerator:,.10g} ÷ {fact.denominator:,.10g}"
                if fact.uses_ratio
                else fact.metric_id._format_value(fact.value, currency),
                "key": fact.source_key or "",
            }
            for fact in facts
        ]
        return rows, model.search_count(domain) if len(facts) == limit else len(facts)

    def _get_bar(self):
        """Return the share of the maximum that was reached, 0…100, for a bar."""
        self.ensure_one()
        if not self.counts or self.max_points <= 0:
            return 0
        return max(0, min(100, round(100 * self.used_points / self.max_points)))

    def _get_value_text(self):
        self.ensure_one()
        value = self.value if self.has_value else None
        return self.metric_id._format_value(value, self.company_id.currency_id)

    def _get_formula(self):
        """Write the arithmetic with its numbers: “37 ÷ 40 = 92.50 %”."""
        self.ensure_one()
        metric, correction = self.metric_id, self._get_correction()
        if correction and not self.has_fraction:
            return self.env._("corrected: %s", correction.reason)
        detail = (self.rule or {}).get("detail") or {}
        if not self.has_value:
            if detail.get("reason"):
                return metric._describe_reason(detail)
            return self.env._("no facts in the period")
        calculation = metric._write_calculation(detail)
        if calculation and not correction:
            return f"{calculation} = {self._get_value_text()}"
        if not self.has_fraction:
            return self.env._("from %(count)s records", count=self.fact_count)
        text = f"{self.numerator:,.10g} ÷ {self.denominator:,.10g}"
        if metric.kind in ("ratio", "observation", "repeat") and metric.factor != 1.0:
            text += f" × {metric.factor:,.10g}"
        text = f"{text} = {self._get_value_text()}"
        if correction:
            return self.env._(
                "%(formula)s, corrected: %(reason)s",
                formula=text,
                reason=correction.reason,
            )
        return text

    def _get_rule_text(self):
        self.ensure_one()
        rule = self.rule or {"rule": "missing", "data": {}}
        text = self.criterion_id.scale_id._describe_hit(rule)
        modifiers = {m.id: m for m in self.criterion_id.modifier_ids}
        for entry in rule.get("modifiers", []):
            modifier = modifiers.get(entry["id"])
            if modifier:
                text = self.env._(
                    "%(text)s; %(metric)s %(value)s: %(before)s → %(after)s points",
                    text=text,
                    metric=modifier.metric_id.name,
                    value=modifier.metric_id._format_value(entry["value"]),
                    before=f"{entry['before']:g}",
                    after=f"{entry['after']:g}",
                )
        if not self.has_points:
            sentence = {
                "zero": self.env._("missing: counts as 0"),
                "full": self.env._("missing: counts in full"),
            }.get(
                self.assessment_id.scorecard_id.missing_rule,
                self.env._("missing: left out"),
            )
            text = self.env._("%(text)s – %(sentence)s", text=text, sentence=sentence)
        return text

    def _get_points_text(self):
        self.ensure_one()
        if not self.counts:
            return self.env._("– / %(max)s", max=f"{self.max_points:g}")
        return f"{scoring.show(self.used_points)} / {self.max_points:g}"

    def action_open_sources(self):
        """Open the records the value was made of."""
        self.ensure_one()
        assessment = self.assessment_id
        return self.metric_id._get_sources_action(
            [assessment.res_id],
            assessment.date_from,
            assessment.date_to,
            assessment.company_id,
        )
