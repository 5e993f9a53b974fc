"""The register: model, warranty, history, faults, reminders, import, label."""

from datetime import timedelta

from psycopg2 import IntegrityError

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, new_test_user, tagged
from odoo.tools import mute_logger

from .device_common import DeviceCase


@tagged("post_install", "-at_install")
class TestDeviceRegister(DeviceCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.device = cls.devices[cls.bank_x, cls.provider_p]
        cls.env["vas.warranty.rule"].search([("active", "=", True)]).action_archive()
        cls.today = fields.Date.context_today(cls.env["fsm.equipment"])

    def _until(self, days):
        return self.today + timedelta(days=days)

    def _ticket(self, device=None, **values):
        return self.env["helpdesk.ticket"].create(
            {
                "name": "Jam",
                "description": "<p>x</p>",
                "team_id": self.team.id,
                "vas_equipment_id": (device or self.device).id,
                **values,
            }
        )

    # Register -----------------------------------------------------------

    def test_the_model_says_type_brand_and_warranty(self):
        """AST-01: the record of a device."""
        with Form(self.env["fsm.equipment"]) as form:
            form.name = "ATM-1"
            form.vas_model_id = self.model
            form.vas_installed_on = "2026-03-01"
            self.assertEqual(form.vas_type_id, self.kind)
            self.assertEqual(form.vas_brand_id, self.brand)
            self.assertEqual(str(form.vas_warranty_until), "2028-02-29")
        device = form.save()
        device.vas_warranty_until = "2030-01-01"
        device.name = "ATM-1b"
        self.assertEqual(str(device.vas_warranty_until), "2030-01-01")

    def test_bad_devices_are_refused_with_the_reason(self):
        other = self.env["vas.device.brand"].create({"name": "Other"})
        with self.assertRaisesRegex(ValidationError, "C-100.*Acme"):
            self.device.vas_brand_id = other
        with self.assertRaisesRegex(ValidationError, "Warranty until"):
            self.device.write(
                {"vas_installed_on": "2026-02-01", "vas_warranty_until": "2026-01-01"}
            )
        self.device.vas_serial = "S1"
        twin = self.devices[self.bank_y, self.provider_q]
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            twin.vas_serial = "S1"
            twin.flush_recordset()

    def test_one_serial_per_company(self):
        self.device.vas_serial = "S1"
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        self.env["fsm.equipment"].create(
            {"name": "Abroad", "vas_serial": "S1", "company_id": elsewhere.id}
        )

    def test_the_bank_is_the_top_of_the_tree(self):
        device = self.devices[self.branch, self.provider_p]
        self.assertEqual(device.vas_bank_id, self.bank_x)
        self.branch.parent_id = self.bank_y
        self.assertEqual(device.vas_bank_id, self.bank_y)

    def test_history_of_owner_site_and_service_company(self):
        self.device.vas_provider_id = self.provider_q
        self.device.write({"notes": "<p>No change of place</p>"})
        self.device.write({"owned_by_id": self.branch.id})
        rows = self.device.vas_history_ids.sorted("id")
        self.assertEqual(rows.mapped("provider_id"), self.provider_p | self.provider_q)
        self.assertEqual(rows.mapped("owner_id"), self.bank_x | self.branch)
        self.assertEqual(len(rows), 3)
        self.assertEqual(rows.filtered(lambda row: not row.date_to), rows[-1])

    def test_queries_do_not_grow(self):
        def import_devices(count, prefix):
            self.env.flush_all()
            with self._counted() as counted:
                self.env["fsm.equipment"].create(
                    [
                        {
                            "name": f"{prefix}-{number}",
                            "vas_serial": f"{prefix}-{number}",
                            "vas_model_id": self.model.id,
                            "vas_owner_id": self.branch.id,
                            "vas_provider_id": self.provider_p.id,
                        }
                        for number in range(count)
                    ]
                )
                self.env.flush_all()
            return counted()

        import_devices(1, "warm")
        one, many = import_devices(1, "one"), import_devices(50, "many")
        self.assertLessEqual(many, one + 2)

    def _counted(self):
        return _Counter(self.env.cr)

    # Warranty -----------------------------------------------------------

    def _rule(self, **values):
        return self.env["vas.warranty.rule"].create(
            {
                "name": "Offer an agreement",
                "days_before": 30,
                "activity_type_id": self.env.ref("mail.mail_activity_data_todo").id,
                "user_id": self.agent.id,
                **values,
            }
        )

    def test_the_word_follows_the_rule(self):
        self._rule()
        found = self.env["fsm.equipment"]
        for days, state, words in (
            (31, "valid", "Ends in 31 days"),
            (30, "ending", "Ends in 30 days"),
            (1, "ending", "Ends tomorrow"),
            (0, "ending", "Ends today"),
            (-1, "over", "Ended yesterday"),
            (-12, "over", "Ended 12 days ago"),
        ):
            self.device.vas_warranty_until = self._until(days)
            self.assertEqual(self.device.vas_warranty_state, state)
            self.assertEqual(self.device.vas_warranty_words, words)
            domain = [("vas_warranty_state", "=", state), ("id", "=", self.device.id)]
            self.assertEqual(found.search(domain), self.device)
            grouped = found._read_group(
                [("id", "=", self.device.id)], ["vas_warranty_state"], ["__count"]
            )
            self.assertEqual(grouped, [(state, 1)])
        self.device.vas_warranty_until = False
        self.assertEqual(self.device.vas_warranty_state, "none")

    def test_rules_of_other_types_and_companies_do_not_colour(self):
        self._rule(
            device_type_ids=[
                Command.create({"name": "Printer"}),
            ]
        )
        self._rule(company_id=self.env["res.company"].create({"name": "E"}).id)
        self.device.vas_warranty_until = self._until(3)
        self.assertEqual(self.device.vas_warranty_state, "valid")
        self.assertFalse(
            self.env["fsm.equipment"].search([("vas_warranty_state", "=", "ending")])
            & self.device
        )

    def _activities(self, device=None):
        return (device or self.device).activity_ids

    def test_reminded_once_and_again_after_a_new_date(self):
        rule = self._rule()
        self.device.vas_warranty_until = self._until(10)
        rules = self.env["vas.warranty.rule"]
        with self.enter_registry_test_mode():
            self.env.ref("vas_service.ir_cron_warranty").method_direct_trigger()
        self.assertEqual(self._activities().user_id, self.agent)
        self.assertEqual(self._activities().date_deadline, self._until(10))
        self.assertFalse(rule._get_waiting(self.today) & self.device)
        self.device.vas_warranty_until = self._until(20)
        rules._remind([(rule, self.device)])
        self.assertEqual(len(self._activities()), 2)

    def test_a_reminder_that_was_cut_off_is_made_again_once(self):
        """What a killed job leaves is what the database rolls back: nothing."""
        rule = self._rule()
        self.device.vas_warranty_until = self._until(10)
        with self.assertRaises(KeyboardInterrupt), self.env.cr.savepoint():
            rule._remind([(rule, self.device)])
            raise KeyboardInterrupt
        self.env.invalidate_all()
        self.assertFalse(self._activities())
        self.assertIn(self.device, rule._get_waiting(self.today))
        rule._remind([(rule, self.device)])
        self.assertNotIn(self.device, rule._get_waiting(self.today))
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            with self.env.cr.savepoint():
                rule._remind([(rule, self.device)])
        self.assertEqual(len(self._activities()), 1)

    def test_the_banks_salesperson_is_reminded_first(self):
        seller = new_test_user(self.env, "seller", groups="base.group_user")
        self.bank_x.user_id = seller
        rule = self._rule()
        device = self.devices[self.branch, self.provider_p]
        self.assertEqual(rule._get_user(device), seller)
        rule.to_salesperson = False
        self.assertEqual(rule._get_user(device), self.agent)

    # Faults -------------------------------------------------------------

    def test_a_ticket_takes_from_the_device_what_is_not_said(self):
        self.kind.team_id = self.team
        ticket = self.env["helpdesk.ticket"].create(
            {
                "name": "Jam",
                "description": "<p>x</p>",
                "vas_equipment_id": self.device.id,
            }
        )
        self.assertEqual(ticket.vas_provider_id, self.provider_p)
        self.assertEqual(ticket.partner_id, self.bank_x)
        self.assertEqual(ticket.team_id, self.team)
        said = self._ticket(vas_provider_id=self.provider_q.id)
        self.assertEqual(said.vas_provider_id, self.provider_q)

    def test_the_fault_lasts_from_report_to_repair(self):
        """TKT-05: what a task keeps of fault and repair."""
        ticket = self._ticket(vas_reported_at="2026-01-05 08:00:00")
        self.assertFalse(ticket.vas_fault_hours)
        ticket.write(
            {"stage_id": self.done.id, "vas_repaired_at": "2026-01-05 20:15:00"}
        )
        self.assertEqual(ticket.vas_fault_hours, 12.25)
        with self.assertRaisesRegex(ValidationError, "Repaired at"):
            ticket.vas_repaired_at = "2026-01-05 07:00:00"
        ticket.action_vas_reopen()
        self.assertFalse(ticket.vas_repaired_at)
        self.assertFalse(ticket.vas_fault_hours)

    def test_closing_asks_and_names_what_is_missing(self):
        rule = self.env["vas.fault.requirement"].create(
            {
                "name": "Repairs",
                "team_ids": self.team.ids,
                "need_fault_reason": True,
            }
        )
        ticket = self._ticket()
        with self.assertRaisesRegex(
            UserError, "Fault type, Fault reason, What was done.*Repairs"
        ):
            ticket.action_vas_solve()
        ticket.stage_id = self.cancelled
        ticket.action_vas_reopen()
        ticket.write(
            {
                "vas_fault_type_id": self.fault.id,
                "vas_fault_reason_id": self.reason.id,
                "vas_resolution": "Cleaned",
                "stage_id": self.done.id,
            }
        )
        self.assertTrue(ticket.closed)
        rule.team_ids = self.env["helpdesk.ticket.team"].create({"name": "Others"})
        self._ticket().action_vas_solve()
        with self.assertRaisesRegex(ValidationError, "asks for nothing"):
            rule.write(
                {
                    "need_fault_type": False,
                    "need_fault_reason": False,
                    "need_resolution": False,
                }
            )

    def test_the_device_counts_its_tickets(self):
        """TKT-06: the tasks of a device."""
        self._ticket()
        self._ticket().stage_id = self.done
        self.device.invalidate_recordset()
        self.assertEqual(self.device.vas_ticket_count, 2)
        self.assertEqual(self.device.vas_open_ticket_count, 1)
        action = self.device.action_vas_view_tickets()
        self.assertEqual(self.env["helpdesk.ticket"].search_count(action["domain"]), 2)

    # Import, label, rights ----------------------------------------------

    def test_import_by_names_and_numbers(self):
        columns = ["name", "vas_serial", "vas_model_id", "vas_owner_id"]
        result = self.env["fsm.equipment"].load(
            columns,
            [
                ["N-1", "S-1", "Acme C-100", "Branch of X"],
                ["N-2", "S-2", "C-100", "Bank Y"],
            ],
        )
        self.assertFalse([m for m in result["messages"] if m["type"] == "error"])
        devices = self.env["fsm.equipment"].browse(result["ids"])
        self.assertEqual(devices.mapped("vas_model_id"), self.model)
        self.assertEqual(devices.mapped("vas_owner_id"), self.branch | self.bank_y)
        with mute_logger("odoo.sql_db"):
            result = self.env["fsm.equipment"].load(
                columns,
                [
                    ["N-3", "S-3", "C-100", "Bank Y"],
                    ["N-4", "S-1", "C-100", "Bank Y"],
                    ["N-5", "S-5", "No such model", "Bank Y"],
                ],
            )
        self.assertFalse(result["ids"])
        errors = {message["record"]: message for message in result["messages"]}
        self.assertIn("serial number", errors[1]["message"])
        self.assertEqual(errors[2]["field"], "vas_model_id")
        self.assertFalse(
            self.env["fsm.equipment"].search([("name", "in", ["N-3", "N-4", "N-5"])])
        )

    def test_label(self):
        devices = self.env["fsm.equipment"].concat(*self.devices.values())[:3]
        html, _kind = self.env["ir.actions.report"]._render_qweb_html(
            "vas_service.report_device_label", devices.ids
        )
        for device in devices:
            self.assertIn(device.name, html.decode())
        self.assertEqual(html.count(b"data:image/png"), 3)

    def test_who_writes_the_register(self):
        levels = "user officer manager admin".split()
        users = {
            level: new_test_user(
                self.env,
                f"dev_{level}",
                groups=f"vas_service.group_vas_service_{level}",
            )
            for level in levels
        }
        device = self.device
        with self.assertRaises(AccessError):
            device.with_user(users["user"]).write({"vas_serial": "U"})
        device.with_user(users["officer"]).write({"vas_serial": "O"})
        for level in ("user", "officer", "manager"):
            with self.assertRaises(AccessError):
                device.with_user(users[level]).unlink()
            with self.assertRaises(AccessError):
                self.kind.with_user(users[level]).write({"name": "Mine"})
            with self.assertRaises(AccessError):
                self.env["vas.fault.requirement"].with_user(users[level]).create(
                    {"name": "Mine"}
                )
        self.kind.with_user(users["admin"]).write({"name": "Machine"})


class _Counter:
    """Counts the statements of a cursor."""

    def __init__(self, cr):
        self.cr = cr

    def __enter__(self):
        self.before = self.cr.sql_log_count
        return lambda: self.cr.sql_log_count - self.before

    def __exit__(self, *_error):
        return False
