from odoo import api, fields, models
from odoo.exceptions import UserError

from ..tools import periods
from ..tools import settlement as settlement_tool


class VasSettlementAgreement(models.Model):
    """Settling agreements for a period, or showing what that would bring."""

    _name = "vas.settlement.agreement"
    _inherit = "vas.settlement.agreement"

    def action_settle_last_period(self):
        """Prepare the settlement of the last finished period and open it."""
        self.ensure_one()
        date_from, date_to = periods.previous_period(
            self.period_type, fields.Date.context_today(self)
        )
        return self._settle(date_from, date_to)._get_records_action()

    def _settle(self, date_from, date_to):
        """Return the settlements of the period, creating and computing what is missing.

        One call serves many agreements. A draft that exists already is computed again,
        so that nobody decides on figures of last week; a decided one stays as it is.
        """
        for agreement in self:
            if agreement.state != "active" or not agreement._is_valid_on(
                date_from, date_to
            ):
                raise UserError(
                    self.env._(
                        "%(agreement)s is not in force for %(period)s.",
                        agreement=agreement.name,
                        period=periods.period_code(date_from, date_to),
                    )
                )
        existing = self.env["vas.settlement"].search(
            [
                ("agreement_id", "in", self.ids),
                ("date_from", "=", date_from),
                ("date_to", "=", date_to),
                ("state", "!=", "cancelled"),
                ("kind", "=", "period"),
            ]
        )
        missing = self - existing.agreement_id
        created = self.env["vas.settlement"].create(
            [
                {
                    "agreement_id": agreement.id,
                    "date_from": date_from,
                    "date_to": date_to,
                }
                for agreement in missing
            ]
        )
        drafts = existing.filtered(lambda settlement: settlement.state == "draft")
        drafts._lock_or_refuse()
        (drafts | created)._recompute()
        return existing | created

    @api.model
    def _get_due(self, company, period_type, date_from, date_to):
        """Return the agreements in force that are settled for the period."""
        active = self.search(
            [
                ("state", "=", "active"),
                ("company_id", "=", company.id),
                ("period_type", "=", period_type),
            ]
        )
        return active.filtered(lambda a: a._is_valid_on(date_from, date_to))

    def _prepare_drafts(self, date_from, date_to, scores=None):
        """Return ``{settlement not stored: (values, line values)}`` of a period."""
        model = self.env["vas.settlement"]
        drafts = model.concat(
            *(
                model.new(
                    {
                        "agreement_id": agreement.id,
                        "date_from": date_from,
                        "date_to": date_to,
                    }
                )
                for agreement in self
            )
        )
        return drafts._prepare_all(scores)

    def _estimate(self, date_from, date_to, scores=None):
        """Return ``{agreement: amount or None}`` of a period; nothing is written.

        :param scores: ``{partner id: score}`` to use instead of the confirmed ones
            (None as a score: no score). None: the confirmed ones.
        """
        result = {}
        prepared = self._prepare_drafts(date_from, date_to, scores)
        for draft, (values, lines) in prepared.items():
            result[draft.agreement_id] = (
                None
                if values["problem"]
                else settlement_tool.add_up([line["amount"] for line in lines])
            )
        return result

    def _preview(self, date_from, date_to):
        """Return ``{agreement: (amount, problems)}`` of a period, nothing written."""
        result = {}
        for draft, (values, lines) in self._prepare_drafts(date_from, date_to).items():
            problems = [values["problem"]] if values["problem"] else []
            problems += [b["message"] for b in draft._find_blockers().values()]
            amount = settlement_tool.add_up([line["amount"] for line in lines])
            result[draft.agreement_id] = (amount, problems)
        return result

    def action_open_settlements(self):
        self.ensure_one()
        return {
            **self.env["ir.actions.act_window"]._for_xml_id(
                "vas_kpi.vas_settlement_action"
            ),
            "domain": [("agreement_id", "=", self.id)],
            "context": {"default_agreement_id": self.id},
        }
