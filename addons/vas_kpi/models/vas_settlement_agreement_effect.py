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
        quantities = agreements._measure_quantities(date_from, date_to)
        result = {}
        for agreement in agreements:
            old, new = scores[agreement.partner_id.id]
            quantity = quantities[agreement]
            if quantity is None or old is None or new is None:
                continue
            change = agreement._price_score(quantity, new) - agreement._price_score(
                quantity, old
            )
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

    def _measure_quantities(self, date_from, date_to):
        """Return ``{agreement: quantity or None}``, one query per metric."""
        result = {}
        for metric, agreements in self.grouped("quantity_metric_id").items():
            company = agreements.company_id[:1]
            found = metric._measure(agreements.partner_id, date_from, date_to, company)
            for agreement in agreements:
                result[agreement] = found[agreement.partner_id.id].value
        return result

    def _price_score(self, quantity, score):
        """Return the part of the fee that depends on the score, for a quantity."""
        self.ensure_one()
        rounding = self.currency_id.rounding
        total = 0.0
        if self.factor_scale_id:
            factor = self.factor_scale_id._points(score)
            total += sum(
                part.amount
                for part in settlement_tool.components(
                    quantity, self.unit_price, self._get_tiers(), factor, rounding
                )
            )
        for tariff in self.tariff_ids.filtered(lambda t: t.basis == "score"):
            amount = tariff.scale_id._points(score) or 0.0
            sign = -1 if tariff.kind == "penalty" else 1
            total += sign * settlement_tool.round_amount(amount, rounding)
        return total
