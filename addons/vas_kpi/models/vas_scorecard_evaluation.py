from collections import defaultdict
from dataclasses import dataclass
from typing import Any, NamedTuple

from odoo import api, fields, models

from ..tools import scale as scale_tool
from ..tools import scoring
from .vas_metric import NO_DATA


@dataclass(frozen=True)
class CriterionRule:
    """A criterion as the evaluation reads it; ``scale`` is a plain dictionary."""

    criterion: Any
    section: str
    scale: dict
    max_points: float


@dataclass(frozen=True)
class BandRule:
    """A band that points can reach; ``bounds`` is a plain dictionary."""

    band: Any
    bounds: dict


@dataclass(frozen=True)
class Rules:
    """The rules of a version as plain figures.

    ``dataclasses.replace`` gives a changed copy, so that a simulation can try other
    weights, knots and bounds without writing anything.
    """

    sections: tuple[tuple[str, float], ...]
    criteria: tuple[CriterionRule, ...]
    bands: tuple[BandRule, ...]
    missing: str
    aggregate: str


class Evaluation(NamedTuple):
    """The result of one subject; nothing of it is stored yet.

    ``lines`` maps each criterion to the values of its line, ``computed_band`` is the
    band that the points reach, ``band`` the one that counts after all rules.
    """

    subject_id: int
    score: scoring.Score
    lines: dict
    adjustments: Any
    computed_band: Any
    band: Any
    override: Any


class VasScorecard(models.Model):
    _inherit = "vas.scorecard"

    def _get_rules(self):
        """Return the rules of this version as plain figures (see ``Rules``)."""
        self.ensure_one()
        scales = {scale: scale._to_dict() for scale in self.criterion_ids.scale_id}
        return Rules(
            sections=tuple((s.code, s.weight) for s in self.section_ids),
            criteria=tuple(
                CriterionRule(c, c.section_id.code, scales[c.scale_id], c.max_points)
                for c in self.criterion_ids
            ),
            bands=tuple(
                BandRule(band, band._bounds_dict())
                for band in self.band_ids
                if not band.only_by_override
            ),
            missing=self.missing_rule,
            aggregate=self.aggregate,
        )

    def _evaluate(
        self, subjects, date_from, date_to, company=None, *, rules=None, memo=None
    ):
        """Compute results for all ``subjects`` of a period without writing anything.

        Works for any version, also a draft. The number of queries does not grow with
        the number of subjects.

        :param subjects: records of the scorecard's subject model.
        :param rules: other rules to try, made from ``_get_rules()``.
        :param memo: dictionary shared by calls that measure the same subjects and
            period, so that a metric is measured once.
        :return: ``{subject id: Evaluation}``
        """
        self.ensure_one()
        company = company or self.company_id or self.env.company
        rules = rules or self._get_rules()
        measures = self._evaluate_metrics(
            rules, subjects, date_from, date_to, company, {} if memo is None else memo
        )
        # Company-dependent fields in a rule are those of the company that assesses.
        overrides = self._match_overrides(
            subjects.with_company(company), date_from, date_to
        )
        adjustments = self._find_adjustments(subjects, company, date_from, date_to)
        none = self.env["vas.adjustment"]
        return {
            subject_id: self._evaluate_subject(
                subject_id,
                rules,
                measures,
                adjustments.get(subject_id, none),
                overrides.get(subject_id),
            )
            for subject_id in subjects.ids
        }

    @api.model
    def _evaluate_metrics(self, rules, subjects, date_from, date_to, company, memo):
        """Return ``{metric: {subject id: Measure}}`` of all metrics in the rules."""
        criteria = self.env["vas.scorecard.criterion"].union(
            *(rule.criterion for rule in rules.criteria)
        )
        metrics = criteria.metric_id | criteria.modifier_ids.metric_id
        return {
            metric: metric._measure(subjects, date_from, date_to, company, memo)
            for metric in metrics
        }

    def _evaluate_subject(self, subject_id, rules, measures, adjustments, override):
        """Score one subject from what was measured for all."""
        rated = {
            rule.criterion: self._rate(rule, measures, subject_id)
            for rule in rules.criteria
        }
        result = scoring.score(
            rules.sections,
            [
                scoring.Criterion(
                    rule.criterion.code,
                    rule.section,
                    rule.max_points,
                    rated[rule.criterion]["points"]
                    if rated[rule.criterion]["has_points"]
                    else None,
                )
                for rule in rules.criteria
            ],
            rules.missing,
            rules.aggregate,
            adjustments.mapped("signed_points"),
        )
        for criterion, values in rated.items():
            line = result.lines[criterion.code]
            values.update(
                counts=line.points is not None,
                used_points=line.points or 0.0,
                weight=line.share,
                contribution=line.contribution,
            )
        computed = self._find_band(result.total, rules)
        return Evaluation(
            subject_id=subject_id,
            score=result,
            lines=rated,
            adjustments=adjustments,
            computed_band=computed,
            band=override.band_id if override else computed,
            override=override or self.env["vas.scorecard.override"],
        )

    def _find_band(self, total, rules):
        """Return the band that holds ``total`` under ``rules``."""
        index = scoring.find_band(total, [rule.bounds for rule in rules.bands])
        return (
            rules.bands[index].band
            if index is not None
            else self.env["vas.scorecard.band"]
        )

    @api.model
    def _rate(self, rule, measures, subject_id):
        """Return the line values of one criterion for one subject."""
        criterion = rule.criterion
        measure = measures[criterion.metric_id].get(subject_id, NO_DATA)
        hit = scale_tool.evaluate(measure.value, rule.scale)
        points, modifiers = hit.points, []
        if points is not None:
            for modifier in criterion.modifier_ids:
                condition = measures[modifier.metric_id].get(subject_id, NO_DATA)
                if modifier._applies(condition.value):
                    floor = modifier.floor if modifier.has_floor else None
                    before = points
                    points = scoring.adjust(points, modifier.points_delta, floor)
                    modifiers.append(
                        {
                            "id": modifier.id,
                            "value": condition.value,
                            "before": before,
                            "after": points,
                        }
                    )
        return {
            "has_value": measure.value is not None,
            "value": measure.value or 0.0,
            "has_fraction": measure.denominator is not None,
            "numerator": measure.numerator or 0.0,
            "denominator": measure.denominator or 0.0,
            "fact_count": measure.count,
            "has_points": points is not None,
            "points": points or 0.0,
            "max_points": rule.max_points,
            "rule": {
                "rule": hit.rule,
                "data": hit.data,
                "modifiers": modifiers,
                "detail": measure.detail,
            },
        }

    def _match_overrides(self, subjects, date_from, date_to):
        """Return ``{subject id: first override rule that matches it}``."""
        result = {}
        # The rule must see every subject, like the metrics.
        model_sudo = subjects.sudo().with_context(active_test=False)
        for override in self.override_ids:
            domain = override._read_domain(override.domain, date_from, date_to)
            domain &= fields.Domain("id", "in", subjects.ids)
            for subject_id in model_sudo.search(domain).ids:
                result.setdefault(subject_id, override)
        return result

    def _find_adjustments(self, subjects, company, date_from, date_to):
        """Return ``{subject id: adjustments}`` of the period, in one query."""
        adjustments = self.env["vas.adjustment"].search(
            [
                ("res_model", "=", self.subject_model),
                ("res_id", "in", subjects.ids),
                ("company_id", "=", company.id),
                ("date", ">=", date_from),
                ("date", "<=", date_to),
                ("scorecard_code", "in", [self.code, False]),
            ],
            order="date, id",
        )
        result = defaultdict(self.env["vas.adjustment"].browse)
        for adjustment in adjustments:
            result[adjustment.res_id] |= adjustment
        return result
