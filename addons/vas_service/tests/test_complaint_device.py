"""CMP-09, CMP-10: complaints name a device; only established ones count."""

import re

from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, new_test_user, tagged

from .device_common import DeviceCase


@tagged("post_install", "-at_install")
class TestComplaintDevice(DeviceCase, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.handler = new_test_user(
            cls.env,
            "cmp_device",
            groups="vas_service.group_vas_complaint_handler",
        )
        cls.mine = cls.devices[cls.branch, cls.provider_p]

    def _post(self, url, **data):
        page = self.url_open("/my/complaint/new").text
        token = re.search(r'name="csrf_token" value="([^"]+)"', page).group(1)
        return self.url_open(url, data={"csrf_token": token, **data})

    def _complaint(self, **values):
        return (
            self.env["vas.complaint"]
            .with_user(self.handler)
            .create(
                {
                    "name": "Third repair",
                    "description": "<p>x</p>",
                    "partner_id": self.branch.id,
                    "equipment_id": self.mine.id,
                }
                | values
            )
        )

    def test_the_desk_chooses_a_device_but_changes_none(self):
        devices = self.env["fsm.equipment"].with_user(self.handler)
        self.assertIn(self.mine.id, dict(devices.name_search(self.mine.name)))
        complaint = self._complaint()
        self.assertEqual(complaint.about_partner_id, self.provider_p)
        self.assertEqual(complaint.device_model_id, self.model)
        for denied in (
            lambda: devices.browse(self.mine.id).write({"name": "Mine"}),
            lambda: devices.create({"name": "Mine"}),
            lambda: devices.browse(self.mine.id).unlink(),
        ):
            with self.assertRaises(AccessError):
                denied()
        # Whoever is meant is said, device or not.
        self.assertEqual(
            self._complaint(about_partner_id=self.provider_q.id).about_partner_id,
            self.provider_q,
        )

    def test_only_established_ones_count_by_device(self):
        boss = new_test_user(
            self.env,
            "cmp_device_boss",
            groups="vas_service.group_vas_complaint_supervisor",
        )
        complaints = self._complaint() | self._complaint()
        for complaint, verdict in zip(
            complaints, ("established", "not_established"), strict=True
        ):
            complaint.write({"verdict": verdict, "verdict_reason": "x"})
            complaint.action_judge()
            complaint.with_user(boss).action_confirm()
        action = self.env.ref("vas_service.vas_complaint_action_established")
        counted = (
            self.env["vas.complaint"]
            .with_user(self.handler)
            ._read_group(
                [("counts", "=", True), ("id", "in", complaints.ids)],
                ["about_partner_id", "device_model_id", "equipment_id"],
                ["__count"],
            )
        )
        self.assertEqual(counted, [(self.provider_p, self.model, self.mine, 1)])
        self.assertEqual(action.domain, "[('counts', '=', True)]")
        with self.assertRaisesRegex(UserError, "confirmed"):
            complaints[0].equipment_id = False

    def test_a_bank_names_its_own_devices_only(self):
        foreign = self.devices[self.bank_y, self.provider_q]
        self.authenticate("bank_x", "bank_x")
        page = self.url_open(f"/my/complaint/new?device={self.mine.id}").text
        self.assertIn(f'value="{self.mine.name}"', page)
        page = self.url_open(f"/my/complaint/new?device={foreign.id}").text
        self.assertNotIn(foreign.name, page)
        form = {"kind": "complaint", "subject": "Late again", "description": "Typed"}
        answer = self._post("/my/complaint/submit", **form, device=foreign.name)
        self.assertIn("none of your devices", answer.text)
        self.assertIn("Typed", answer.text, "what was typed is kept")
        made = self.env["vas.complaint"].search([("name", "=", "Late again")])
        self.assertFalse(made)
        answer = self._post(
            "/my/complaint/submit", **form, device=self.mine.name.lower()
        )
        made = self.env["vas.complaint"].search([("name", "=", "Late again")])
        self.assertEqual(made.equipment_id, self.mine)
        self.assertEqual(made.about_partner_id, self.provider_p)
        self.assertIn(self.mine.name, answer.text)
