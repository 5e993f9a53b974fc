"""The portal of banks and service companies: register, report, assign, close."""

import json
import re

from odoo import fields
from odoo.tests import HttpCase, tagged

from .device_common import DeviceCase


@tagged("post_install", "-at_install")
class TestDevicePortal(DeviceCase, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.kind.team_id = cls.team
        cls.mine = cls.devices[cls.branch, cls.provider_p]
        cls.engineer = cls.env["res.partner"].create(
            {"name": "Engineer Ma", "parent_id": cls.provider_p.id}
        )

    def _post(self, url, **data):
        page = self.url_open("/my/complaint/new").text
        token = re.search(r'name="csrf_token" value="([^"]+)"', page).group(1)
        return self.url_open(url, data={"csrf_token": token, **data})

    def _tickets(self, device=None):
        device = device or self.mine
        return self.env["helpdesk.ticket"].search(
            [("vas_equipment_id", "=", device.id)], order="id desc"
        )

    def _rpc(self, model, method, *args, **kwargs):
        answer = self.url_open(
            f"/web/dataset/call_kw/{model}/{method}",
            data=json.dumps(
                {
                    "jsonrpc": "2.0",
                    "params": {
                        "model": model,
                        "method": method,
                        "args": args,
                        "kwargs": kwargs,
                    },
                }
            ),
            headers={"Content-Type": "application/json"},
        ).json()
        return answer.get("result"), answer.get("error")

    def test_the_list_shows_what_the_rule_says(self):
        names = {device.id: device.name for device in self.devices.values()}
        for login, expected in self._seen_by().items():
            self.authenticate(login, login)
            page = self.url_open("/my/devices").text
            shown = {number for number, name in names.items() if f">{name}<" in page}
            self.assertEqual(shown, set(expected.ids), login)

    def test_pages_of_others_are_not_found(self):
        foreign = self.devices[self.bank_y, self.provider_q]
        missing = foreign.id + 100000
        for login in ("bank_x", "bank_x_branch", "provider_p"):
            self.authenticate(login, login)
            for device_id in (foreign.id, missing):
                self.assertEqual(
                    self.url_open(f"/my/device/{device_id}").status_code, 404
                )
                for path in ("report", "task"):
                    answer = self._post(
                        f"/my/device/{device_id}/{path}", description="x"
                    )
                    self.assertEqual(answer.status_code, 404)
        self.assertFalse(self._tickets(foreign))

    def test_remote_calls_obey_the_same_rule(self):
        everything = [device.id for device in self.devices.values()]
        for login, expected in self._seen_by().items():
            self.authenticate(login, login)
            found, error = self._rpc(
                "fsm.equipment", "web_search_read", [], {"name": {}}
            )
            self.assertFalse(error, login)
            seen = {row["id"] for row in found["records"]} & set(everything)
            self.assertEqual(seen, set(expected.ids), login)
            foreign = (set(everything) - seen).pop()
            _result, error = self._rpc("fsm.equipment", "read", [foreign], ["name"])
            self.assertEqual(error["data"]["name"], "odoo.exceptions.AccessError")
            _result, error = self._rpc(
                "fsm.equipment", "write", [min(seen)], {"name": "Mine"}
            )
            self.assertEqual(error["data"]["name"], "odoo.exceptions.AccessError")
            _result, error = self._rpc(
                "fsm.equipment", "export_data", [min(seen)], ["name"]
            )
            self.assertTrue(error, login)

    def test_search_filter_group(self):
        self.mine.vas_serial = "SN-4711"
        self.mine.vas_warranty_until = fields.Date.add(fields.Date.today(), days=-3)
        self.env["helpdesk.ticket"].create(
            {
                "name": "Broken",
                "description": "<p>x</p>",
                "vas_equipment_id": self.mine.id,
            }
        )
        other = self.devices[self.bank_x, self.provider_q]
        self.authenticate("bank_x", "bank_x")
        for query in (
            "search=4711&search_in=number",
            "search=Branch of&search_in=place",
            "filterby=over",
            "filterby=open",
        ):
            page = self.url_open(f"/my/devices?{query}").text
            self.assertIn(f">{self.mine.name}<", page, query)
            self.assertNotIn(f">{other.name}<", page, query)
        page = self.url_open("/my/devices?search=C-100&search_in=model").text
        self.assertIn(f">{other.name}<", page)
        for group in ("owner", "type", "model", "provider", "nonsense"):
            page = self.url_open(f"/my/devices?groupby={group}&sortby=x&filterby=y")
            self.assertEqual(page.status_code, 200)
            self.assertIn(f">{self.mine.name}<", page.text)
        self.assertIn("No device matches", self.url_open("/my/devices?search=zzz").text)

    def test_a_bank_reports_a_fault(self):
        self.authenticate("bank_x", "bank_x")
        empty = self._post(f"/my/device/{self.mine.id}/report", description="Dark")
        self.assertIn("Please choose what is broken", empty.text)
        self.assertFalse(self._tickets())
        self._post(
            f"/my/device/{self.mine.id}/report",
            description="The screen is dark <b>",
            fault_type=self.fault.id,
        )
        ticket = self._tickets()
        self.assertRecordValues(
            ticket,
            [
                {
                    "vas_fault_type_id": self.fault.id,
                    "vas_provider_id": self.provider_p.id,
                    "vas_device_owner_id": self.branch.id,
                    "team_id": self.team.id,
                    "partner_id": self.users["bank_x"].partner_id.id,
                    "user_id": False,
                }
            ],
        )
        self.assertIn("&lt;b&gt;", ticket.description)
        # The service company is told, by its portal users.
        told = self.env["mail.mail"].search(
            [("model", "=", "helpdesk.ticket"), ("res_id", "=", ticket.id)]
        )
        self.assertIn(self.users["provider_p"].partner_id, told.recipient_ids)
        # The branch whose device it is sees it, although head office reported it.
        self.authenticate("bank_x_branch", "bank_x_branch")
        page = self.url_open(f"/my/ticket/{ticket.id}").text
        self.assertIn(self.mine.name, page)
        # A second report is warned of.
        self.assertIn(
            "Already reported", self.url_open(f"/my/device/{self.mine.id}").text
        )

    def test_the_service_company_creates_and_assigns(self):
        """TKT-02: outside working hours, by the provider's own people."""
        self.authenticate("provider_p", "provider_p")
        url = f"/my/device/{self.mine.id}/task"
        self.assertIn("Engineer Ma", self.url_open(url).text)
        fault = {"fault_type": self.fault.id, "description": "Jam"}
        self.assertIn("who of you", self._post(url, **fault).text)
        future = fields.Datetime.add(fields.Datetime.now(), days=2)
        answer = self._post(
            url,
            **fault,
            contact_id=self.engineer.id,
            reported_at=future.strftime("%Y-%m-%dT%H:%M"),
        )
        self.assertIn("not a time in the past", answer.text)
        self.assertFalse(self._tickets())
        self._post(
            url,
            **fault,
            contact_id=self.engineer.id,
            reported_at="2026-01-05T08:30",
        )
        ticket = self._tickets()
        zone = self.users["provider_p"].tz or "UTC"
        local = fields.Datetime.context_timestamp(
            ticket.with_context(tz=zone), ticket.vas_reported_at
        )
        self.assertEqual(local.strftime("%H:%M"), "08:30")
        self.assertEqual(ticket.vas_provider_contact_id, self.engineer)
        self.assertEqual(ticket.partner_id, self.branch)
        self.assertFalse(ticket.closed)
        tasks = self.url_open("/my/service-tasks").text
        self.assertIn(ticket.number, tasks)
        unassigned = self.url_open("/my/service-tasks?filterby=unassigned").text
        self.assertNotIn(ticket.number, unassigned)

    def test_the_service_company_creates_and_closes(self):
        self.authenticate("provider_p", "provider_p")
        url = f"/my/device/{self.mine.id}/task"
        fault = {"fault_type": self.fault.id, "description": "Jam", "done": "1"}
        self.assertIn("what was done", self._post(url, **fault).text)
        self.assertFalse(self._tickets())
        self._post(
            url,
            **fault,
            resolution="Paper pulled out",
            fault_reason=self.reason.id,
            reported_at="2026-01-05T08:30",
            repaired_at="2026-01-05T10:00",
        )
        self.assertRecordValues(
            self._tickets(),
            [
                {
                    "closed": True,
                    "vas_resolution": "Paper pulled out",
                    "vas_fault_reason_id": self.reason.id,
                    "vas_fault_hours": 1.5,
                }
            ],
        )

    def test_closing_asks_for_what_the_rule_says(self):
        self.env["vas.fault.requirement"].create(
            {
                "name": "Reasons please",
                "need_fault_reason": True,
                "need_fault_type": False,
                "team_ids": self.team.ids,
            }
        )
        self.authenticate("provider_p", "provider_p")
        fault = {"fault_type": self.fault.id, "description": "Jam", "done": "1"}
        answer = self._post(
            f"/my/device/{self.mine.id}/task", **fault, resolution="Cleaned"
        )
        self.assertIn("Fault reason", answer.text)
        self.assertIn("Reasons please", answer.text)
        self.assertFalse(self._tickets(), "half a task was written")

    def test_only_the_service_company_closes(self):
        ticket = self.env["helpdesk.ticket"].create(
            {
                "name": "Jam",
                "description": "<p>x</p>",
                "vas_equipment_id": self.mine.id,
            }
        )
        work = {"resolution": "Paper pulled out"}
        for login in ("bank_x", "bank_y", "provider_q"):
            self.authenticate(login, login)
            answer = self._post(f"/my/ticket/{ticket.id}/done", **work)
            self.assertEqual(answer.status_code, 404, login)
            answer = self._post(f"/my/device/{self.mine.id}/task", description="x")
            self.assertEqual(answer.status_code, 404, login)
        self.assertFalse(ticket.closed)
        self.authenticate("provider_p", "provider_p")
        self.assertIn("what was done", self._post(f"/my/ticket/{ticket.id}/done").text)
        self._post(f"/my/ticket/{ticket.id}/done", **work)
        self.assertTrue(ticket.closed)
        self.assertEqual(ticket.vas_resolution, "Paper pulled out")
