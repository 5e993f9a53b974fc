from odoo import models

from ..tools import periods
from ..tools import settlement as settlement_tool


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
                and a.partner_id.id in scores
                and a._is_settled_for(date_from, date_to)
            )
        )
        before, after = (
            agreements._estimate(
                date_from, date_to, {key: pair[side] for key, pair in scores.items()}
            )
            for side in (0, 1)
        )
        result = {}
        for agreement in agreements:
            if before[agreement] is None or after[agreement] is None:
                continue
            change = settlement_tool.add_up([after[agreement], -before[agreement]])
            currency = agreement.company_id.currency_id
            converted = agreement.currency_id._convert(
                change, currency, agreement.company_id, date_to
            )
            vendor_id = agreement.partner_id.id
            result[vendor_id] = currency.round(result.get(vendor_id, 0.0) + converted)
        return result

    def _is_settled_for(self, date_from, date_to):
        """Say whether the period is one of those this agreement is settled for."""
        self.ensure_one()
        own = periods.period_bounds(self.period_type, date_to)
        return own == (date_from, date_to) and self._is_valid_on(date_from, date_to)
