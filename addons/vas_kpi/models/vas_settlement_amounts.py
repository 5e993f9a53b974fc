from collections import defaultdict

from odoo import models

from ..tools import periods
from ..tools import settlement as settlement_tool
from .vas_scorecard import DECIDED_STATES


class VasSettlement(models.Model):
    """How the amounts of a settlement come about: facts, rules, lines."""

    _name = "vas.settlement"
    _inherit = "vas.settlement"

    def _recompute(self):
        """Measure quantity, score and tariffs; keep the lines typed by hand."""
        todo = self.filtered(lambda s: s.state == "draft")
        todo._store(todo._prepare_all())

    def _rebuild(self):
        """Make the lines again from the stored figures: a typed line has changed."""
        todo = self.filtered(lambda s: s.state == "draft")
        history = todo._get_history()
        corrections = todo._find_corrections()
        prepared = {}
        for settlement in todo:
            values, lines = settlement._prepare_amounts(
                settlement._get_facts(), settlement._get_score(), history
            )
            lines += settlement._prepare_correction_lines(corrections)
            prepared[settlement] = ({"problem": values["problem"]}, lines)
        todo._store(prepared, corrections)

    def _refresh_limits(self):
        """Make the lines again that depend on what was typed by hand."""
        if self.env.context.get("vas_settlement_storing"):
            return
        self.filtered(
            lambda s: (
                s.state == "draft"
                and s.facts
                and any(limit is not None for limit in s.agreement_id._get_limits())
            )
        )._rebuild()

    def _store(self, prepared, corrections=None):
        """Write prepared values and replace the computed lines."""
        # Results are written by the computation only (see vas.guarded.mixin).
        settlements_sudo = self.sudo().with_context(vas_settlement_storing=True)
        lines_sudo = settlements_sudo.line_ids
        lines_sudo.filtered(lambda line: not line.is_manual).unlink()
        new_lines = []
        for settlement_sudo in settlements_sudo:
            values, lines = prepared[settlement_sudo.with_env(self.env)]
            settlement_sudo.write(values)
            new_lines += [
                {**line, "settlement_id": settlement_sudo.id} for line in lines
            ]
        lines_sudo.create(new_lines)
        if corrections is None:
            corrections = self._find_corrections()
        for target, placed in corrections.items():
            placed.filtered(lambda c, t=target: c.target_id != t).target_id = target.id

    def _prepare_all(self, scores=None):
        """Return ``{settlement: (values, line values)}``; nothing is written.

        The number of queries does not grow with the number of settlements.

        :param scores: ``{partner id: score or None}`` instead of the confirmed ones.
        """
        measured = self.filtered(lambda s: s.kind == "period")._measure_metrics()
        assessments = {} if scores is not None else self._find_assessments()
        history = self._get_history()
        corrections = self._find_corrections()
        none = self.env["vas.assessment"]
        result = {}
        for settlement in self:
            if settlement.kind == "correction":
                lines = settlement._prepare_correction_lines(corrections)
                result[settlement] = ({"problem": False}, lines)
                continue
            assessment = assessments.get(settlement, none)
            score = assessment.score if assessment else None
            if scores is not None:
                score = scores.get(settlement.partner_id.id)
            agreement = settlement.agreement_id
            facts = {
                metric.id: measured[
                    metric,
                    settlement.partner_id.id,
                    settlement.date_from,
                    settlement.date_to,
                ].value
                for metric in (
                    agreement.quantity_metric_id | agreement.tariff_ids.metric_id
                )
            }
            values, lines = settlement._prepare_amounts(facts, score, history)
            lines += settlement._prepare_correction_lines(corrections)
            values.update(
                {
                    "assessment_id": assessment.id,
                    "score": score or 0.0,
                    "facts": {str(key): value for key, value in facts.items()},
                }
            )
            result[settlement] = (values, lines)
        return result

    def _get_facts(self):
        """Return the stored figures as ``{metric id: value or None}``."""
        self.ensure_one()
        return {int(key): value for key, value in (self.facts or {}).items()}

    def _get_score(self):
        self.ensure_one()
        return self.score if self.assessment_id else None

    def _measure_metrics(self):
        """Return ``{(metric, partner id, period): Measure}``, one query per group."""
        result = {}
        for key, group in self.grouped(
            lambda s: (s.company_id, s.date_from, s.date_to)
        ).items():
            company, date_from, date_to = key
            agreements = group.agreement_id
            memo = {}
            for metric in (
                agreements.quantity_metric_id | agreements.tariff_ids.metric_id
            ):
                found = metric._measure(
                    group.partner_id, date_from, date_to, company, memo
                )
                for partner_id, measure in found.items():
                    result[metric, partner_id, date_from, date_to] = measure
        return result

    def _find_assessments(self):
        """Return the decided assessment of each settlement's vendor and period."""
        needing = self.filtered(
            lambda s: s.agreement_id.scorecard_id and s.kind == "period"
        )
        candidates = self.env["vas.assessment"].search(
            [
                ("partner_id", "in", needing.partner_id.ids),
                (
                    "scorecard_id.code",
                    "in",
                    needing.agreement_id.scorecard_id.mapped("code"),
                ),
                ("date_from", "in", needing.mapped("date_from")),
                ("state", "in", DECIDED_STATES),
                ("has_score", "=", True),
            ],
            order="revision desc, id desc",
        )
        found = {}
        for assessment in candidates:
            found.setdefault(
                (
                    assessment.partner_id.id,
                    assessment.company_id.id,
                    assessment.date_from,
                    assessment.date_to,
                    assessment.scorecard_id.code,
                ),
                assessment,
            )
        result = {}
        for settlement in needing:
            assessment = found.get(settlement._get_assessment_key())
            if assessment:
                result[settlement] = assessment
        return result

    def _get_assessment_key(self):
        self.ensure_one()
        return (
            self.partner_id.id,
            self.company_id.id,
            self.date_from,
            self.date_to,
            self.agreement_id.scorecard_id.code,
        )

    # --------------------------------------------------------------------- lines
    def _prepare_amounts(self, facts, score, history):
        """Return header values and line values of one settlement.

        :param facts: ``{metric id: value or None}``
        :param score: the confirmed score or None
        :param history: see ``_get_history``
        """
        self.ensure_one()
        agreement = self.agreement_id
        quantity = facts.get(agreement.quantity_metric_id.id)
        factor, problems = self._prepare_factor(score)
        lines = []
        if quantity is None:
            problems.insert(
                0,
                self.env._(
                    "No data on “%(metric)s” in the period.",
                    metric=agreement.quantity_metric_id.name,
                ),
            )
        elif quantity < 0:
            problems.append(self.env._("The quantity is negative."))
        else:
            try:
                lines = self._prepare_fee_lines(quantity, factor)
                fee = settlement_tool.add_up([line["amount"] for line in lines])
                lines += self._prepare_effect_lines(fee, facts, score, problems)
                lines += self._prepare_earn_back_lines(lines, history)
                lines += self._prepare_limit_lines(lines)
            except settlement_tool.SettlementError as error:
                problems.append(str(error))
        values = {
            "has_quantity": quantity is not None,
            "quantity": quantity or 0.0,
            "has_factor": factor is not None,
            "factor": factor or 0.0,
            "problem": "\n".join(problems),
        }
        return values, lines

    def _prepare_factor(self, score):
        """Return the factor of the fee (or None) and a list of problems."""
        agreement = self.agreement_id
        if agreement._needs_score() and score is None:
            return None, [
                self.env._(
                    "No confirmed score on “%(scorecard)s” for the period.",
                    scorecard=agreement.scorecard_id.name,
                )
            ]
        if not agreement.factor_scale_id:
            return None, []
        factor = agreement.factor_scale_id._points(score)
        if factor is None:
            return None, [
                self.env._(
                    "“%(scale)s” gives no factor for a score of %(score)s.",
                    scale=agreement.factor_scale_id.name,
                    score=f"{score:g}",
                )
            ]
        return factor, []

    def _prepare_fee_lines(self, quantity, factor):
        agreement = self.agreement_id
        components = settlement_tool.components(
            quantity,
            agreement.unit_price,
            agreement._get_tiers(),
            factor,
            self.currency_id.rounding,
        )
        lines = []
        for index, part in enumerate(components):
            if part.kind == "factor":
                if not part.amount:
                    continue
                line = {
                    "component": "factor",
                    "quantity": 1.0,
                    "unit_price": part.amount,
                    "detail": {
                        "text": "factor",
                        "base": part.unit_price,
                        "factor": part.factor,
                    },
                }
            else:
                line = {
                    "component": f"fee:{index}",
                    "quantity": part.quantity,
                    "unit_price": part.unit_price,
                    "detail": {
                        "text": "fee",
                        "quantity": part.quantity,
                        "price": part.unit_price,
                    },
                }
            lines.append(self._prepare_line(part.kind, part.amount, 10 + index, line))
        return lines

    def _prepare_line(self, kind, amount, sequence, values):
        return {
            "is_manual": False,
            "kind": kind,
            "sequence": sequence,
            "quantity": 1.0,
            "unit_price": amount,
            "amount": amount,
            **values,
        }

    def _prepare_effect_lines(self, fee, facts, score, problems):
        """Return the lines of bonuses, deductions and the cap on deductions."""
        agreement, rounding = self.agreement_id, self.currency_id.rounding
        limits = agreement._get_limits()
        tariffs, rules, details = {}, [], {}
        for tariff in agreement.tariff_ids:
            rule, detail, problem = tariff._prepare_rule(facts, score)
            if problem:
                problems.append(problem)
            elif rule:
                rules.append(rule)
                tariffs[rule.key], details[rule.key] = tariff, detail
        typed = self._get_typed_rules()
        at_risk = settlement_tool.share_of(fee, limits.at_risk_percent or 0.0, rounding)
        lines = []
        for effect in settlement_tool.apply_rules(fee, rules + typed, limits, rounding):
            if effect.key in tariffs:
                detail = {**details[effect.key], "fee": fee, "at_risk": at_risk}
                values = {
                    "component": effect.key,
                    "tariff_id": tariffs[effect.key].id,
                    "detail": detail,
                }
                if detail["text"] == "product":
                    sign = -1 if effect.kind == "penalty" else 1
                    values["quantity"] = detail["quantity"]
                    values["unit_price"] = sign * detail["price"]
            elif effect.key == "cap":
                values = {
                    "component": "cap",
                    "detail": {
                        "text": "cap",
                        "percent": limits.at_risk_percent,
                        "fee": fee,
                        "at_risk": at_risk,
                    },
                }
            else:
                continue  # a typed line is there already
            sequence = 60 if effect.kind == "cap" else 40
            lines.append(
                self._prepare_line(effect.kind, effect.amount, sequence, values)
            )
        return lines

    def _get_typed_lines(self):
        """Return bonuses and deductions typed by hand."""
        return self.line_ids.filtered(
            lambda line: line.is_manual and line.kind in ("bonus", "penalty")
        )

    def _get_typed_rules(self):
        return [
            settlement_tool.Rule(
                f"line:{line.id}", line.kind, amount=abs(line.settled_amount)
            )
            for line in self._get_typed_lines()
        ]

    def _prepare_limit_lines(self, lines):
        """Return the line that keeps the period within its agreed bounds."""
        limits = self.agreement_id._get_limits()
        counted = [line["amount"] for line in lines if line["kind"] != "earn_back"]
        counted += self._get_typed_lines().mapped("settled_amount")
        return [
            self._prepare_line(
                "limit",
                effect.amount,
                70,
                {
                    "component": effect.key,
                    "detail": {
                        "text": effect.key,
                        "limit": getattr(limits, effect.key),
                        "total": settlement_tool.add_up(counted),
                    },
                },
            )
            for effect in settlement_tool.apply_limits(
                settlement_tool.add_up(counted), limits
            )
        ]

    # ----------------------------------------------------------------- earn-back
    def _get_earlier_periods(self, count):
        """Return the bounds of the ``count`` periods before, newest first."""
        self.ensure_one()
        result, start = [], self.date_from
        for _number in range(count):
            bounds = periods.previous_period(self.agreement_id.period_type, start)
            result.append(bounds)
            start = bounds[0]
        return result

    def _get_history(self):
        """Return ``{(series, date from): {component: amount}}`` of decided periods.

        Only for agreements with rules that are earned back, and only as far back as
        these look; amounts are net of corrections and decided disputes.
        """
        earning = self.filtered(
            lambda s: (
                s.kind == "period"
                and any(s.agreement_id.tariff_ids.mapped("earn_back"))
            )
        )
        if not earning:
            return {}
        first = min(
            settlement._get_earlier_periods(
                max(settlement.agreement_id.tariff_ids.mapped("earn_back_periods"))
            )[-1][0]
            for settlement in earning
        )
        # Amounts of earlier periods count whoever may read them.
        decided_sudo = self.sudo().search(
            [
                ("series_id", "in", earning.series_id.ids),
                ("kind", "=", "period"),
                ("state", "in", ("checked", "billed")),
                ("date_from", ">=", first),
                ("date_to", "<", max(earning.mapped("date_to"))),
            ]
        )
        amounts = decided_sudo._get_component_amounts()
        return {
            (settlement.series_id.id, settlement.date_from): amounts[settlement]
            for settlement in decided_sudo
        }

    def _get_component_amounts(self):
        """Return ``{settlement: {component: amount}}`` with all corrections."""
        result = {settlement: defaultdict(float) for settlement in self}
        for line in self.line_ids:
            result[line.settlement_id][line._get_component()] += line.settled_amount
        for correction in self.correction_ids:
            for line in correction.line_ids:
                result[correction.settlement_id][line.component] += line.delta
        return result

    def _prepare_earn_back_lines(self, lines, history):
        """Return deductions given back because the periods after them were good."""
        taken_now = {line["component"] for line in lines if line["kind"] == "penalty"}
        result = []
        for tariff in self.agreement_id.tariff_ids.filtered("earn_back"):
            key = tariff._get_key()
            earlier = self._get_earlier_periods(tariff.earn_back_periods)
            series = self.series_id.id
            between = [history.get((series, start)) for start, _end in earlier[:-1]]
            source = history.get((series, earlier[-1][0]))
            good = key not in taken_now and all(
                amounts is not None and not amounts.get(key) for amounts in between
            )
            if not source or not good or source.get(key, 0.0) >= 0:
                continue
            uncapped = sum(
                -amount
                for component, amount in source.items()
                if component.startswith(("tariff:", "line:")) and amount < 0
            )
            amount = settlement_tool.earned_back(
                -source[key],
                uncapped,
                source.get("cap", 0.0),
                tariff.earn_back_percent,
                self.currency_id.rounding,
            )
            if amount:
                period = periods.period_code(*earlier[-1])
                result.append(
                    self._prepare_line(
                        "earn_back",
                        amount,
                        65,
                        {
                            "component": f"earn:{tariff.id}:{period}",
                            "tariff_id": tariff.id,
                            "detail": {
                                "text": "earn_back",
                                "period": period,
                                "percent": tariff.earn_back_percent,
                                "taken": -source[key],
                                "periods": tariff.earn_back_periods,
                            },
                        },
                    )
                )
        return result

    # --------------------------------------------------------------- corrections
    def _find_corrections(self):
        """Return ``{settlement: corrections}`` that are to be billed with it."""
        model = self.env["vas.settlement.correction"]
        own = self._origin
        if not own:
            return {}
        # Corrections of earlier periods belong on the bill whoever prepares it.
        pending_sudo = model.sudo().search(
            [
                ("series_id", "in", own.series_id.ids),
                ("state", "=", "pending"),
                "|",
                ("target_id", "=", False),
                ("target_id", "in", own.ids),
            ],
            order="date_from, id",
        )
        result = defaultdict(model.browse)
        for correction in pending_sudo.with_env(self.env):
            target = correction.target_id
            if not target and correction.mode == "next":
                target = own.filtered(
                    lambda s, c=correction: (
                        s.kind == "period"
                        and s.series_id == c.series_id
                        and s.date_from > c.date_to
                        and s.currency_id == c.currency_id
                    )
                ).sorted("date_from")[:1]
            if target:
                result[target] |= correction
        return dict(result)

    def _prepare_correction_lines(self, corrections):
        self.ensure_one()
        own = corrections.get(self, self.env["vas.settlement.correction"])
        # Lines of a correction are shown to whoever prepares its bill.
        lines_sudo = own.sudo().line_ids
        return [
            self._prepare_line(
                "correction",
                line.delta,
                80,
                {
                    "component": f"correction:{line.id}",
                    "correction_line_id": line.id,
                    "tariff_id": line.tariff_id.id,
                    "detail": {
                        "text": "correction",
                        "period": line.correction_id.settlement_id.period,
                        "kind": line.kind,
                        "name": line.name,
                        "old": line.old_amount,
                        "new": line.new_amount,
                    },
                },
            )
            for line in lines_sudo
        ]
