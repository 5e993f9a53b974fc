from odoo import models

from ..tools import periods


class VasSettlementAgreement(models.Model):
    _inherit = "vas.settlement.agreement"

    def _get_score_effect(self, date_from, date_to, scores):
        """Return what other scores would change in what is paid, nothing written.

        :param scores: ``{vendor id: (old score, new score)}``; None: no score.
        :return: ``{vendor id: change}`` in the company's currency, for vendors whose
            agreement is settled for exactly this period and depends on the score.
        """
        agreements = self.filtered(
            lambda a: (
                a._needs_score()
                and None not in scores.get(a.partner_id.id, (None,))
                and a._is_settled_for(date_from, date_to)
            )
        )
        args = date_from, date_to
        before = agreements._estimate(
            *args, {k: old for k, (old, _n) in scores.items()}
        )
        after = agreements._estimate(*args, {k: new for k, (_o, new) in scores.items()})
        result = {}
        for agreement in agreements:
            if before[agreement] is None or after[agreement] is None:
                continue
            company = agreement.company_id
            converted = agreement.currency_id._convert(
                after[agreement] - before[agreement],
                company.currency_id,
                company,
                date_to,
            )
            vendor_id = agreement.partner_id.id
            result[vendor_id] = company.currency_id.round(
                result.get(vendor_id, 0.0) + converted
            )
        return result

    def _is_settled_for(self, date_from, date_to):
        """Say whether the period is one of those this agreement is settled for."""
        self.ensure_one()
        own = periods.period_bounds(self.period_type, date_to)
        return own == (date_from, date_to) and self._is_valid_on(date_from, date_to)
