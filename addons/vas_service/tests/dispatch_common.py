from odoo import fields
from odoo.fields import Command
from odoo.tests import new_test_user

from .quiet_common import QuietCase


class DispatchCase(QuietCase):
    """Two stations that cover Z, an engineer each, and people of every role."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        ref, env = cls.env.ref, cls.env
        cls.dispatcher = new_test_user(
            env,
            "dsp_dispatcher",
            name="dsp_dispatcher",
            groups="vas_service.group_vas_dispatcher",
        )
        cls.other_dispatcher = new_test_user(
            env,
            "dsp_other",
            name="dsp_other",
            groups="vas_service.group_vas_dispatcher",
        )
        cls.engineer_user = new_test_user(
            env,
            "dsp_engineer",
            name="dsp_engineer",
            groups="vas_service.group_vas_engineer",
        )
        cls.manager = new_test_user(
            env,
            "dsp_manager",
            name="dsp_manager",
            groups="vas_service.group_vas_service_manager",
        )
        cls.team = env["fsm.team"].create({"name": "Dispatch test team"})
        cls.zone, cls.far = env["res.territory"].create(
            [{"name": "Zone Z"}, {"name": "Far away"}]
        )
        cls.calendar = ref("vas_service.calendar_always")
        cls.one, cls.two = (
            cls._station(name, cls.zone, capacity)
            for name, capacity in (("Station 1", 1), ("Station 2", 2))
        )
        cls.skill_type = env["hr.skill.type"].create(
            {
                "name": "Repair",
                "skill_level_ids": [
                    Command.create({"name": "level 1", "level_progress": 30}),
                    Command.create({"name": "level 2", "level_progress": 60}),
                ],
                "skill_ids": [Command.create({"name": "ATM repair"})],
            }
        )
        cls.atm = cls.skill_type.skill_ids
        cls.level_1, cls.level_2 = cls.skill_type.skill_level_ids.sorted(
            "level_progress"
        )
        cls.wang = cls._engineer("Wang", cls.one, cls.level_2)
        cls.li = cls._engineer("Li", cls.two, cls.level_1)
        cls.wang.partner_id = cls.engineer_user.partner_id
        cls.site = env["fsm.location"].create(
            {
                "name": "Branch of the bank",
                "owner_id": env.company.partner_id.id,
                "territory_id": cls.zone.id,
                "team_id": cls.team.id,
            }
        )

    @classmethod
    def _station(cls, name, area, capacity, **values):
        return cls.env["vas.service.station"].create(
            {
                "name": name,
                "calendar_id": cls.calendar.id,
                "coverage_ids": [
                    Command.create({"territory_id": area.id, "date_from": "2020-01-01"})
                ],
                "capacity_ids": [
                    Command.create(
                        {"orders_per_day": capacity, "date_from": "2020-01-01"}
                    )
                ],
                **values,
            }
        )

    @classmethod
    def _engineer(cls, name, station, level, **values):
        person = cls.env["fsm.person"].create(
            {"name": name, "vas_station_id": station.id, **values}
        )
        cls.env["fsm.person.skill"].create(
            {
                "person_id": person.id,
                "skill_id": cls.atm.id,
                "skill_level_id": level.id,
                "skill_type_id": cls.skill_type.id,
            }
        )
        return person

    @classmethod
    def _order(cls, count=1, **values):
        return cls.env["fsm.order"].create(
            [
                {"location_id": cls.site.id, "team_id": cls.team.id, **values}
                for _number in range(count)
            ]
        )

    @classmethod
    def _ticket(cls, **values):
        return cls.env["helpdesk.ticket"].create(
            {
                "name": "Machine stands still",
                "description": "It does.",
                "priority": "3",
                **values,
            }
        )

    @staticmethod
    def _ago(**delta):
        return fields.Datetime.subtract(fields.Datetime.now(), **delta)
