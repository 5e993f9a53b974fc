import io
import re
import unicodedata

from PyPDF2 import PdfReader

from odoo.fields import Command
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from .test_settlement_terms import SettlementCase


@tagged("post_install", "-at_install")
class TestSettlementPortal(SettlementCase, HttpCase):
    """Vendors read, agree and dispute what is shown to them, and nothing else."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.agreement.write(
            {
                "dispute_days": 10,
                "tariff_ids": [
                    Command.create(
                        {"name": "Fine", "basis": "fixed", "unit_amount": 1000}
                    )
                ],
            }
        )
        cls.user = cls.make_portal_user("stl.portal", cls.vendor)
        cls.other = cls.make_portal_user("stl.other", cls.vendors[1])

    @classmethod
    def make_portal_user(cls, login, vendor):
        contact = cls.env["res.partner"].create(
            {"name": login, "parent_id": vendor.id, "email": f"{login}@example.com"}
        )
        return new_test_user(cls.env, login, "base.group_portal", partner_id=contact.id)

    def setUp(self):
        super().setUp()
        self.set_fee(1, 10000)
        self.settlement = self.settle(1)
        self.url = f"/my/settlements/{self.settlement.id}"
        self.penalty = self.settlement.line_ids[-1]

    def post(self, path, **data):
        files = data.pop("files", None)
        data["csrf_token"] = self.csrf()
        return self.url_open(f"{self.url}/{path}", data=data, files=files)

    def csrf(self):
        page = self.url_open("/my/settlements").text
        return page.split('csrf_token: "')[1].split('"')[0]

    def test_only_what_is_shown_and_only_ones_own(self):
        self.authenticate("stl.portal", "stl.portal")
        with mute_logger("odoo.http"):
            self.assertEqual(self.url_open(self.url).status_code, 404, "a draft")
        self.settlement.action_check()
        page = self.url_open(self.url)
        self.assertEqual(page.status_code, 200)
        self.assertIn("10,000 × 1", page.text)
        self.assertIn("Fine", page.text)
        self.assertIn(self.url, self.url_open("/my/settlements").text)
        self.authenticate("stl.other", "stl.other")
        self.assertEqual(self.url_open(self.url).status_code, 404)
        self.assertNotIn(self.url, self.url_open("/my/settlements").text)
        answer = self.post("dispute", line_id=self.penalty.id, reason="Not mine")
        self.assertEqual(answer.status_code, 404)
        self.assertFalse(self.settlement.dispute_ids)
        self.assertEqual(self.post("agree").status_code, 404)

    def test_dispute_with_evidence_and_agree_to_the_rest(self):
        self.settlement.action_check()
        self.authenticate("stl.portal", "stl.portal")
        refused = self.post("dispute", line_id=self.penalty.id, reason="x", claimed="a")
        self.assertIn("is not an amount", refused.text)
        self.assertFalse(self.settlement.dispute_ids)
        page = self.post(
            "dispute",
            line_id=self.penalty.id,
            reason="The report was in time.",
            claimed="-400",
            files={"evidence": ("log.txt", b"08:59 sent", "text/plain")},
        )
        self.assertIn("In dispute", page.text)
        dispute = self.settlement.dispute_ids
        self.assertEqual(dispute.submitted_by_id, self.user)
        self.assertEqual(dispute.claimed_amount, -400)
        self.assertEqual(dispute.evidence_ids.name, "log.txt")
        self.assertTrue(self.penalty.frozen)
        manager = self.make_user("stl_p_manager", "manager")
        self.assertEqual(dispute.evidence_ids.with_user(manager).raw, b"08:59 sent")
        self.post("agree", line_id=self.settlement.line_ids[0].id)
        self.assertEqual(
            self.settlement.line_ids.mapped("vendor_agreed"), [True, False]
        )
        dispute.decision = "The log is clear."
        dispute.action_uphold()
        self.assertIn("The log is clear.", self.url_open(self.url).text)
        self.post("agree")
        self.assertEqual(self.settlement.vendor_state, "agreed")
        self.assertIn("Agreed", self.url_open(self.url).text)

    def test_too_late_and_without_token(self):
        self.settlement.action_check()
        self.settlement.sudo().dispute_until = self.settlement.date_to
        self.authenticate("stl.portal", "stl.portal")
        late = self.post("dispute", line_id=self.penalty.id, reason="x")
        self.assertIn("could be disputed until", late.text)
        self.assertIn("could be answered until", self.post("agree").text)
        self.assertFalse(self.settlement.dispute_ids)
        self.assertNotIn("Dispute this line", self.url_open(self.url).text)
        with mute_logger("odoo.http"):
            forged = self.url_open(f"{self.url}/agree", data={"line_id": ""})
        self.assertEqual(forged.status_code, 400)

    def test_portal_user_writes_nothing_by_himself(self):
        self.settlement.action_check()
        settlement = self.settlement.with_user(self.user)
        self.assertEqual(settlement.total, 9000)
        for model, values in (
            ("vas.settlement", {"vendor_agreed_on": False}),
            ("vas.settlement.line", {"vendor_agreed": True}),
        ):
            self.assertFalse(self.env[model].with_user(self.user).has_access("write"))
            self.assertTrue(values)
        model = self.env["vas.settlement.dispute"].with_user(self.user)
        self.assertFalse(model.has_access("create"))
        agreements = self.env["vas.settlement.agreement"].with_user(self.user)
        self.assertFalse(agreements.has_access("read"))

    def test_statement_in_both_languages(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.vendor.name = "通达呼叫外包"
        self.settlement.action_check()
        report = self.env["ir.actions.report"].with_context(force_report_rendering=True)
        for lang in ("en_US", "zh_CN"):
            with self.allow_pdf_render():
                content, kind = report.with_context(lang=lang)._render_qweb_pdf(
                    "vas_kpi.action_report_vas_settlement", self.settlement.ids
                )
            self.assertEqual(kind, "pdf")
            reader = PdfReader(io.BytesIO(content))
            pages = "".join(page.extract_text() for page in reader.pages)
            # Some fonts share the glyph of a character with its radical.
            text = unicodedata.normalize("NFKC", re.sub(r"\s+", "", pages))
            for part in (
                "通达呼叫外包",
                "9,000.00",
                "10,000×1",
                "TEST-T/2025-01",
            ):
                self.assertIn(part, text)

    def test_statement_in_the_portal(self):
        self.settlement.action_check()
        self.authenticate("stl.portal", "stl.portal")
        answer = self.url_open(f"{self.url}?report_type=html")
        self.assertEqual(answer.status_code, 200)
        self.assertIn("10,000 × 1", answer.content.decode())
