import io
import re
import unicodedata

from PyPDF2 import PdfReader

from odoo import fields
from odoo.fields import Command
from odoo.tests import HttpCase, tagged

from .test_decisions import DecisionCase


@tagged("post_install", "-at_install")
class TestPortalScorecard(DecisionCase, HttpCase):
    """A vendor reads its result, appeals and wins."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.card.write({"appeal_days": 10, "responsible_id": cls.manager.id})
        cls.env.ref("base.lang_zh_CN", raise_if_not_found=False)
        cls.env["res.lang"]._activate_lang("zh_CN")
        cls.vendor.name = "通达呼叫中心"
        cls.portal = cls.env["res.users"].create(
            {
                "name": "Clerk",
                "login": "portal_scorecard",
                "password": "portal_scorecard",
                "lang": "en_US",
                "group_ids": [Command.set(cls.env.ref("base.group_portal").ids)],
                "partner_id": cls.env["res.partner"]
                .create({"name": "Clerk", "parent_id": cls.vendor.id})
                .id,
            }
        )
        cls.result = cls.assess_month(1, 40)
        cls.result.with_user(cls.manager).action_publish()
        cls.other = cls.assess_month(1, 70, vendor=cls.vendors[1])
        cls.other.with_user(cls.manager).action_publish()
        cls.draft = cls.assess_month(2, 70, confirm=False)

    def get_page(self, url, status=200):
        response = self.url_open(url)
        self.assertEqual(response.status_code, status)
        return response.text

    def post_appeal(self, result, files=(), **values):
        page = self.get_page(f"/my/scorecards/{self.result.id}")
        token = re.search(r'name="csrf_token" value="([^"]+)"', page).group(1)
        return self.url_open(
            f"/my/scorecards/{result.id}/appeal",
            data={"csrf_token": token, **values},
            files=list(files),
        )

    def test_reads_only_its_own_published_results(self):
        self.authenticate("portal_scorecard", "portal_scorecard")
        page = self.get_page("/my/scorecards")
        self.assertIn(f"/my/scorecards/{self.result.id}", page)
        self.assertNotIn(f"/my/scorecards/{self.other.id}", page)
        self.assertNotIn(f"/my/scorecards/{self.draft.id}", page)
        page = self.get_page(f"/my/scorecards/{self.result.id}")
        for text in ("40.00", "Decided", "Appeals are taken until", "通达呼叫中心"):
            self.assertIn(text, page)
        for hidden in (self.other.id, self.draft.id, 999999999):
            page = self.get_page(f"/my/scorecards/{hidden}", 404)
            self.assertIn("cannot be found", page)
            self.assertNotIn("70.00", page)
        counters = self.make_jsonrpc_request(
            "/my/counters", {"counters": ["vas_scorecard_count"]}
        )
        self.assertEqual(counters["vas_scorecard_count"], 1)
        self.card.show_to_subject = False
        self.get_page(f"/my/scorecards/{self.result.id}", 404)

    def test_visitors_log_in_first(self):
        response = self.url_open(f"/my/scorecards/{self.result.id}")
        self.assertIn("/web/login", response.url)

    def test_appeals_and_wins(self):
        self.authenticate("portal_scorecard", "portal_scorecard")
        line = self.result.line_ids
        response = self.post_appeal(
            self.result,
            claim="The export of 12 January is missing",
            **{f"claimed_{line.id}": "85"},
            files=[("evidence", ("export.csv", b"a;b", "text/csv"))],
        )
        self.assertIn("has been submitted", response.text)
        appeal = self.env["vas.appeal"].search([("assessment_id", "=", self.result.id)])
        self.assertEqual(appeal.submitted_by_id, self.portal)
        self.assertEqual(appeal.line_ids.claimed, "85")
        self.assertEqual(appeal.evidence_ids.raw, b"a;b")
        self.assertEqual(appeal.activity_ids.user_id, self.manager)
        # A second one while it is open, and one for another vendor, are refused.
        response = self.post_appeal_again("Again")
        self.assertIn("already being looked at", response)
        as_manager = appeal.with_user(self.manager)
        as_manager.action_review()
        as_manager.line_ids.value = 85
        as_manager.decision_reason = "The export was found"
        as_manager.action_uphold()
        self.env.flush_all()
        page = self.get_page(f"/my/scorecards/{appeal.revision_id.id}")
        self.assertIn("85.00", page)
        self.assertIn("The export was found", page)
        # The old result stays readable, and says that it was replaced.
        page = self.get_page(f"/my/scorecards/{self.result.id}")
        self.assertIn("This result was replaced", page)
        self.assertIn("Upheld", page)
        listed = self.get_page("/my/scorecards")
        self.assertIn(f"/my/scorecards/{appeal.revision_id.id}", listed)
        self.assertNotIn(f'/my/scorecards/{self.result.id}"', listed)

    def post_appeal_again(self, claim):
        token = re.search(
            r'csrf_token: "([^"]+)"', self.get_page("/my/scorecards")
        ).group(1)
        return self.url_open(
            f"/my/scorecards/{self.result.id}/appeal",
            data={"csrf_token": token, "claim": claim},
        ).text

    def test_appeals_not_for_others_nor_too_late(self):
        self.authenticate("portal_scorecard", "portal_scorecard")
        response = self.post_appeal(self.other, claim="x")
        self.assertEqual(response.status_code, 404)
        self.assertIn("describe it", self.post_appeal(self.result, claim=" ").text)
        page = self.get_page(f"/my/scorecards/{self.result.id}")
        token = re.search(r'name="csrf_token" value="([^"]+)"', page).group(1)
        self.result.appeal_deadline = fields.Date.subtract(fields.Date.today(), days=1)
        self.env.flush_all()
        response = self.url_open(
            f"/my/scorecards/{self.result.id}/appeal",
            data={"csrf_token": token, "claim": "late"},
        )
        self.assertIn("ended on", response.text)
        self.assertNotIn('name="claim"', response.text)
        self.assertFalse(
            self.env["vas.appeal"].search([("claim", "in", ("x", "late"))])
        )

    def read_pdf(self, content):
        self.assertTrue(content.startswith(b"%PDF"))
        reader = PdfReader(io.BytesIO(content))
        text = "".join(page.extract_text() for page in reader.pages)
        # Some fonts share the glyph of a character with its radical.
        return unicodedata.normalize("NFKC", text)

    def test_sheet_as_pdf_in_both_languages(self):
        report = self.env["ir.actions.report"].with_context(force_report_rendering=True)
        for lang in ("en_US", "zh_CN"):
            with self.allow_pdf_render():
                content, kind = report.with_context(lang=lang)._render_qweb_pdf(
                    "vas_kpi.action_report_vas_assessment", self.result.ids
                )
            self.assertEqual(kind, "pdf")
            text = re.sub(r"\s+", "", self.read_pdf(content))
            self.assertIn("通达呼叫中心", text)
            self.assertIn("40.00", text)
            self.assertIn("2025-01", text)
            if lang == "en_US":
                self.assertIn("Ruleapplied", text)

    def test_vendor_downloads_only_its_own_sheet(self):
        self.authenticate("portal_scorecard", "portal_scorecard")
        url = "/my/scorecards/%s?report_type=pdf&download=true"
        response = self.url_open(url % self.result.id)
        self.assertEqual(response.headers["Content-Type"], "application/pdf")
        self.get_page(url % self.other.id, 404)

    def find_mails(self, partner):
        return self.env["mail.mail"].search([("recipient_ids", "in", partner.ids)])

    def test_publishing_tells_the_portal_logins_of_the_rated_partner_only(self):
        # Published in the set-up, for two vendors of whom one has a login.
        mail = self.find_mails(self.portal.partner_id)
        self.assertEqual(len(mail), 1)
        self.assertIn(self.card.name, mail.subject)
        self.assertIn(f"/my/scorecards/{self.result.id}", mail.body_html)
        self.assertEqual(mail.recipient_ids, self.portal.partner_id)
        self.assertFalse(self.other.notice_partner_ids)
        self.assertIn("Clerk", self.result.message_ids[0].body)
        self.result.with_user(self.manager).action_publish()
        self.assertEqual(self.find_mails(self.portal.partner_id), mail, "told once")

    def test_the_mail_is_in_the_language_of_the_login_and_can_be_switched_off(self):
        self.env.ref("vas_kpi.mail_template_result_published").with_context(
            lang="zh_CN"
        ).subject = "考核结果：{{ object.period }}"
        self.portal.lang = "zh_CN"
        told = self.assess_month(3, 50)
        before = self.find_mails(self.portal.partner_id)
        told.with_user(self.manager).action_publish()
        mail = self.find_mails(self.portal.partner_id) - before
        self.assertEqual(mail.subject, f"考核结果：{told.period}")
        self.card.publish_template_id = False
        silent = self.assess_month(4, 60)
        silent.with_user(self.manager).action_publish()
        self.assertEqual(silent.state, "published")
        self.assertEqual(self.find_mails(self.portal.partner_id) - before, mail)
