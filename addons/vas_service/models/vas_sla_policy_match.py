from odoo import api, models
from odoo.fields import Domain

from .vas_sla_policy import TICKET

CUSTOMER = "vas_customer_id"


class VasSlaPolicy(models.Model):
    """Which policy holds for a document: in their order, the first that fits."""

    _name = "vas.sla.policy"
    _inherit = ["vas.sla.policy"]

    def _get_condition_domain(self):
        """Return the conditions of this policy on its documents; a hook for more."""
        self.ensure_one()
        known = self.env[self.model_name]._fields
        domain = self._parse(self.domain)
        if self.company_id and "company_id" in known:
            domain &= Domain("company_id", "in", (self.company_id.id, False))
        customer = f"{self._get_customer_field(self.model_name)}.commercial_partner_id."
        conditions = [
            (customer + "vas_grade_id", self.grade_ids),
            (customer + "vas_customer_class_id", self.customer_class_ids),
        ]
        if self._is_for_tickets():
            if self.priority:
                domain &= Domain("priority", "=", self.priority)
            conditions = [
                ("team_id", self.team_ids),
                ("category_id", self.category_ids),
                ("tag_ids", self.tag_ids),
                ("vas_contract_id", self.contract_ids),
                ("commercial_partner_id.vas_grade_id", self.grade_ids),
                (
                    "commercial_partner_id.vas_customer_class_id",
                    self.customer_class_ids,
                ),
            ]
            if self.equipment_ids:
                domain &= Domain("vas_equipment_id", "child_of", self.equipment_ids.ids)
        for field, records in conditions:
            if records and field.split(".")[0] in known:
                domain &= Domain(field, "in", records.ids)
            elif records:
                domain &= Domain.FALSE
        return domain

    @api.model
    def _get_customer_field(self, model_name):
        """Name of the field with the customer of a document.

        Usually the contact; a model whose contact is somebody else, as the receiver of
        a transport, has a field of its own.
        """
        known = self.env[model_name]._fields
        return CUSTOMER if CUSTOMER in known else "partner_id"

    def _get_open_domain(self):
        """Return the documents that can still get clocks of this policy."""
        self.ensure_one()
        if self._is_for_tickets():
            return Domain("closed", "=", False)
        if (self.end_domain or "[]").strip() == "[]":
            return Domain.TRUE
        return ~self._parse(self.end_domain)

    def _get_matching_domain(self):
        """Open documents this policy would get: it fits and none further up does."""
        self.ensure_one()
        domain = self._get_open_domain() & self._get_condition_domain()
        for policy in self._get_in_force(self.model_name, self.audience):
            if policy == self._origin:
                break
            if (policy.sequence, policy.id) < (self.sequence, self._origin.id or 0):
                domain &= ~policy._get_condition_domain()
        return domain

    @api.model
    def _get_in_force(self, model_name=TICKET, audience=None):
        """Policies in force for a model, in the order in which they are asked."""
        domain = Domain("state", "=", "active") & Domain("model_name", "=", model_name)
        if audience:
            domain &= Domain("audience", "=", audience)
        return self.search(domain)

    @api.model
    def _match(self, records, audience="customer"):
        """Return {record: the policy that holds, or none}; first match wins."""
        result = dict.fromkeys(records, self.browse())
        policies = self._get_in_force(records._name, audience)
        if not policies:
            return result
        by_company = (
            records.grouped("company_id")
            if "company_id" in records._fields
            else {self.env.company: records}
        )
        for company, members in by_company.items():
            # Grade and class of a customer may differ by company.
            left = members.with_company(company or self.env.company)
            for policy in policies:
                if not left:
                    break
                fits = left.filtered_domain(policy._get_condition_domain())
                result.update(dict.fromkeys(fits, policy))
                left -= fits
        return result
