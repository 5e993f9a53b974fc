from odoo.addons.contract.controllers.main import PortalContract

# Entries of the ledger on the page; the newest first.
ENTRIES_SHOWN = 100


class PortalAgreements(PortalContract):
    """Customers see what is left of their agreements, and why."""

    def _contract_get_page_view_values(self, contract, access_token, **kwargs):
        values = super()._contract_get_page_view_values(
            contract, access_token, **kwargs
        )
        # The rights on the agreement were checked; chosen fields only are shown.
        contract_sudo = contract.sudo()
        entitlements_sudo = contract_sudo.vas_entitlement_ids
        values["vas_entitlements"] = entitlements_sudo
        values["vas_entries"] = entitlements_sudo.entry_ids.sorted(
            lambda entry: (entry.date, entry.id), reverse=True
        )[:ENTRIES_SHOWN]
        values["vas_credits"] = contract_sudo.vas_credit_ids.filtered(
            lambda credit: credit.state in ("released", "invoiced")
        )
        return values
