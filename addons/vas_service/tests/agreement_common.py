from datetime import date

from odoo.fields import Command
from odoo.tests import new_test_user

from .sla_common import SlaCase


class AgreementCase(SlaCase):
    """A signed agreement of the customer that costs 1,000 a month."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.kind = cls.env.ref("vas_service.agreement_kind_maintenance")
        cls.priority_kind = cls.env.ref("vas_service.agreement_kind_priority")
        cls.journal = cls.env["account.journal"].create(
            {"name": "Service invoices", "code": "SVIN", "type": "sale"}
        )
        cls.income = cls.env["account.account"].create(
            {"name": "Service", "code": "400123", "account_type": "income"}
        )
        cls.journal.default_account_id = cls.income
        cls.manager = new_test_user(
            cls.env,
            "agreement_manager",
            groups="vas_service.group_vas_service_manager,"
            "helpdesk_mgmt.group_helpdesk_manager",
        )
        cls.contract = cls.agreement()

    @classmethod
    def agreement(cls, sign=True, line=None, **values):
        contract = cls.env["contract.contract"].create(
            {
                "name": "Maintenance",
                "contract_type": "sale",
                "partner_id": cls.customer.id,
                "vas_kind_id": cls.kind.id,
                "journal_id": cls.journal.id,
                "date_start": date(2026, 1, 1),
                "line_recurrence": True,
                "user_id": cls.manager.id,
                "contract_line_ids": [
                    Command.create(
                        {
                            "name": "Machines",
                            "vas_content": "Keep them running",
                            "vas_standard": "98 % available",
                            "vas_time_limit": "4 hours",
                            "quantity": 1,
                            "specific_price": 1000.0,
                            "recurring_rule_type": "monthly",
                            "recurring_interval": 1,
                            "recurring_invoicing_type": "pre-paid",
                            "date_start": date(2026, 1, 1),
                            "recurring_next_date": date(2026, 4, 1),
                        }
                        | (line or {})
                    )
                ],
            }
            | values
        )
        if sign:
            contract.action_vas_sign()
        return contract

    @classmethod
    def entitle(cls, contract=None, **values):
        contract = contract or cls.contract
        return cls.env["vas.entitlement"].create(
            {
                "name": "Incidents",
                "contract_id": contract.id,
                "unit": "incident",
                "quantity": 2,
                "period": "month",
                "date_from": date(2026, 3, 1),
            }
            | values
        )

    def book(self, ticket, quantity=1.0, unit="hour", **values):
        return self.env["vas.service.booking"].create(
            {
                "name": "Work",
                "ticket_id": ticket.id,
                "unit": unit,
                "quantity": quantity,
            }
            | values
        )
