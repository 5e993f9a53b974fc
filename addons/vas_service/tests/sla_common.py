from contextlib import contextmanager
from datetime import datetime, timezone
from zoneinfo import ZoneInfo

from odoo import fields
from odoo.fields import Command
from odoo.tests import freeze_time, new_test_user

from .quiet_common import QuietCase

UTC = timezone.utc
BERLIN = ZoneInfo("Europe/Berlin")


class SlaCase(QuietCase):
    """A team with Berlin office hours and one policy: answer in 2 h, solve in 8 h."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.calendar = cls._calendar("Berlin office", [(9, 17)])
        cls.agent = new_test_user(
            cls.env,
            "sla_agent",
            groups="helpdesk_mgmt.group_helpdesk_user,"
            "vas_service.group_vas_service_user",
        )
        cls.team = cls.env["helpdesk.ticket.team"].create(
            {
                "name": "SLA team",
                "vas_calendar_id": cls.calendar.id,
                "user_ids": [Command.link(cls.agent.id)],
            }
        )
        stage = "helpdesk_mgmt.helpdesk_ticket_stage_%s"
        cls.new, cls.progress, cls.awaiting, cls.done, cls.cancelled = (
            cls.env.ref(stage % name)
            for name in ("new", "in_progress", "awaiting", "done", "cancelled")
        )
        # No mail in these tests: they are about time.
        (cls.done | cls.cancelled).mail_template_id = False
        cls.customer = cls.env["res.partner"].create({"name": "Customer"})
        cls.policy = cls._policy("Standard", first_response=2, resolution=8)

    @classmethod
    def _calendar(cls, name, hours, days=range(5), tz="Europe/Berlin"):
        return cls.env["resource.calendar"].create(
            {
                "name": name,
                "tz": tz,
                "attendance_ids": [Command.clear()]
                + [
                    Command.create(
                        {
                            "name": "Hours",
                            "dayofweek": str(day),
                            "hour_from": start,
                            "hour_to": end,
                        }
                    )
                    for day in days
                    for start, end in hours
                ],
            }
        )

    @classmethod
    def _policy(cls, name, first_response=0, resolution=0, unit="hours", **values):
        """A policy of the team that pauses while awaiting."""
        targets = [
            Command.create(
                {
                    "name": kind,
                    "kind": kind,
                    "amount": amount,
                    "unit": unit,
                    "at_risk_percent": 75,
                }
            )
            for kind, amount in (
                ("first_response", first_response),
                ("resolution", resolution),
            )
            if amount
        ]
        pause = {"stage_id": cls.awaiting.id, "reason": "Waiting for the customer"}
        return cls.env["vas.sla.policy"].create(
            {
                "name": name,
                "sequence": 1,
                "state": "active",
                "team_ids": [Command.set(cls.team.ids)],
                "target_ids": targets,
                "pause_rule_ids": [Command.create(pause)],
            }
            | values
        )

    @staticmethod
    def _utc(*args):
        """A Berlin clock time as Odoo stores it."""
        return datetime(*args, tzinfo=BERLIN).astimezone(UTC).replace(tzinfo=None)

    @contextmanager
    def _at(self, *args):
        """Do something at a Berlin clock time of March 2026: day, hour, minute."""
        day, hour, *rest = args
        moment = self._utc(2026, 3, day, hour, *rest)
        with freeze_time(moment):
            # create_date comes from the transaction otherwise
            self.env.cr._now = moment
            yield moment
        self.env.flush_all()

    def _ticket(self, **values):
        return self.env["helpdesk.ticket"].create(
            {
                "name": "Printer on fire",
                "description": "<p>Smoke</p>",
                "team_id": self.team.id,
                "partner_id": self.customer.id,
                "priority": "1",
            }
            | values
        )

    def _clock(self, ticket, kind="resolution"):
        clocks = ticket.with_context(active_test=False).vas_clock_ids
        return clocks.filtered(lambda clock: clock.kind == kind)

    def _apply(self, **changed):
        """Look at the effect of a change on open clocks and apply it."""
        action = self.env["vas.sla.apply"]._open(**changed)
        wizard = self.env["vas.sla.apply"].browse(action["res_id"])
        wizard.action_apply()
        return wizard

    def _local(self, value):
        """A stored instant as day, hour, minute in Berlin."""
        local = value.replace(tzinfo=UTC).astimezone(BERLIN)
        return (local.day, local.hour, local.minute)

    def _deadline(self, ticket, kind="resolution"):
        return self._local(self._clock(ticket, kind).deadline)

    def _state(self, ticket, kind="resolution"):
        clock = self._clock(ticket, kind)
        return clock._get_state(fields.Datetime.now())
