from collections import defaultdict
from dataclasses import dataclass
from typing import Any, NamedTuple

from odoo import api, fields, models

from ..tools import scale as scale_tool
from ..tools import scoring
from .vas_metric import NO_DATA
from .vas_scorecard import DECIDED_STATES


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
    min_coverage: float
    history_periods: int
    stay_periods: int
    stay_margin: float

    @property
    def has_history(self):
        """Say whether the band depends on earlier results."""
        return bool(self.history_periods or self.stay_periods or self.stay_margin)


class Past(NamedTuple):
    """An earlier decided result: its total, its standing and the band then held."""

    total: float
    standing: float
    band_code: str | bool


class Evaluation(NamedTuple):
    """The result of one subject; nothing of it is stored yet.

    ``lines`` maps each criterion to the values of its line. ``standing`` is the figure
    that names the band (the total, or the mean of the latest totals),
    ``computed_band`` the band it reaches, ``standing_band`` the one held after the
    stay rule (``stay`` says why), ``band`` the one that counts after override rules
    and a manager's override.
    """

    subject_id: int
    score: scoring.Score
    lines: dict
    adjustments: Any
    standing: float | None
    computed_band: Any
    standing_band: Any
    stay: scoring.Stay
    band: Any
    override: Any
    manual_override: Any


class VasScorecard(models.Model):
    _name = "vas.scorecard"
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
            min_coverage=self.min_coverage / 100.0,
            history_periods=self.history_periods,
            stay_periods=self.stay_periods,
            stay_margin=self.stay_margin,
        )

    def _evaluate(
        self,
        subjects,
        date_from,
        date_to,
        company=None,
        *,
        rules=None,
        memo=None,
        history=None,
        corrections=None,
        adjustments=None,
    ):
        """Compute results for all ``subjects`` of a period without writing anything.

        Works for any version, also a draft. The number of queries does not grow with
        the number of subjects.

        :param subjects: records of the scorecard's subject model.
        :param rules: other rules to try, made from ``_get_rules()``.
        :param memo: dictionary shared by calls that measure the same subjects and
            period, so that a metric is measured once.
        :param history: ``{subject id: [Past, newest first]}`` for the stay rule; by
            default the decided results before the period.
        :param corrections: ``{subject id: {criterion: Measure}}`` that replace what is
            measured.
        :param adjustments: ``{subject id: adjustments}``; by default those dated in
            the period.
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
        manual = self._find_manual_overrides(subjects, company, date_to)
        if adjustments is None:
            adjustments = self._find_adjustments(subjects, company, date_from, date_to)
        if history is None and rules.has_history:
            history = self._find_history(subjects, company, date_from)
        none = self.env["vas.adjustment"]
        result = {}
        for subject_id in subjects.ids:
            score, lines = self._score_subject(
                subject_id,
                rules,
                measures,
                (corrections or {}).get(subject_id, {}),
                adjustments.get(subject_id, none),
            )
            past = (history or {}).get(subject_id, [])
            standing = score.total
            if rules.history_periods and standing is not None:
                standing = scoring.standing(
                    [standing, *(item.total for item in past)], rules.history_periods
                )
            computed = self._find_band(standing, rules)
            stay, held = self._hold_band(standing, computed, past, rules)
            band, override, manual_override = self._choose_band(
                held, overrides.get(subject_id), manual.get(subject_id)
            )
            result[subject_id] = Evaluation(
                subject_id=subject_id,
                score=score,
                lines=lines,
                adjustments=adjustments.get(subject_id, none),
                standing=standing,
                computed_band=computed,
                standing_band=held,
                stay=stay,
                band=band,
                override=override,
                manual_override=manual_override,
            )
        return result

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

    def _score_subject(self, subject_id, rules, measures, corrections, adjustments):
        """Return the score and ``{criterion: line values}`` of one subject."""
        rated = {
            rule.criterion: self._rate(rule, measures, subject_id, corrections)
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
            rules.min_coverage,
        )
        for criterion, values in rated.items():
            line = result.lines[criterion.code]
            values.update(
                counts=line.points is not None,
                used_points=line.points or 0.0,
                weight=line.share,
                contribution=line.contribution,
            )
        return result, rated

    def _hold_band(self, total, computed, past, rules):
        """Return the stay decision and the band held after it."""
        bands = [rule.band for rule in rules.bands]
        codes = [band.code for band in bands]
        previous = past[0].band_code if past else False
        stay = scoring.stay(
            total,
            bands.index(computed) if computed in bands else None,
            codes.index(previous) if previous in codes else None,
            [item.standing for item in past],
            [rule.bounds for rule in rules.bands],
            rules.stay_periods,
            rules.stay_margin,
        )
        if stay.index is None:
            return stay, self.env["vas.scorecard.band"]
        return stay, bands[stay.index]

    def _choose_band(self, standing, override, manual):
        """Return the band that counts, with the rule and the decision behind it."""
        none, band = self.env["vas.assessment.override"], standing
        if override:
            band = override.band_id
        if manual:
            # The decision may have been taken under another version of the scheme.
            own = self.band_ids.filtered(lambda b: b.code == manual.band_id.code)
            if own:
                band = own[0]
            else:
                manual = none
        return band, override or self.env["vas.scorecard.override"], manual or none

    def _find_band(self, total, rules):
        """Return the band that holds ``total`` under ``rules``."""
        index = scoring.find_band(total, [rule.bounds for rule in rules.bands])
        return (
            rules.bands[index].band
            if index is not None
            else self.env["vas.scorecard.band"]
        )

    @api.model
    def _rate(self, rule, measures, subject_id, corrections):
        """Return the line values of one criterion for one subject."""
        criterion = rule.criterion
        measure = corrections.get(criterion)
        if measure is None:
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
        # A query per rule, whatever the number of subjects: each has its own filter.
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

    def _find_manual_overrides(self, subjects, company, date_to):
        """Return ``{subject id: override by a manager}`` valid today, in one query."""
        # Officers compute results that follow decisions they may not all read.
        overrides_sudo = self.env["vas.assessment.override"].sudo()
        found_sudo = overrides_sudo.search(
            [
                ("state", "=", "approved"),
                ("scorecard_code", "=", self.code),
                ("company_id", "=", company.id),
                ("res_model", "=", self.subject_model),
                ("res_id", "in", subjects.ids),
                ("date_to", "<=", date_to),
                ("valid_until", ">=", fields.Date.context_today(self)),
            ],
            order="decided_on, id",
        )
        return {override.res_id: override for override in found_sudo}

    def _find_history(self, subjects, company, date_from):
        """Return ``{subject id: [Past, newest first]}`` of decided results."""
        # The scheme's memory does not depend on who computes.
        model_sudo = self.env["vas.assessment"].sudo()
        earlier_sudo = model_sudo.search_fetch(
            [
                ("scorecard_id.code", "=", self.code),
                ("company_id", "=", company.id),
                ("res_model", "=", self.subject_model),
                ("res_id", "in", subjects.ids),
                ("state", "in", DECIDED_STATES),
                ("has_score", "=", True),
                ("date_to", "<", date_from),
            ],
            ["res_id", "score", "standing", "standing_band_id"],
            order="date_to desc, revision desc, id desc",
        )
        result = defaultdict(list)
        for item in earlier_sudo:
            result[item.res_id].append(
                Past(item.score, item.standing, item.standing_band_id.code)
            )
        return result
