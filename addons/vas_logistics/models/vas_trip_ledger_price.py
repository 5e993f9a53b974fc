from typing import NamedTuple

from odoo import models
from odoo.fields import Command

from ..tools import freight


class Rules(NamedTuple):
    """What prices are made from: by customer, by carrier, by pair of outlets."""

    agreements: dict
    terms: dict
    distance: dict

    def get_km(self, shipment):
        pair = (str(shipment.origin.id), str(shipment.destination.id))
        return self.distance.get(pair)


class VasTripLedger(models.Model):
    """What each customer of a trip is charged, and by which arithmetic."""

    _name = "vas.trip.ledger"
    _inherit = "vas.trip.ledger"

    def _price_customers(self):
        """Write the customers' lines: contract price, share, charge and why."""
        for company, ledgers in self.grouped("company_id").items():
            ledgers._price_customers_of(company)

    def _price_customers_of(self, company):
        # What is written down is in the company's language, whoever made it.
        written = self.with_context(lang=company.partner_id.lang or self.env.lang)
        # Dispatchers price their trips without reading agreements and terms.
        ledgers_sudo = written.sudo()
        orders_sudo = ledgers_sudo.batch_id.picking_ids.filtered(
            lambda order: order.state != "cancel"
        )
        by_trip = orders_sudo.grouped("batch_id")
        returns_sudo = ledgers_sudo.batch_id.vas_trip_return_ids
        outlets = (
            orders_sudo.vas_origin_id
            | orders_sudo.vas_destination_id
            | returns_sudo.origin_id
            | returns_sudo.destination_id
        )
        rules = Rules(
            ledgers_sudo.env["vas.freight.agreement"]._get_by_customer(
                company,
                orders_sudo.owner_id.commercial_partner_id | returns_sudo.partner_id,
            ),
            ledgers_sudo.env["vas.carrier.term"]._get_by_carrier(
                company, self.carrier_id
            ),
            self.env["vas.lane"]._get_matrix(outlets)[0],
        )
        vals_list, stale = [], self.env["vas.trip.ledger.line"]
        changes = []
        for ledger in ledgers_sudo:
            riders = by_trip.get(ledger.batch_id, orders_sudo.browse())
            created, changed, unused = ledger._price_one(riders, rules)
            vals_list += created
            changes += changed
            stale |= unused
        # Lines come from the computation alone: nobody may write them by hand.
        stale.sudo().unlink()
        # As above.
        self.env["vas.trip.ledger.line"].sudo().create(vals_list)
        for record, values in changes:
            # As above: computed figures.
            record.sudo().write(values)
        self._spread_cost()

    def _price_one(self, orders, rules):
        """Lines of one trip: ``(to create, [(record, values)], to remove)``."""
        self.ensure_one()
        nobody = self.env["vas.trip.return"]
        riders = orders.grouped(lambda order: order.owner_id.commercial_partner_id)
        back = self.batch_id.vas_trip_return_ids.grouped("partner_id")
        settled = self.line_ids.filtered("is_invoiced")
        changes = self._price_carrier(orders, rules)
        for line in settled:
            # What was invoiced stays; less goods than that are to be credited.
            mine = riders.get(line.partner_id, orders.browse()) & line.picking_ids
            returns = back.get(line.partner_id, nobody)
            values, priced = self._prepare_line(
                line.partner_id, mine, returns, rules, line.agreement_id
            )
            changes += priced
            if line.picking_ids - mine:
                due = 0.0
                if mine or returns:
                    due = min(line.charge, values["charge"])
                changes.append((line, {"undelivered": line.charge - due}))
        # Lines of cancelled invoices stay with them and are priced anew.
        open_lines = self.line_ids - settled
        known = {line.partner_id: line for line in open_lines if line.invoice_line_ids}
        for customer in known.keys() - riders.keys() - back.keys():
            changes.append(
                (
                    known[customer],
                    {
                        "charge": 0.0,
                        "return_charge": 0.0,
                        "invoice_amount": 0.0,
                        "return_invoice_amount": 0.0,
                        "problem": False,
                    },
                )
            )
        vals_list = []
        for customer in dict.fromkeys([*riders, *back]):
            if customer in settled.partner_id:
                continue
            values, priced = self._prepare_line(
                customer,
                riders.get(customer, orders.browse()),
                back.get(customer, nobody),
                rules,
            )
            changes += priced
            if customer in known:
                changes.append((known[customer], values))
            else:
                vals_list.append(values)
        kept = self.line_ids.browse([line.id for line in known.values()])
        return vals_list, changes, open_lines - kept

    def _get_weights(self, goods, rules):
        """Tonne-kilometres by record; weights where a distance is not known."""
        shipments = {str(one): one._get_vas_shipment() for one in goods}
        kms = {key: rules.get_km(one) for key, one in shipments.items()}
        if None in kms.values():
            return {key: one.kg for key, one in shipments.items()}
        return {key: one.kg * kms[key] for key, one in shipments.items()}

    def _price_carrier(self, orders, rules):
        """What the carrier asks for each of the goods that came back."""
        returns = self.batch_id.vas_trip_return_ids
        term = rules.terms.get(self.carrier_id.id)
        if not returns:
            return []
        term = term or self.env["vas.carrier.term"]
        parts = freight.spread(
            self.planned_cost, self._get_weights([*orders, *returns], rules)
        )
        changes = []
        for goods in returns:
            km = rules.get_km(goods._get_vas_shipment())
            asked = term._get_return_cost(goods, parts[str(goods)], km)
            changes.append((goods, {"ledger_id": self.id, "carrier_cost": asked}))
        return changes

    def _prepare_line(self, customer, orders, returns, rules, agreement=None):
        """Values of a customer's line, and what they say about goods that came back.

        Everything is priced in the currency of the agreement and shown in that of the
        company, at the rate of the day of the trip.
        """
        self.ensure_one()
        agreement = agreement or rules.agreements.get(customer.id)
        currency = (agreement and agreement.currency_id) or self.currency_id
        share = self.batch_id.vas_proposal_id.share_ids.filtered(
            lambda one: one.partner_id.commercial_partner_id == customer
        )[:1]
        part = parts = None
        if share and (orders or returns):
            markup = agreement.markup if agreement else 0.0
            part = currency.round(
                self._to_currency(share.amount, currency) * (1 + markup)
            )
            parts = freight.spread(part, self._get_weights([*orders, *returns], rules))
        price, texts, problems = self._get_contract_prices(orders, agreement, rules)
        outward = 0.0
        if orders:
            own = None
            if part is not None:
                own = currency.round(sum(parts[str(order)] for order in orders))
            outward, problems = self._get_outward(
                customer, agreement, price, own, problems
            )
        back, changes = 0.0, []
        if agreement:
            for goods in returns:
                amount, text = goods._price(
                    self,
                    agreement,
                    parts[str(goods)] if parts else None,
                    rules.get_km(goods._get_vas_shipment()),
                )
                (problems if amount is None else texts).append(text)
                back += amount or 0.0
                shown = self._from_currency(amount or 0.0, currency)
                changes.append((goods, {"charge": shown, "basis": text}))
        elif not orders:
            _none, problems = self._get_outward(customer, agreement, None, None, [])
        total = currency.round((outward or 0.0) + back)
        return {
            "ledger_id": self.id,
            "partner_id": customer.id,
            "agreement_id": agreement.id if agreement else False,
            "picking_ids": [Command.set(orders.ids)],
            "contract_price": self._from_currency(price or 0.0, currency),
            "has_contract_price": price is not None,
            "share": self._from_currency(part or 0.0, currency),
            "has_share": part is not None,
            "alone_cost": share.separate_cost if share else 0.0,
            "charge": self._from_currency(total, currency),
            "return_charge": self._from_currency(back, currency),
            "invoice_currency_id": currency.id,
            "invoice_amount": total,
            "return_invoice_amount": back,
            "basis": "; ".join(texts),
            "problem": "; ".join(problems) or False,
        }, changes

    def _get_outward(self, customer, agreement, price, share, missing):
        """What delivered goods are charged: ``(amount or None, problems)``."""
        if not agreement:
            return None, [
                self.env._(
                    "no freight agreement for %(customer)s",
                    customer=customer.display_name,
                )
            ]
        amount = freight.charge(agreement.method, price, share)
        if amount is not None:
            return amount, []
        if agreement.method == "share":
            return None, [
                self.env._("the trip has no cost shares: it was not planned here")
            ]
        return None, missing

    def _get_contract_prices(self, orders, agreement, rules):
        """``(sum or None, arithmetic, what is missing)`` of the orders."""
        total, texts, problems = 0.0, [], []
        for order in orders:
            shipment = order._get_vas_shipment()
            amount, text = self._get_contract_price(
                order, shipment, agreement, rules.get_km(shipment)
            )
            if amount is None:
                problems.append(text)
            else:
                total += amount
                texts.append(text)
        return None if problems else total, texts, problems

    def _get_contract_price(self, order, shipment, agreement, km):
        """A sale's own price goes before the agreement's."""
        if order.vas_sale_id.amount_untaxed:
            sale = order.vas_sale_id
            currency = (agreement and agreement.currency_id) or self.currency_id
            amount = sale.currency_id._convert(
                sale.amount_untaxed, currency, self.company_id, self.date
            )
            return amount, self.env._("%(sale)s: sold", sale=sale.name)
        tariffs = agreement.tariff_ids if agreement else self.env["vas.freight.tariff"]
        return tariffs._price("delivery", shipment, km, self.date)

    def _to_currency(self, amount, currency):
        """An amount of the ledger in the currency of an agreement."""
        return self.currency_id._convert(
            amount, currency, self.company_id, self.date, round=False
        )

    def _from_currency(self, amount, currency):
        return currency._convert(amount, self.currency_id, self.company_id, self.date)
