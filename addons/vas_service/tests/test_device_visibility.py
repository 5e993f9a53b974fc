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

    # ------------------------------------------------------------------
    # By every other way
    # ------------------------------------------------------------------

    def _as(self, login, model):
        return self.env[model].with_user(self.users[login])

    def test_counts_of_groups(self):
        """Groups by fields of related records count what the reader sees, no more."""
        for login, expected in self._seen_by().items():
            for model, path in (
                ("fsm.equipment", "vas_model_id"),
                ("fsm.equipment", "vas_bank_id"),
                ("fsm.equipment", "vas_provider_id"),
                ("fsm.equipment", "vas_warranty_state"),
                ("helpdesk.ticket", "vas_equipment_id"),
                ("helpdesk.ticket", "vas_device_owner_id"),
                ("helpdesk.ticket", "vas_equipment_id.vas_model_id"),
                ("helpdesk.ticket", "vas_sla_state"),
                ("vas.complaint", "about_partner_id"),
            ):
                rows = self._as(login, model).formatted_read_group(
                    [], [path], ["__count"]
                )
                self.assertEqual(
                    sum(row["__count"] for row in rows), len(expected), (login, path)
                )

    def test_names_are_searched_among_ones_own(self):
        for login, expected in self._seen_by().items():
            for device in self.devices.values():
                found = self._as(login, "fsm.equipment").name_search(device.name)
                ids = {key for key, _name in found}
                self.assertEqual(device.id in ids, device in expected, login)

    def test_crafted_conditions_find_nothing_of_others(self):
        """A condition that goes round over other records is answered as if what the
        reader may not see were not there."""
        model = self.model
        mine = self.devices[self.branch, self.provider_p]
        foreign = self.devices[self.bank_y, self.provider_q]
        foreign.parent_id = mine
        foreign_ticket = self.tickets.filtered(
            lambda ticket: ticket.vas_equipment_id == foreign
        )
        foreign_ticket.name = "Nobody else knows"
        ticket = self.tickets.filtered(lambda t: t.vas_equipment_id == mine)
        ticket.duplicate_id = foreign_ticket
        for name, domain in (
            ("fsm.equipment", [("child_ids.name", "=", foreign.name)]),
            ("fsm.equipment", [("child_ids.child_ids", "any", [])]),
            ("fsm.equipment", [("parent_id.child_ids.name", "=", foreign.name)]),
            ("fsm.equipment", [("child_ids.vas_ticket_ids.name", "ilike", "else")]),
            ("helpdesk.ticket", [("duplicate_id.name", "ilike", "else")]),
            (
                "helpdesk.ticket",
                [("vas_equipment_id.child_ids.name", "=", foreign.name)],
            ),
            (
                "helpdesk.ticket",
                [("vas_equipment_id.child_ids.vas_ticket_ids.name", "ilike", "else")],
            ),
            ("vas.complaint", [("equipment_id.child_ids.name", "=", foreign.name)]),
        ):
            self.assertFalse(
                self._as("bank_x_branch", name).search_count(domain), (name, domain)
            )
        # The models of devices are shared; what is counted there is the reader's.
        self.assertEqual(
            self._as("bank_x_branch", model._name).browse(model.id).id, model.id
        )
        self.assertEqual(
            self._as("bank_x_branch", model._name).browse(model.id).device_count, 2
        )

    def test_words_of_notes_are_no_condition(self):
        """Internal notes, and what others wrote to the desk, cannot be guessed by
        asking which records contain a word."""
        mine = self.devices[self.branch, self.provider_p]
        ticket = self.tickets.filtered(lambda t: t.vas_equipment_id == mine)
        complaint = self.complaints.filtered(
            lambda c: (
                c.partner_id == self.branch and c.about_partner_id == self.provider_p
            )
        )
        for record in (mine, ticket, complaint):
            record.message_post(body="xyzzy", subtype_xmlid="mail.mt_note")
            record.message_post(body="xyzzy", subtype_xmlid="mail.mt_comment")
            for login in ("bank_x_branch", "provider_p"):
                for field in ("message_ids", "website_message_ids"):
                    with self.assertRaises(AccessError, msg=(record, login, field)):
                        self._as(login, record._name).search(
                            [(f"{field}.body", "ilike", "xyzzy")]
                        )
        # What one may read one still finds, among messages.
        messages = self.env["mail.message"].search(
            [("model", "=", complaint._name), ("res_id", "=", complaint.id)]
        )
        self.assertEqual(len(messages.filtered(lambda m: "xyzzy" in m.body)), 2)
        for login, count in (("bank_x_branch", 1), ("provider_p", 0)):
            seen = self._as(login, "mail.message").search([("id", "in", messages.ids)])
            seen = seen.sudo().filtered(lambda m: "xyzzy" in m.body)
            self.assertEqual(len(seen), count, login)

    def test_attachments_follow_their_record(self):
        attachments = self.env["ir.attachment"].create(
            [
                {
                    "name": "photo.txt",
                    "raw": b"photo",
                    "res_model": record._name,
                    "res_id": record.id,
                }
                for record in (*self.devices.values(), *self.tickets)
            ]
        )
        # Nobody lists files in the portal; pages hand out those of what they show.
        for login, expected in self._seen_by().items():
            mine = self._as(login, "ir.attachment").browse(attachments.ids)
            self.assertFalse(mine.search([("id", "in", mine.ids)]), login)
            for attachment in mine:
                record = attachment.sudo()
                device = self.env[record.res_model].browse(record.res_id)
                if record.res_model == "helpdesk.ticket":
                    device = device.vas_equipment_id
                if device not in expected:
                    with self.assertRaises(AccessError, msg=login):
                        attachment.read(["raw"])

    def test_internal_promises_are_nobodys_business(self):
        ticket = self.tickets.filtered(
            lambda t: t.vas_equipment_id == self.devices[self.bank_x, self.provider_p]
        )
        ticket.vas_clock_ids.write({"audience": "internal"})
        for login in ("bank_x", "provider_p"):
            mine = ticket.with_user(self.users[login])
            for name in ("vas_next_deadline", "vas_contract_id"):
                with self.assertRaises(AccessError, msg=(login, name)):
                    mine.read([name])
            self.assertFalse(mine.vas_sla_state, login)
            rows = mine.formatted_read_group(
                [("id", "=", ticket.id)], ["vas_sla_state"], ["__count"]
            )
            self.assertFalse(rows[0]["vas_sla_state"], login)

    def test_reports_and_history_are_not_for_the_portal(self):
        for login in self.users:
            for model in (
                "vas.service.report.device",
                "vas.service.report.fault",
                "vas.service.report.duration",
                "vas.service.report.satisfaction",
                "vas.service.report.abnormal",
                "vas.device.history",
                "vas.dispatch.event",
                "vas.sla.event",
                "fsm.order",
                "mail.followers",
            ):
                self.assertFalse(
                    self._as(login, model).has_access("read"), (login, model)
                )
