from odoo import models
from odoo.exceptions import UserError
from odoo.tools import float_compare

from ..tools import settlement as settlement_tool


class VasSettlement(models.Model):
    """Figures that change after a period was billed: only differences are billed."""

    _name = "vas.settlement"
    _inherit = "vas.settlement"

    def action_correct(self):
        """Measure a billed period again and bill the difference."""
        self._check_manager()
        self._lock_or_refuse()
        self._check_state("billed", "checked")
        # The right to decide was checked above.
        corrections = self.sudo()._correct(
            self.env._("Figures measured again"), remeasure=True
        )
        if not corrections:
            return {
                "type": "ir.actions.client",
                "tag": "display_notification",
                "params": {
                    "type": "info",
                    "title": self.env._("Nothing to correct"),
                    "message": self.env._(
                        "The figures of the period are what was settled."
                    ),
                },
            }
        return corrections.sudo(False)._get_records_action()

    def _take_in_score(self):
        """Follow a score that was decided, revised or taken back for these periods.

        Drafts are computed again. Accepted figures and draft bills without history go
        back to draft. What is in the books is corrected, never edited.
        """
        self.sorted("date_from")._lock_or_refuse()
        self.filtered(lambda s: s.state == "draft")._recompute()
        found = self._find_assessments()
        for settlement in self.filtered(lambda s: s.state in ("checked", "billed")):
            assessment = found.get(settlement)
            if not settlement._is_score_news(assessment):
                continue
            if not settlement._is_in_books() and not settlement._has_history():
                settlement._reopen()
                settlement._recompute()
                settlement.message_post(
                    body=self.env._(
                        "The score changed: the figures were computed again and wait to"
                        " be accepted. A draft bill was withdrawn."
                    )
                )
            elif assessment:
                settlement._correct(
                    self.env._(
                        "Score revised: %(old)s → %(new)s",
                        old=f"{settlement.score:.2f}",
                        new=f"{assessment.score:.2f}",
                    ),
                )
            else:
                settlement.message_post(
                    body=self.env._(
                        "The score of the period was taken back. What is billed stays;"
                        " a difference is billed when a new score is confirmed."
                    )
                )

    def _is_score_news(self, assessment):
        """Say whether a decided score is another than the one that was settled."""
        self.ensure_one()
        if not self.agreement_id._needs_score():
            return False
        if not assessment or self.correction_ids:
            return True
        digits = self._fields["score"].get_digits(self.env)[1]
        return assessment != self.assessment_id or bool(
            float_compare(assessment.score, self.score, precision_digits=digits)
        )

    def _correct(self, reason, remeasure=False):
        """Bill the difference between what was settled and what is right now.

        Called with the settlements locked. Calling it again without a change does
        nothing; calling it after another change brings the open correction up to date.
        So the corrections of a settlement always add up to the right amount.

        :param remeasure: read the facts again; else the stored ones count.
        :return: the open corrections.
        """
        result = self.env["vas.settlement.correction"]
        periods = self.filtered(lambda s: s.kind == "period")
        assessments = periods._find_assessments()
        measured = periods._measure_metrics() if remeasure else {}
        for settlement in periods.sorted("date_from"):
            facts = settlement._get_facts()
            if remeasure:
                for metric, partner_id, start, end in measured:
                    if (partner_id, start, end) == (
                        settlement.partner_id.id,
                        settlement.date_from,
                        settlement.date_to,
                    ):
                        key = metric, partner_id, start, end
                        facts[metric.id] = measured[key].value
            result |= settlement._correct_one(
                reason, facts, assessments.get(settlement)
            )
        return result

    def _correct_one(self, reason, facts, assessment):
        # Without a new decision the score that was settled stands.
        score = assessment.score if assessment else self._get_score()
        assessment = assessment or self.assessment_id
        values, lines = self._prepare_amounts(facts, score, self._get_history())
        if values["problem"]:
            raise UserError(
                self.env._(
                    "%(settlement)s cannot be corrected:\n%(problem)s",
                    settlement=self.name,
                    problem=values["problem"],
                )
            )
        expected, described = self._get_expected(lines)
        frozen = {line._get_component() for line in self.line_ids.filtered("frozen")}
        opened = self.correction_ids.filtered(lambda c: c.state == "pending")
        settled = self._get_billed(opened)
        differences = {
            key: delta
            for key, delta in settlement_tool.deltas(settled, expected).items()
            if key not in frozen
        }
        correction = self.env["vas.settlement.correction"]._put(
            self, opened, reason, assessment, differences, settled, expected, described
        )
        # A later period may have given back or kept what this one takes now.
        if any(self.agreement_id.tariff_ids.mapped("earn_back")):
            correction |= self._get_followers()._correct(reason)
        return correction

    def _get_followers(self):
        """Return decided periods whose earn-back looks at this one."""
        longest = max(self.agreement_id.tariff_ids.mapped("earn_back_periods"))
        later = self.search(
            [
                ("series_id", "=", self.series_id.id),
                ("kind", "=", "period"),
                ("date_from", ">", self.date_to),
                ("state", "in", ("draft", "checked", "billed")),
            ],
            order="date_from",
            limit=longest,
        )
        later._lock_or_refuse()
        later.filtered(lambda s: s.state == "draft")._recompute()
        return later.filtered(
            lambda s: (
                s.state != "draft"
                and any(line.kind == "earn_back" for line in s.line_ids)
            )
        )

    def _get_expected(self, lines):
        """Return ``({component: amount}, {component: line values})`` that are right."""
        expected = {line["component"]: line["amount"] for line in lines}
        described = {line["component"]: line for line in lines}
        for line in self.line_ids:
            key = line._get_component()
            described.setdefault(
                key,
                {
                    "kind": line.kind,
                    "tariff_id": line.tariff_id.id,
                    "typed": line.typed_name,
                },
            )
            if line.has_agreed or line.is_manual or line.kind == "correction":
                expected[key] = line.settled_amount
        return expected, described

    def _get_billed(self, without):
        """Return ``{component: amount}`` of the bill and of decided corrections."""
        # What was accepted but not yet billed will be: it counts as settled.
        billed = {}
        for line in self.line_ids:
            key = line._get_component()
            amount = line.billed_amount if self.state == "billed" else line.billable
            billed[key] = settlement_tool.add_up([billed.get(key, 0.0), amount])
        for line in (self.correction_ids - without).line_ids:
            key = line.component
            billed[key] = settlement_tool.add_up([billed.get(key, 0.0), line.delta])
        return billed

    def _drop_correction(self):
        """Forget a correction that is no longer needed; its own document goes."""
        documents = self.filtered(
            lambda s: s.kind == "correction" and s.state == "draft"
        )
        (self - documents).filtered(lambda s: s.state == "draft")._recompute()
        documents.unlink()
