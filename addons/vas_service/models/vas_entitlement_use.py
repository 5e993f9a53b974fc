from collections import defaultdict

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..tools.entitlement import EPSILON, Lot, allocate, billed_units


class VasEntitlement(models.Model):
    """Tickets, visits and booked hours use what is granted, and give it back."""

    _name = "vas.entitlement"
    _inherit = ["vas.entitlement"]

    @api.model
    def _settle(self, documents):
        """Bring the ledger in line with what *documents* (of one model) use.

        What is recorded already is compared with what should be: asking again changes
        nothing. What is too much goes back to the lots it was taken from, over-use
        first; what is missing is taken from what expires first.
        """
        # Whoever opens a ticket or cancels a visit moves the ledger, without rights
        # on it.
        documents_sudo = documents.sudo()
        goes = self.env.context.get("vas_gives_back")
        demands = {
            document: {} if goes else document._vas_get_demands()
            for document in documents_sudo
        }
        contracts = documents_sudo.vas_contract_id
        # As above.
        self_sudo = self.sudo()
        recorded = self_sudo._get_recorded(documents_sudo)
        entitlements_sudo = self_sudo.search(
            [
                ("contract_id", "in", contracts.ids),
                ("contract_id.vas_state", "=", "signed"),
            ]
        )
        involved = entitlements_sudo | self_sudo.browse(
            key[1] for key in recorded if recorded[key]
        )
        if not involved or not (recorded or any(demands.values())):
            return
        involved = involved.sorted("id")
        involved._wait_for_lock()
        involved._give_back(documents_sudo, demands, recorded, entitlements_sudo)
        involved._take(documents_sudo, demands, entitlements_sudo)

    def _wait_for_lock(self):
        """Take the row locks, one after the other in the same order everywhere.

        Whoever comes second waits; if the first one has used something, the database
        refuses the second's view of the world and the request begins again.
        """
        self.flush_recordset()
        self.env.execute_query(
            SQL(
                "SELECT id FROM vas_entitlement WHERE id IN %s ORDER BY id FOR UPDATE",
                tuple(self.ids),
            )
        )
        self.invalidate_recordset(["entry_count"])

    @api.model
    def _get_recorded(self, documents):
        """Return {(document id, entitlement id): units used or over-used}."""
        recorded = defaultdict(float)
        about = [
            ("res_model", "=", documents._name),
            ("res_id", "in", documents.ids),
        ]
        for res_id, entitlement, quantity in self.env[
            "vas.entitlement.entry"
        ]._read_group(about, ["res_id", "entitlement_id"], ["quantity:sum"]):
            recorded[res_id, entitlement.id] -= round(quantity, 2)
        for res_id, entitlement, quantity in self.env[
            "vas.entitlement.overuse"
        ]._read_group(
            [*about, ("state", "!=", "cancelled")],
            ["res_id", "entitlement_id"],
            ["quantity:sum"],
        ):
            recorded[res_id, entitlement.id] += quantity
        return {key: round(quantity, 2) for key, quantity in recorded.items()}

    def _fits(self, document, unit, day):
        """Return those of these entitlements that *document* uses units of."""
        ticket = document._vas_get_ticket()
        return self.filtered(
            lambda one: (
                one.contract_id == document.vas_contract_id
                and one.unit == unit
                and one.date_from <= day
                and (not one.date_to or one.date_to >= day)
                and (
                    not ticket
                    or ticket.filtered_domain(
                        one._read_domain(one.ticket_domain, day, day)
                    )
                )
            )
        ).sorted(lambda one: (one.sequence, one.id))

    def _give_back(self, documents, demands, recorded, in_force):
        """Return what documents used too much, over-use first."""
        too_much = {}
        for document in documents:
            day = document._vas_get_use_date()
            for unit in dict.fromkeys([*demands[document], *self.mapped("unit")]):
                mine = self.filtered(lambda one, u=unit: one.unit == u)
                fits = in_force._fits(document, unit, day)
                wanted = self._counted(fits, unit, demands[document].get(unit, 0.0))
                sums = {
                    one: recorded.get((document.id, one.id), 0.0)
                    for one in mine
                    if recorded.get((document.id, one.id))
                }
                # Of agreements that no longer hold for the document, everything.
                keep = min(wanted, sum(sums.get(one, 0.0) for one in fits))
                for one, quantity in sums.items():
                    kept = min(quantity, keep) if one in fits else 0.0
                    keep -= kept
                    if quantity - kept >= EPSILON:
                        too_much[document, one] = round(quantity - kept, 2)
        if not too_much:
            return
        overs = self.env["vas.entitlement.overuse"].search(
            [
                ("res_model", "=", documents._name),
                ("res_id", "in", documents.ids),
                ("state", "!=", "cancelled"),
            ],
            order="id desc",
        )
        used = {
            (res_id, lot): -quantity
            for res_id, lot, quantity in self.env["vas.entitlement.entry"]._read_group(
                [
                    ("res_model", "=", documents._name),
                    ("res_id", "in", documents.ids),
                    ("lot_id", "!=", False),
                ],
                ["res_id", "lot_id"],
                ["quantity:sum"],
            )
        }
        values = []
        for (document, one), quantity in too_much.items():
            mine = overs.filtered(
                lambda over, d=document, e=one: (
                    over.res_id == d.id and over.entitlement_id == e
                )
            )
            for over in mine:
                part = min(quantity, over.quantity)
                if part >= EPSILON:
                    over._reduce(part)
                    quantity = round(quantity - part, 2)
            for (res_id, lot), units in used.items():
                if res_id != document.id or lot.entitlement_id != one:
                    continue
                part = round(min(quantity, units), 2)
                if part >= EPSILON:
                    values.append(one._prepare_use("give_back", part, document, lot.id))
                    quantity = round(quantity - part, 2)
        self._post_entries(values)

    @api.model
    def _counted(self, fits, unit, quantity):
        """Return the units that count under the rounding of the first that fits."""
        if unit != "hour" or not fits:
            return quantity
        return billed_units(quantity, fits[0].step, fits[0].minimum)

    def _take(self, documents, demands, in_force):
        """Take what documents still need; what nothing is left for is over-use."""
        recorded = self._get_recorded(documents)
        lots = self._get_lots()
        rest = {opener: quantity for mine in lots.values() for opener, quantity in mine}
        values, overs = [], []
        for document in documents:
            day = document._vas_get_use_date()
            for unit, quantity in demands[document].items():
                fits = in_force._fits(document, unit, day)
                if not fits:
                    continue
                missing = self._counted(fits, unit, quantity) - sum(
                    recorded.get((document.id, one.id), 0.0) for one in fits
                )
                if missing < EPSILON:
                    continue
                usable = [
                    Lot(opener, rest[opener], opener.expires_on, opener.date_from)
                    for one in fits
                    for opener, _quantity in lots.get(one.id, ())
                    if opener._is_usable(day)
                ]
                taken, uncovered = allocate(usable, missing)
                for opener, part in taken:
                    rest[opener] = round(rest[opener] - part, 2)
                    values.append(
                        opener.entitlement_id._prepare_use(
                            "use", -part, document, opener.id
                        )
                    )
                if uncovered:
                    overs.append(fits[0]._prepare_overuse(document, uncovered))
        self._post_entries(values)
        self.env["vas.entitlement.overuse"]._begin(overs)

    def _prepare_use(self, kind, quantity, document, lot_id):
        self.ensure_one()
        return {
            "entitlement_id": self.id,
            "kind": kind,
            "quantity": quantity,
            "date": document._vas_get_use_date(),
            "lot_id": lot_id,
            "res_model": document._name,
            "res_id": document.id,
            "ticket_id": document._vas_get_ticket().id,
            "reason": document._vas_get_use_reason(),
        }

    def _prepare_overuse(self, document, quantity):
        """Return the values of over-use; refuse it when the agreement does."""
        self.ensure_one()
        if self.over_use == "block" and document._vas_refuses_over_use():
            raise UserError(self._over_use_refused(document, quantity))
        states = {"approve": "waiting", "bill": "billed", "block": "refused"}
        return {
            "entitlement_id": self.id,
            "quantity": quantity,
            "rule": self.over_use,
            "state": states[self.over_use],
            "price_unit": self.over_price,
            "date": document._vas_get_use_date(),
            "res_model": document._name,
            "res_id": document.id,
            "ticket_id": document._vas_get_ticket().id,
        }

    def _over_use_refused(self, document, quantity):
        """Return the sentence that says what is used up."""
        self.ensure_one()
        units = dict(self._fields["unit"]._description_selection(self.env))
        return self.env._(
            "%(document)s: %(agreement)s, “%(entitlement)s” is used up (%(left)s of "
            "%(granted)s %(unit)s left, %(needed)s more needed); more is not allowed.",
            document=document.display_name,
            agreement=self.contract_id.display_name,
            entitlement=self.name,
            left=f"{self.balance:g}",
            granted=f"{self.granted:g}",
            unit=units[self.unit],
            needed=f"{quantity:g}",
        )
