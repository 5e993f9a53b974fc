from odoo import api, fields, models
from odoo.fields import Domain


class ResPartner(models.Model):
    """The status of the service contract on the customer card (CON-08)."""

    _name = "res.partner"
    _inherit = "res.partner"

    vas_contract_status = fields.Selection(
        [
            ("signed", "Signed"),
            ("signing", "Being signed"),
            ("none", "Not yet signed"),
        ],
        string="Service contract",
        compute="_compute_vas_contract_status",
        search="_search_vas_contract_status",
        compute_sudo=True,
        help="Whether a service agreement with this customer, or with its head office, "
        "is signed, being signed or not yet signed.",
    )
    vas_agreement_count = fields.Integer(
        string="Agreements", compute="_compute_vas_contract_status", compute_sudo=True
    )

    @api.model
    def _vas_agreement_domain(self, status):
        day = fields.Date.context_today(self)
        contracts = self.env["contract.contract"]
        domain = Domain("company_id", "=", self.env.company.id)
        if status == "signed":
            return domain & contracts._vas_in_force_domain(day)
        return (
            domain
            & Domain("vas_kind_id", "!=", False)
            & Domain("contract_type", "=", "sale")
            & Domain("vas_state", "=", "signing")
        )

    def _compute_vas_contract_status(self):
        contracts = self.env["contract.contract"]
        chains = {partner: self.browse() for partner in self}
        for partner in self:
            seen = partner._origin
            while seen:
                chains[partner] |= seen
                seen = seen.parent_id
        everyone = self.browse().union(*chains.values())
        found = {
            status: dict(
                contracts._read_group(
                    self._vas_agreement_domain(status)
                    & Domain("partner_id", "in", everyone.ids),
                    ["partner_id"],
                    ["__count"],
                )
            )
            for status in ("signed", "signing")
        }
        for partner in self:
            counts = {
                status: sum(groups.get(one, 0) for one in chains[partner])
                for status, groups in found.items()
            }
            partner.vas_contract_status = next(
                (status for status in ("signed", "signing") if counts[status]), "none"
            )
            partner.vas_agreement_count = sum(counts.values())

    @api.model
    def _search_vas_contract_status(self, operator, value):
        if operator != "in":
            return NotImplemented
        # Whether a contract is signed may be known to whoever sees the customer.
        contracts_sudo = self.env["contract.contract"].sudo()

        def having(status):
            found = contracts_sudo.search(self._vas_agreement_domain(status))
            return Domain("id", "child_of", found.partner_id.ids)

        signed, signing = having("signed"), having("signing")
        meanings = {
            "signed": signed,
            "signing": signing & ~signed,
            "none": ~signed & ~signing,
        }
        return Domain.OR([meanings[word] for word in value if word in meanings])

    def action_vas_view_agreements(self):
        """The agreements that hold for this customer."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "vas_service.contract_contract_action_vas"
        )
        partners, seen = self.browse(), self
        while seen:
            partners |= seen
            seen = seen.parent_id
        return dict(
            action,
            domain=[
                ("partner_id", "in", partners.ids),
                ("vas_kind_id", "!=", False),
            ],
            context={"default_partner_id": self.id, "default_contract_type": "sale"},
        )
