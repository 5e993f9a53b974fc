"""AST-04: who sees which devices, faults and complaints, however they ask."""

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .device_common import DeviceCase


@tagged("post_install", "-at_install")
class TestDeviceVisibility(DeviceCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tickets = cls.env["helpdesk.ticket"].create(
            [
                {
                    "name": f"Fault of {device.name}",
                    "description": "<p>x</p>",
                    "team_id": cls.team.id,
                    "vas_equipment_id": device.id,
                }
                for device in cls.devices.values()
            ]
        )
        cls.complaints = cls.env["vas.complaint"].create(
            [
                {
                    "name": f"{owner.name} about {provider.name}",
                    "description": "<p>x</p>",
                    "partner_id": owner.id,
                    "about_partner_id": provider.id,
                }
                for owner, provider in cls.devices
            ]
        )

    def test_devices(self):
        for login, expected in self._seen_by().items():
            seen = self.env["fsm.equipment"].with_user(self.users[login]).search([])
            self.assertEqual(set(seen.ids), set(expected.ids), login)
            counted = dict(seen._read_group([], ["vas_owner_id"], ["__count"]))
            self.assertEqual(sum(counted.values()), len(expected), login)

    def test_a_foreign_device_is_refused_not_hidden_only(self):
        device = self.devices[self.bank_x, self.provider_p]
        for login in ("bank_x_branch", "bank_y", "provider_q"):
            foreign = device.with_user(self.users[login])
            with self.assertRaises(AccessError, msg=login):
                foreign.read(["name"])
            # Nobody exports from the portal, not even what they see.
            with self.assertRaises(UserError, msg=login):
                foreign.export_data(["name", "vas_owner_id/name"])

    def test_faults(self):
        for login, expected in self._seen_by().items():
            seen = self.env["helpdesk.ticket"].with_user(self.users[login]).search([])
            self.assertEqual(set(seen.vas_equipment_id.ids), set(expected.ids), login)

    def test_complaints(self):
        """CMP-09: the bank reads its own about every provider, a provider those about
        itself from all banks."""
        for login, expected in self._seen_by().items():
            seen = self.env["vas.complaint"].with_user(self.users[login]).search([])
            self.assertEqual(
                set(seen.mapped("name")),
                {
                    f"{device.vas_owner_id.name} about {device.vas_provider_id.name}"
                    for device in expected
                },
                login,
            )

    def test_nobody_writes_in_the_portal(self):
        for login, expected in self._seen_by().items():
            mine = expected[:1].with_user(self.users[login])
            with self.assertRaises(AccessError, msg=login):
                mine.write({"name": "Mine now"})
            with self.assertRaises(AccessError, msg=login):
                mine.copy()
            with self.assertRaises(AccessError, msg=login):
                mine.unlink()

    def test_what_is_internal_stays_so(self):
        device = self.devices[self.bank_x, self.provider_p]
        device.notes = "The key is under the mat."
        for login in ("bank_x", "provider_p"):
            with self.assertRaises(AccessError, msg=login):
                device.with_user(self.users[login]).read(["notes", "vas_contract_id"])

    def test_a_new_owner_does_not_inherit_the_past(self):
        device = self.devices[self.bank_x, self.provider_p]
        device.vas_owner_id = self.bank_y
        seen = self.env["helpdesk.ticket"].with_user(self.users["bank_y"]).search([])
        self.assertNotIn(device, seen.vas_equipment_id)
        self.assertIn(
            device, self.env["fsm.equipment"].with_user(self.users["bank_y"]).search([])
        )

    def test_other_companies_stay_apart(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        abroad = self.env["fsm.equipment"].create(
            {
                "name": "Abroad",
                "company_id": other.id,
                "vas_owner_id": self.bank_x.id,
            }
        )
        seen = self.env["fsm.equipment"].with_user(self.users["bank_x"]).search([])
        self.assertNotIn(abroad, seen)
