from datetime import date

from odoo.tests import HttpCase, tagged

from ..tools import periods
from .common import VasKpiCase
from .test_settlement import make_accounting


@tagged("post_install", "-at_install")
class TestJourney(HttpCase, VasKpiCase):
    """The vendor manager scores a vendor and settles the month, in the browser."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.vendor = cls.vendors[0]
        cls.vendor.write({"name": "Journey Vendor", "is_company": True})
        start, _end = periods.previous_period("month", date.today())
        for xml_id, top, bottom in (
            ("metric_repeat_call_area", 155, 1000),
            ("metric_dial_test", 94, 100),
            ("metric_online_monitoring", 93, 100),
            ("metric_support_rate", 1020, 100000),
        ):
            cls.observe(
                cls.env.ref(f"vas_kpi.{xml_id}"),
                cls.vendor,
                day=start,
                numerator=top,
                denominator=bottom,
            )
        calls = cls.env.ref("vas_kpi.metric_effective_calls")
        cls.observe(calls, cls.vendor, 120000, day=start)
        expense, payable, journal = make_accounting(cls.env, cls.company, "J")
        cls.vendor.property_account_payable_id = payable
        cls.agreement = cls.env.ref("vas_kpi.agreement_template_hotline").copy(
            {
                "name": "Journey hotline",
                "partner_id": cls.vendor.id,
                "company_id": cls.company.id,
                "currency_id": cls.company.currency_id.id,
                "product_id": False,
                "account_id": expense.id,
                "journal_id": journal.id,
            }
        )
        cls.agreement.action_activate()
        cls.make_user(
            "journey",
            "manager",
            groups="base.group_user,account.group_account_invoice",
        )

    def test_score_and_settle(self):
        self.start_tour("/odoo", "vas_kpi_score_and_settle", login="journey")
        sheet = self.env["vas.assessment"].search([("partner_id", "=", self.vendor.id)])
        self.assertEqual(sheet.state, "confirmed")
        self.assertAlmostEqual(sheet.score, 30, 4)
        settlement = self.agreement.settlement_ids
        self.assertEqual(settlement.state, "billed")
        self.assertEqual(settlement.bill_id.amount_untaxed, 102000)
        self.assertEqual(settlement.bill_id.state, "draft")
