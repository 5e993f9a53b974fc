from typing import NamedTuple

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..tools.consignee import Address, find_known


class Receiver(NamedTuple):
    """Who receives an order, in the words of the shipper."""

    shipper: models.Model
    name: str
    phone: str
    address: str


class StockPicking(models.Model):
    """Who receives the goods: one function for every way an order comes in (ORD-01).

    Portal, counter, file, interface and sale say a name, a phone number and an address.
    Whom the shipper has named before is recognised; a new one becomes a delivery
    address of the shipper.
    """

    _name = "stock.picking"
    _inherit = "stock.picking"

    vas_consignee = fields.Char(
        string="Consignee",
        compute="_compute_vas_consignee",
        inverse="_inverse_vas_consignee",
        readonly=False,
        help="Who receives the goods, if they do not stay at the outlet. A name that "
        "the shipper has used before is recognised.",
    )
    vas_consignee_phone = fields.Char(
        string="Consignee Phone",
        compute="_compute_vas_consignee",
        inverse="_inverse_vas_consignee",
        readonly=False,
    )
    vas_consignee_address = fields.Char(
        string="Consignee Address",
        compute="_compute_vas_consignee",
        inverse="_inverse_vas_consignee",
        readonly=False,
        help="Where the goods are brought to. A new consignee needs an address or a "
        "phone number.",
    )
    vas_customer_id = fields.Many2one(
        comodel_name="res.partner",
        string="Ordered By",
        compute="_compute_vas_customer_id",
        store=True,
        index="btree_not_null",
        help="To whom the service is promised: the shipper of a transport order, "
        "whoever receives it; the contact of any other transfer.",
    )
    vas_product_id = fields.Many2one(
        comodel_name="product.product",
        string="Product of the Goods",
        check_company=True,
        index="btree_not_null",
        help="Goods that are in the product list: weight and volume come from there, "
        "unless they are declared.",
    )

    @api.depends("vas_is_transport", "owner_id", "partner_id")
    def _compute_vas_customer_id(self):
        for order in self:
            order.vas_customer_id = (
                order.owner_id if order.vas_is_transport else order.partner_id
            )

    @api.depends("partner_id.name", "partner_id.phone", "partner_id.street")
    def _compute_vas_consignee(self):
        for order in self:
            partner = order.partner_id
            order.vas_consignee = partner.name or ""
            order.vas_consignee_phone = partner.phone or ""
            order.vas_consignee_address = partner._get_vas_address()

    def _inverse_vas_consignee(self):
        """Set the addresses of all orders at once; what says nothing changes none."""
        for company, orders in (
            self.filtered("vas_is_transport").grouped("company_id").items()
        ):
            orders._set_vas_consignees(company)

    def _set_vas_consignees(self, company):
        """Set the addresses of orders of one company."""
        wanted = {
            order: Receiver(
                order.owner_id.commercial_partner_id,
                (order.vas_consignee or "").strip(),
                (order.vas_consignee_phone or "").strip(),
                (order.vas_consignee_address or "").strip(),
            )
            for order in self
        }
        wanted = {
            order: receiver for order, receiver in wanted.items() if any(receiver[1:])
        }
        found = self._find_vas_consignees(company, list(wanted.values()))
        for partner, group in self._group_vas_by(wanted, found):
            group.partner_id = partner

    @api.model
    def _group_vas_by(self, wanted, found):
        """Orders that get the same address, so that each address is one write."""
        groups = {}
        for order, receiver in wanted.items():
            partner = found[receiver]
            if order.partner_id != partner:
                groups[partner] = groups.get(partner, self.browse()) | order
        return groups.items()

    @api.model
    def _find_vas_consignees(self, company, receivers):
        """Addresses of receivers: known ones, and new ones made for their shipper.

        :param receivers: list of :class:`Receiver`
        :return: ``{receiver: partner}``
        :raise UserError: one has no shipper or no name, is unknown and has neither
            phone nor address, or is known more than once
        """
        receivers = list(dict.fromkeys(receivers))
        known = self._get_vas_known_consignees(company, receivers)
        found, fresh = {}, []
        for receiver in receivers:
            self._check_vas_receiver(receiver)
            candidates = known.get(receiver.shipper, [])
            matches = find_known(
                *receiver[1:], [address for _partner, address in candidates]
            )
            if len(matches) > 1:
                raise UserError(
                    self.env._(
                        "%(field)s: %(shipper)s has several addresses named "
                        "“%(name)s”. Please add the phone number or the address as it "
                        "is in the contacts.",
                        field=self._get_vas_label("vas_consignee"),
                        shipper=receiver.shipper.display_name,
                        name=receiver.name,
                    )
                )
            if matches:
                found[receiver] = candidates[matches[0]][0]
            elif receiver.phone or receiver.address:
                fresh.append(receiver)
            else:
                raise UserError(
                    self.env._(
                        "%(field)s: “%(name)s” is not known for %(shipper)s. Please "
                        "add a phone number or an address.",
                        field=self._get_vas_label("vas_consignee"),
                        shipper=receiver.shipper.display_name,
                        name=receiver.name,
                    )
                )
        return {**found, **self._create_vas_consignees(fresh)}

    @api.model
    def _check_vas_receiver(self, receiver):
        lacks = [
            self._get_vas_label(field)
            for field, value in (
                ("owner_id", receiver.shipper),
                ("vas_consignee", receiver.name),
            )
            if not value
        ]
        if lacks:
            raise UserError(
                self.env._("Please fill in %(fields)s.", fields=", ".join(lacks))
            )

    @api.model
    def _get_vas_known_consignees(self, company, receivers):
        """Addresses by the names asked for: the shipper's own, and of earlier orders.

        Two queries, however many receivers.

        :return: ``{shipper: [(partner, Address)]}``
        """
        names = list({receiver.name for receiver in receivers if receiver.name})
        shippers = self.env["res.partner"].union(
            *(receiver.shipper for receiver in receivers)
        )
        if not names or not shippers:
            return {}
        named = Domain("name", "in", names) | Domain("ref", "in", names)
        partners = self.env["res.partner"].search_fetch(
            named
            & Domain("id", "child_of", shippers.ids)
            & Domain("company_id", "in", (company.id, False)),
            ["name", "ref", "phone", "commercial_partner_id"],
        )
        pairs = {(partner.commercial_partner_id, partner) for partner in partners}
        used = self._read_group(
            Domain("vas_is_transport", "=", True)
            & Domain("company_id", "=", company.id)
            & Domain("owner_id", "child_of", shippers.ids)
            & Domain("partner_id.name", "in", names),
            ["owner_id", "partner_id"],
        )
        pairs.update((owner.commercial_partner_id, partner) for owner, partner in used)
        known = {}
        for shipper, partner in sorted(pairs, key=lambda pair: pair[1].id):
            address = Address(
                (partner.name or "", partner.ref or ""),
                partner.phone or "",
                (partner.street or "", partner._get_vas_address()),
            )
            known.setdefault(shipper, []).append((partner, address))
        return known

    @api.model
    def _get_vas_usual_consignees(self, company, shipper):
        """Receivers to choose from: delivery addresses, and those of earlier orders."""
        own = self.env["res.partner"].search(
            Domain("parent_id", "child_of", shipper.ids)
            & Domain("type", "=", "delivery")
            & Domain("company_id", "in", (company.id, False))
        )
        used = self._read_group(
            Domain("vas_is_transport", "=", True)
            & Domain("company_id", "=", company.id)
            & Domain("owner_id", "child_of", shipper.ids)
            & Domain("partner_id", "!=", False),
            ["partner_id"],
        )
        return own.union(*(partner for (partner,) in used)).sorted("name")

    @api.model
    def _create_vas_consignees(self, receivers):
        """New delivery addresses of their shippers, all at once."""
        # Clerks and customers enter receivers without rights on contacts; only these
        # fields are written, and only below the shipper of the order.
        contacts_sudo = self.env["res.partner"].sudo()
        partners_sudo = contacts_sudo.create(
            [
                {
                    "name": receiver.name,
                    "phone": receiver.phone or False,
                    "street": receiver.address or False,
                    "type": "delivery",
                    "parent_id": receiver.shipper.id,
                    "company_id": receiver.shipper.company_id.id,
                }
                for receiver in receivers
            ]
        )
        return dict(zip(receivers, partners_sudo.with_env(self.env), strict=True))

    @api.onchange("vas_customer_ref", "owner_id")
    def _onchange_vas_customer_ref(self):
        """Name the order that already has the reference, before it is refused."""
        reference = (self.vas_customer_ref or "").strip()
        if not self.vas_is_transport or not reference or not self.owner_id:
            return None
        twin = self.search(
            [
                ("id", "!=", self._origin.id),
                ("vas_is_transport", "=", True),
                ("company_id", "=", (self.company_id or self.env.company).id),
                ("owner_id", "=", self.owner_id.id),
                ("vas_customer_ref", "=", reference),
                ("state", "!=", "cancel"),
            ],
            limit=1,
        )
        return twin and {
            "warning": {
                "title": self.env._("Entered already"),
                "message": self.env._(
                    "Order %(order)s of %(shipper)s has the customer reference "
                    "“%(reference)s”.",
                    order=twin.name,
                    shipper=self.owner_id.display_name,
                    reference=reference,
                ),
            }
        }
