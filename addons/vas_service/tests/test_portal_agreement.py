"""The customer sees what is left of its agreement; nobody else does."""

from odoo.exceptions import AccessError
from odoo.tests import HttpCase, new_test_user, tagged

from .agreement_common import AgreementCase


@tagged("post_install", "-at_install")
class TestPortalAgreement(AgreementCase, HttpCase):
    def test_own_agreement_only(self):
        with self._at(2, 10):
            self.entitle(name="Calls of the month", period="contract")
            ticket = self._ticket()
        other = self.env["res.partner"].create({"name": "Another bank"})
        users = {}
        for login, partner in (("own_portal", self.customer), ("other_portal", other)):
            users[login] = new_test_user(self.env, login, groups="base.group_portal")
            users[login].partner_id.parent_id = partner
        url = f"/my/contracts/{self.contract.id}"
        self.authenticate("own_portal", "own_portal")
        page = self.url_open(url).text
        self.assertIn("Calls of the month", page)
        self.assertIn("1 of 2 Incidents left", page)
        self.assertIn(ticket.number, page)
        self.authenticate("other_portal", "other_portal")
        self.assertNotIn("Calls of the month", self.url_open(url).text)
        stranger = self.contract.with_user(users["other_portal"])
        with self.assertRaises(AccessError):
            stranger.read(["name"])
        for model in ("vas.entitlement", "vas.entitlement.entry", "vas.coverage"):
            for user in users.values():
                with self.assertRaises(AccessError):
                    self.env[model].with_user(user).search_read([], limit=1)
        draft = self.agreement(sign=False, name="Not yet signed")
        self.assertFalse(
            self.env["contract.contract"]
            .with_user(users["own_portal"])
            .search([("id", "=", draft.id)])
        )
