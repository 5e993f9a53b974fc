from odoo import api, fields, models
from odoo.fields import Domain

from ..tools.calendar_terms import (
    PERIOD_MONTHS,
    add_months,
    first_of_period,
    periods,
)
from ..tools.entitlement import EPSILON, carry


class VasEntitlement(models.Model):
    """Periods begin with what is granted and end with what goes over or expires."""

    _name = "vas.entitlement"
    _inherit = ["vas.entitlement"]

    def action_grant(self):
        """Bring the ledger up to today: new periods, what goes over, what expires."""
        self._lock_or_refuse()
        self._roll(fields.Date.context_today(self))

    def _roll(self, day):
        """Grant the periods begun by *day* and close the lots that ended before it.

        Asking again changes nothing: a period is granted once (index), and a closed lot
        has nothing left. Lots are closed in their order, so that what went over from
        one period is there when the next one ends.
        """
        lots = self._get_lots()
        values = []
        for entitlement in self:
            mine = lots.get(entitlement.id, [])
            granted = {
                opener.date_from for opener, _rest in mine if opener.kind == "grant"
            }
            for begin, end in entitlement._get_periods(day):
                if begin not in granted:
                    values.append(
                        entitlement._prepare_opener(
                            "grant", entitlement.quantity, begin
                        )
                        | {"expires_on": end}
                    )
        self._post_entries(values)
        while self._close_lots(day):
            pass

    def _prepare_opener(self, kind, quantity, begin):
        self.ensure_one()
        return {
            "entitlement_id": self.id,
            "kind": kind,
            "quantity": quantity,
            "date": begin,
            "date_from": begin,
        }

    def _close_lots(self, day):
        """Let go over or expire what is left of ended lots; whether anything was."""
        lots = self._get_lots()
        carried = self._get_carried()
        values = []
        for entitlement in self:
            for opener, rest in lots.get(entitlement.id, ()):
                if rest < EPSILON or not opener.expires_on or opener.expires_on >= day:
                    continue
                ends = entitlement._get_carry_end(opener.expires_on)
                # What went over once does not go over again, and nothing outlives
                # the agreement.
                rule = entitlement.carry_over if opener.kind == "grant" else "none"
                if ends and ends <= opener.expires_on:
                    rule = "none"
                over, expired = carry(
                    rest, rule, entitlement.carry_limit, carried.get(opener.id, 0.0)
                )
                begin = fields.Date.add(opener.expires_on, days=1)
                closing = {
                    "entitlement_id": entitlement.id,
                    "date": begin,
                    "lot_id": opener.id,
                }
                if over:
                    values.append(closing | {"kind": "carry_out", "quantity": -over})
                    values.append(
                        entitlement._prepare_opener("carry_in", over, begin)
                        | {"expires_on": ends, "from_lot_id": opener.id}
                    )
                if expired:
                    values.append(closing | {"kind": "expire", "quantity": -expired})
        return bool(self._post_entries(values))

    def _get_carried(self):
        """Return {lot id: what went over from it so far}."""
        groups = self.env["vas.entitlement.entry"]._read_group(
            [("entitlement_id", "in", self.ids), ("kind", "=", "carry_out")],
            ["lot_id"],
            ["quantity:sum"],
        )
        return {lot.id: -quantity for lot, quantity in groups}

    @api.model
    def _cron_roll(self):
        """Open and close the periods of all agreements in force."""
        day = fields.Date.context_today(self)
        found = self._get_to_roll(day)
        self.env["ir.cron"]._commit_progress(remaining=len(found))
        for entitlement in found:
            mine = entitlement.try_lock_for_update()
            if mine:
                mine._roll(day)
            if not self.env["ir.cron"]._commit_progress(1):
                break

    @api.model
    def _get_to_roll(self, day):
        """Return the entitlements that lack a period or hold a lot that has ended."""
        found = self.search(
            Domain("contract_id.vas_state", "in", ("signed", "ended"))
            & Domain("date_from", "<=", day)
        )
        lots = found._get_lots()

        def is_behind(entitlement):
            mine = lots.get(entitlement.id, [])
            granted = {opener.date_from for opener, _rest in mine}
            return any(
                begin not in granted for begin, _end in entitlement._get_periods(day)
            ) or any(
                rest >= EPSILON and opener.expires_on and opener.expires_on < day
                for opener, rest in mine
            )

        return found.filtered(is_behind)

    def _get_periods(self, day):
        """Return the periods that have begun on *day*: [(first day, last day)]."""
        self.ensure_one()
        last = min(day, self.date_to) if self.date_to else day
        if last < self.date_from:
            return []
        if self.period == "contract":
            return [(self.date_from, self.date_to)]
        months = PERIOD_MONTHS[self.period]
        anchor = self.date_from
        if self.period_anchor == "calendar":
            anchor = first_of_period(anchor, months)
        return [
            (max(begin, self.date_from), min(end, self.date_to or end))
            for begin, end in periods(anchor, months, self.date_from, last)
        ]

    def _get_carry_end(self, lot_end):
        """Return until when what went over from a lot that ended can be used."""
        self.ensure_one()
        if not self.carry_periods or self.period == "contract":
            return self.date_to
        months = PERIOD_MONTHS[self.period] * self.carry_periods
        first = fields.Date.add(lot_end, days=1)
        end = fields.Date.subtract(add_months(first, months), days=1)
        return min(end, self.date_to) if self.date_to else end
