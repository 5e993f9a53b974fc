import base64
from datetime import date

from odoo.tests import tagged

from .common import VasKpiCase
from .test_settlement import make_accounting
from .test_tools_tabular import as_csv

JUNE = date(2025, 6, 1), date(2025, 6, 30)
HEADINGS = (
    "供应商,日期,有效电话,重复拨打客户数,区域接通量,拨测合格,拨测样本,监听合格,监听样本,"
    "派单和转接,承接通话量,成立投诉"
).split(",")


@tagged("post_install", "-at_install")
class TestHotlineChain(VasKpiCase):
    """The 10086 contract from the file of a month to the draft bill: records only."""

    def test_from_the_file_to_the_bill(self):
        vendor = self.env["res.partner"].create({"name": "通达话务"})
        expense, payable, journal = make_accounting(self.env, self.company, "H")
        vendor.property_account_payable_id = payable
        table = [
            HEADINGS,
            # 16.2 % repeated, 94 % of dial tests, 92.5 % of monitoring, 1.02 % orders.
            [
                "通达话务",
                "2025-06-15",
                120000,
                162,
                1000,
                94,
                100,
                37,
                40,
                1020,
                100000,
                35,
            ],
            ["无此供应商", "2025-06-15", 1, 1, 1, 1, 1, 1, 1, 1, 1, 1],
        ]
        wizard = self.env["vas.observation.import"].create(
            {
                "profile_id": self.env.ref("vas_kpi.import_profile_hotline").id,
                "company_id": self.company.id,
                "file": base64.b64encode(as_csv(table)),
                "filename": "2025-06.csv",
            }
        )
        action = wizard.action_import()
        log = self.env["vas.observation.import.log"].browse(action["res_id"])
        self.assertEqual(len(log.problem_ids), 1, "the unknown vendor is reported")

        card = self.env.ref("vas_kpi.scorecard_hotline")
        assessment = card._assess(vendor, *JUNE)
        points = {
            line.criterion_id.metric_id.code: round(line.points, 4)
            for line in assessment.line_ids
        }
        for xml_id, expected in (
            ("metric_repeat_call_area", 7.8),
            ("metric_dial_test", 8.5),
            ("metric_online_monitoring", 8.5),
            ("metric_support_rate", 4.2),
        ):
            code = self.env.ref(f"vas_kpi.{xml_id}").code
            self.assertEqual(points.get(code), expected, xml_id)
        assessment.action_confirm()

        template = self.env.ref("vas_kpi.agreement_template_hotline")
        agreement = self.env["vas.settlement.agreement"].browse(
            template.action_use_template()["res_id"]
        )
        agreement.write(
            {
                "partner_id": vendor.id,
                "currency_id": self.company.currency_id.id,
                "account_id": expense.id,
                "journal_id": journal.id,
            }
        )
        agreement.action_activate()
        settlement = agreement._settle(*JUNE)
        self.assertFalse(settlement.problem)
        self.assertEqual(settlement.total, 102000)
        settlement.action_check()
        settlement.action_create_bill()
        bill = settlement.bill_id
        self.assertEqual((bill.state, bill.amount_untaxed), ("draft", 102000))
        self.assertIn("120,000", bill.invoice_line_ids.name)
        report = self.env["ir.actions.report"].with_context(force_report_rendering=True)
        content, kind = report._render_qweb_html(
            "vas_kpi.action_report_vas_settlement", settlement.ids
        )
        self.assertEqual(kind, "html")
        self.assertIn("通达话务", content.decode())
