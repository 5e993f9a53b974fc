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

    def _price_customers(self, corrected=False):
        """Write the customers' lines: contract price, share, charge and why.

        :param corrected: price again what is invoiced already, too. Without that only
            where its orders changed: a new price list changes no earlier trip.
        """
        for company, ledgers in self.grouped("company_id").items():
            ledgers._price_customers_of(company, corrected)

    def _price_customers_of(self, company, corrected):
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
            ledgers_sudo.env["vas.freight.agreement"]._get_by_party(
                company,
                orders_sudo.owner_id.commercial_partner_id | returns_sudo.partner_id,
            ),
            ledgers_sudo.env["vas.carrier.term"]._get_by_party(
                company, self.carrier_id
            ),
            self.env["vas.lane"]._get_matrix(outlets)[0],
        )
        vals_list, stale = [], self.env["vas.trip.ledger.line"]
        changes = []
        for ledger in ledgers_sudo:
            riders = by_trip.get(ledger.batch_id, orders_sudo.browse())
            created, changed, unused = ledger._price_one(riders, rules, corrected)
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

    def _price_one(self, orders, rules, corrected):
        """Lines of one trip: ``(to create, [(record, values)], to remove)``.

        Lines that documents name stay with them, whatever becomes of their orders.
        """
        self.ensure_one()
        riders = orders.grouped(lambda order: order.owner_id.commercial_partner_id)
        back = self.batch_id.vas_trip_return_ids.grouped("partner_id")
        changes = self._price_carrier(orders, rules)
        named = self.line_ids.filtered("invoice_line_ids")
        known = {line.partner_id: line for line in named}
        vals_list = []
        for customer in dict.fromkeys([*riders, *back, *known]):
            line = known.get(customer, named.browse())
            mine = riders.get(customer, orders.browse())
            returns = back.get(customer, self.env["vas.trip.return"])
            key = self._get_goods_key(mine, returns)
            if line.is_invoiced and not corrected and line.goods_key == key:
                continue
            values, priced = self._prepare_line(
                customer, mine, returns, rules, line.is_invoiced and line.agreement_id
            )
            values["goods_key"] = key
            changes += priced
            if line:
                changes.append((line, self._keep_invoiced(line, values)))
            else:
                vals_list.append(values)
        return vals_list, changes, self.line_ids - named

    def _get_goods_key(self, orders, returns):
        """What a charge is for, as one text."""
        parts = (sorted(orders.ids), sorted(returns.ids))
        return "|".join(",".join(map(str, ids)) for ids in parts)

    def _keep_invoiced(self, line, values):
        """Values of a line that documents name: orders and currency are theirs."""
        if line.is_invoiced and values["problem"]:
            # Without a price nobody knows what is due: what was invoiced stays.
            return {"problem": values["problem"]}
        values = {
            **values,
            "picking_ids": [
                Command.link(order_id) for order_id in values["picking_ids"][0][2]
            ],
        }
        currency = line._get_invoice_currency()
        new = self.env["res.currency"].browse(values["invoice_currency_id"])
        if line.is_invoiced and new != currency:
            for name in ("invoice_amount", "return_invoice_amount"):
                values[name] = new._convert(
                    values[name], currency, self.company_id, self.date
                )
            values["invoice_currency_id"] = currency.id
        return values

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
            self.planned_cost,
            self._get_weights([*orders, *returns], rules),
            self.currency_id.rounding,
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
            parts = freight.spread(
                part, self._get_weights([*orders, *returns], rules), currency.rounding
            )
        prices, texts, problems = self._get_contract_prices(orders, agreement, rules)
        price = None if problems else sum(prices.values())
        outward, own = 0.0, None
        if orders:
            if part is not None:
                own = currency.round(sum(parts[str(order)] for order in orders))
            outward, problems = self._get_outward(
                customer, agreement, price, own, problems
            )
        backs, changes = {}, []
        if agreement:
            for goods in returns:
                amount, text = goods._price(
                    self,
                    agreement,
                    parts[str(goods)] if parts else None,
                    rules.get_km(goods._get_vas_shipment()),
                )
                (problems if amount is None else texts).append(text)
                backs[str(goods)] = amount or 0.0
                shown = self._from_currency(amount or 0.0, currency)
                changes.append((goods, {"charge": shown, "basis": text}))
        elif returns and not orders:
            _none, problems = self._get_outward(customer, agreement, None, None, [])
        back = sum(backs.values())
        total = currency.round((outward or 0.0) + back)
        charge = self._from_currency(total, currency)
        separate = self._get_separate_costs(orders, returns)
        alone = self._get_alone_cost(share, separate)
        return {
            "ledger_id": self.id,
            "partner_id": customer.id,
            "agreement_id": agreement.id if agreement else False,
            "picking_ids": [Command.set(orders.ids)],
            "contract_price": self._from_currency(price or 0.0, currency),
            "has_contract_price": price is not None,
            "share": self._from_currency(part or 0.0, currency),
            "has_share": part is not None,
            "alone_cost": alone,
            "co2_kg": share.co2_kg if orders or returns else 0.0,
            "charge": charge,
            "return_charge": self._from_currency(back, currency),
            "invoice_currency_id": currency.id,
            "invoice_amount": total,
            "return_invoice_amount": back,
            "basis": "; ".join(texts),
            "why": self._get_why(agreement, price, own, outward, currency),
            "problem": "; ".join(problems) or False,
            "order_ids": [
                Command.clear(),
                *self._prepare_orders(
                    [*orders, *returns],
                    self._get_weights([*orders, *returns], rules),
                    separate,
                    # Each order's own price where prices counted, else by its part.
                    charge,
                    {**(prices if outward == price else parts or prices), **backs},
                ),
            ],
        }, changes

    def _fill_orders(self):
        """Parts by order for lines that have none, from what was charged by weight.

        For ledgers of the release before, which are not priced again for that.
        """
        for ledger in self:
            for line in ledger.line_ids.filtered(lambda one: not one.order_ids):
                orders, returns = line._get_charged_orders(), line._get_returns()
                goods = [*orders, *returns]
                line.order_ids = ledger._prepare_orders(
                    goods,
                    {str(one): one._get_vas_shipment().kg for one in goods},
                    ledger._get_separate_costs(orders, returns),
                    line.charge,
                    {},
                )

    def _get_separate_costs(self, orders, returns):
        """What each order alone would have cost, as the plan of the trip found it.

        An order that joined the trip later is not in its plan.
        """
        found = self.batch_id.vas_proposal_id.reason_data or {}
        ids = {str(order): order.id for order in orders}
        ids.update({str(goods): goods.picking_id.id for goods in returns})
        return {
            key: found.get(str(order_id), {}).get("alone", 0.0)
            for key, order_id in ids.items()
        }

    def _get_alone_cost(self, share, separate):
        """What a customer would pay without the others, for what was on the trip.

        Orders that left the trip before it went are taken out in proportion.
        """
        found = share.proposal_id.reason_data or {}
        planned = share.proposal_id.picking_ids.filtered(
            lambda order: order.owner_id.commercial_partner_id == share.partner_id
        )
        whole = sum(found.get(str(id_), {}).get("alone", 0.0) for id_ in planned.ids)
        if not whole:
            return share.separate_cost if separate else 0.0
        rate = min(1.0, sum(separate.values()) / whole)
        return self.currency_id.round(share.separate_cost * rate)

    def _prepare_orders(self, goods, weights, separate, charge, charges):
        """Commands for the parts of a customer's line, order by order.

        :param goods: orders, and goods that came back
        :param charges: what the charge is shared by
        """
        known = {str(one): charges.get(str(one), 0.0) for one in goods}
        if goods and not any(known.values()):
            known = weights
        parts = (
            freight.spread(charge, known, self.currency_id.rounding) if goods else {}
        )
        commands = []
        for one in goods:
            shipment = one._get_vas_shipment()
            came_back = one._name == "vas.trip.return"
            commands.append(
                Command.create(
                    {
                        "name": shipment.name,
                        "came_back": came_back,
                        "lane": (
                            f"{shipment.origin.display_name}"
                            f" → {shipment.destination.display_name}"
                        ),
                        "cargo_class_id": shipment.cargo_class.id,
                        "kg": shipment.kg,
                        "weight": weights[str(one)],
                        "charge": parts[str(one)],
                        "return_id": one.id if came_back else False,
                        "separate_cost": separate[str(one)],
                    }
                )
            )
        return commands

    def _get_why(self, agreement, price, share, outward, currency):
        """Which figure of the agreement counted for the delivered goods, in words."""
        if not agreement or not outward:
            return False
        shown = {"price": price, "share": share}
        shown = {
            name: currency.format(amount)
            for name, amount in shown.items()
            if amount is not None
        }
        if share is not None and agreement.markup:
            shown["share"] = self.env._(
                "%(share)s with %(rate)s%% markup",
                share=shown["share"],
                rate=f"{agreement.markup * 100:g}",
            )
        if agreement.method == "contract":
            return self.env._("Contract price %(price)s", **shown)
        if agreement.method == "share":
            return self.env._("Share of the trip's cost %(share)s", **shown)
        if share is None:
            return self.env._(
                "Contract price %(price)s; the trip has no cost shares", **shown
            )
        if price is None:
            return self.env._(
                "Share of the trip's cost %(share)s; there is no contract price",
                **shown,
            )
        if share < price:
            return self.env._(
                "Share of the trip's cost %(share)s, lower than the contract price"
                " %(price)s",
                **shown,
            )
        return self.env._(
            "Contract price %(price)s, not above the share of the trip's cost"
            " %(share)s",
            **shown,
        )

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
        """``({order: amount}, arithmetic, what is missing)`` of the orders."""
        prices, texts, problems = {}, [], []
        for order in orders:
            shipment = order._get_vas_shipment()
            amount, text = self._get_contract_price(
                order, shipment, agreement, rules.get_km(shipment)
            )
            if amount is None:
                problems.append(text)
            else:
                prices[str(order)] = amount
                texts.append(text)
        return prices, texts, problems

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
