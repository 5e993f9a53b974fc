import base64

from odoo import fields
from odoo.fields import Command
from odoo.tests import HttpCase, tagged

from .test_trip_ledger import LedgerCommon
from .test_trip_road import PIXEL, RoadCommon


@tagged("post_install", "-at_install")
class TestPortalProof(LedgerCommon, RoadCommon, HttpCase):
    """What a customer sees after the hand-over: proof, photo and invoice, its own."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.general_agreement.write(
            {"method": "contract", "return_method": "percent", "return_rate": 0.5}
        )
        for number, shipper in enumerate((cls.shipper1, cls.shipper2), 1):
            cls.env["res.users"].create(
                {
                    "name": f"Buyer {number}",
                    "login": f"proof-portal-{number}",
                    "password": f"proof-portal-{number}",
                    "lang": "en_US",
                    "partner_id": cls.env["res.partner"]
                    .create({"name": f"Buyer {number}", "parent_id": shipper.id})
                    .id,
                    "company_id": cls.company.id,
                    "company_ids": [Command.set(cls.company.ids)],
                    "group_ids": [Command.set(cls.env.ref("base.group_portal").ids)],
                }
            )

    def page(self, number, order, path=""):
        self.authenticate(f"proof-portal-{number}", f"proof-portal-{number}")
        return self.url_open(f"/my/transport-orders/{order.id}{path}")

    def test_proof_photo_and_invoice(self):
        self.drive()
        refused = self.env.ref("vas_logistics.delivery_reason_refused")
        self.report("problem", self.c, self.second, reason=refused.id, note="Wet")
        self.report(
            "delivered",
            self.c,
            self.first,
            receiver="Li",
            signature="data:image/png;base64," + base64.b64encode(PIXEL).decode(),
            photos=[("door.png", PIXEL)],
        )
        self.env["stock.picking.batch"]._cron_vas_ledgers()
        ledger = self.trip.vas_ledger_ids
        moves = self.env["account.move"].search(
            ledger.action_create_invoices()["domain"]
        )
        self.assertNotIn("Invoices", self.page(1, self.first).text, "drafts are ours")
        moves.invoice_date = fields.Date.today()
        moves.action_post()
        mine, other = moves.sorted(lambda move: move.partner_id != self.shipper1)
        answer = self.page(1, self.first)
        self.assertIn(mine.name, answer.text)
        self.assertNotIn(other.name, answer.text)
        event = self.first.vas_event_ids.filtered("signature")
        for path in (f"/proof/{event.id}", f"/photo/{event.photo_ids.id}"):
            self.assertIn(path, answer.text)
            self.assertEqual(self.page(1, self.first, path).status_code, 200)
            # Neither another customer's order nor through one's own.
            self.assertEqual(self.page(2, self.first, path).status_code, 404)
            self.assertEqual(self.page(2, self.second, path).status_code, 404)
        # Goods that came back: their order ends as returned, with its invoice.
        self.second.action_vas_back_close()
        back = self.page(2, self.second)
        self.assertIn(other.name, back.text)
        self.assertIn("Returned", back.text)
        self.assertIn("4000 kg", back.text)
