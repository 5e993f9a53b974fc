"""RPT-01…07: figures, totals of every grouping, rules as records, the printed table."""

from datetime import datetime, timedelta

from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command, Domain
from odoo.tests import TransactionCase, new_test_user, tagged
from odoo.tools import mute_logger

MARCH = datetime(2026, 3, 2, 1, 0)
HOUR = timedelta(hours=1)


@tagged("post_install", "-at_install")
class TestServiceReports(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(
            context=dict(
                cls.env.context,
                tracking_disable=True,
                no_reset_password=True,
                vas_sla_replay=True,
                tz="Asia/Shanghai",
                lang="en_US",
            )
        )
        env = cls.env
        cls.kind, cls.other_kind = env["vas.device.type"].create(
            [{"name": "Report ATM"}, {"name": "Report printer"}]
        )
        cls.brand = env["vas.device.brand"].create({"name": "Report brand"})
        cls.model, cls.other_model = env["vas.device.model"].create(
            [
                {"name": name, "type_id": kind.id, "brand_id": cls.brand.id}
                for name, kind in (("R-1", cls.kind), ("R-2", cls.other_kind))
            ]
        )
        cls.provider, cls.other_provider = env["res.partner"].create(
            [{"name": f"Report provider {n}", "is_company": True} for n in (1, 2)]
        )
        cls.bank = env["res.partner"].create({"name": "Report bank"})
        cls.fault_type = env["vas.fault.type"].create({"name": "Report fault"})
        site = env["res.partner"].create({"name": "Report site"})
        cls.site = env["fsm.location"].create(
            {"name": "Report site", "partner_id": site.id, "owner_id": site.id}
        )
        cls.station = env["vas.service.station"].create({"name": "Report station"})
        cls.person = env["fsm.person"].create(
            {"name": "Report engineer", "vas_station_id": cls.station.id}
        )
        cls.devices = cls._devices(40)
        cls.rule = env.ref("vas_service.abnormal_rule_default")

    @classmethod
    def _devices(cls, number, name="RD", **values):
        return cls.env["fsm.equipment"].create(
            [
                {
                    "name": f"{name}-{index}",
                    "vas_model_id": cls.model.id,
                    "vas_owner_id": cls.bank.id,
                    "vas_provider_id": cls.provider.id,
                    "vas_installed_on": "2025-01-15",
                    **values,
                }
                for index in range(number)
            ]
        )

    @classmethod
    def _faults(cls, faults, **values):
        """Tickets of (device, moment of the report, hours)."""
        return cls.env["helpdesk.ticket"].create(
            [
                {
                    "name": "Fault",
                    "description": "-",
                    "vas_equipment_id": device.id,
                    "vas_reported_at": at,
                    "vas_repaired_at": at + hours * HOUR,
                    "vas_fault_type_id": cls.fault_type.id,
                    **values,
                }
                for device, at, hours in faults
            ]
        )

    @classmethod
    def _visits(cls, visits, **values):
        """Work orders of (ticket, departure, hours on the way, of repair, km).

        The faults keep the end that the test gave them.
        """
        ends = {ticket: ticket.vas_repaired_at for ticket, *_rest in visits}
        orders = cls.env["fsm.order"].create(
            [
                {
                    "ticket_id": ticket.id,
                    "location_id": cls.site.id,
                    "vas_station_id": cls.station.id,
                    "person_id": cls.person.id,
                    "vas_accepted_at": at,
                    "vas_departed_at": at,
                    "vas_arrived_at": at + way * HOUR,
                    "vas_repaired_at": at + (way + repair) * HOUR,
                    "vas_distance_km": km,
                    **values,
                }
                for ticket, at, way, repair, km in visits
            ]
        )
        cls.env.flush_all()
        for ticket, end in ends.items():
            ticket.vas_repaired_at = end
        return orders

    def _report(self, name):
        return self.env[f"vas.service.report.{name}"]

    def _march(self, field="month"):
        return Domain(field, ">=", "2026-03-01") & Domain(field, "<=", "2026-03-31")

    def _operation(self, domain, groupby=()):
        return self._report("device")._read_group(
            Domain("type_id", "in", (self.kind | self.other_kind).ids) & domain,
            groupby,
            [
                *("device_count:sum", "fault_hours:sum", "device_fault_hours:avg"),
                *("fault_count:sum", "device_fault_count:avg"),
            ],
        )

    # -- RPT-01, RPT-02 -----------------------------------------------------

    def test_operation_counts_devices_without_faults(self):
        """40 devices, 120 h, 30 faults: 3.00 h and 0.75 per device."""
        self._faults([(d, MARCH, 4) for d in self.devices[:30]])
        ((*found,),) = self._operation(self._march())
        self.assertEqual(found, [40, 120, 3.0, 30, 0.75])

    def test_operation_without_devices_divides_by_nothing(self):
        nothing = Domain("type_id", "=", self.other_kind.id) & self._march()
        self.assertEqual(self._operation(nothing, ["type_id"]), [])
        ((count, *_others, per_device),) = self._operation(nothing)
        self.assertEqual((count, per_device), (0, False))

    def test_every_subtotal_is_a_ratio_of_sums(self):
        """Against hand-written SQL, and not the average of the parts' averages."""
        small = self._devices(
            2, "RS", vas_model_id=self.other_model.id, vas_installed_on="2026-03-20"
        )
        april = MARCH + timedelta(days=31)
        self._faults([(d, MARCH, 4) for d in self.devices[:30]])
        self._faults([(small[0], april, 50), (small[0], april, 10)])
        self._faults([(self.devices[0], april, 6)])
        period = Domain("month", ">=", "2026-03-01") & Domain(
            "month", "<=", "2026-04-30"
        )
        self.env.flush_all()
        self.env.cr.execute(
            """
            SELECT device.vas_type_id, COUNT(DISTINCT device.id),
                SUM(fault.vas_fault_hours), COUNT(fault.id)
            FROM fsm_equipment AS device
            LEFT JOIN helpdesk_ticket AS fault ON fault.vas_equipment_id = device.id
            WHERE device.vas_type_id IN %s
            GROUP BY ROLLUP (device.vas_type_id)
            """,
            [(self.kind | self.other_kind)._ids],
        )
        expected = {
            kind: (devices, hours, hours / devices, faults, faults / devices)
            for kind, devices, hours, faults in self.env.cr.fetchall()
        }
        found = {kind.id: row for kind, *row in self._operation(period, ["type_id"])}
        found[None] = self._operation(period)[0]
        self.assertEqual(set(found), set(expected))
        for kind, row in expected.items():
            for mine, theirs in zip(found[kind], row, strict=True):
                self.assertAlmostEqual(mine, theirs, places=6)
        self.assertEqual(found[None][0], 42, "a device counts once in two months")
        averages = [found[kind.id][2] for kind in (self.kind, self.other_kind)]
        self.assertNotAlmostEqual(found[None][2], sum(averages) / 2)

    def test_devices_are_counted_alike_however_they_are_asked_for(self):
        """The quick ways of counting give what telling devices apart gives."""
        self._faults(
            [
                (device, MARCH + number * 20 * 24 * HOUR, number)
                for number, device in enumerate(self.devices[:5])
            ]
        )
        kind = Domain("type_id", "=", self.kind.id)
        spring = Domain("month", ">=", "2026-03-10") & Domain(
            "month", "<=", "2026-05-31"
        )
        sets = [[], ["month:month"], ["model_id"], ["model_id", "month:month"]]
        figures = [
            *("__count", "device_count:sum", "fault_count:sum", "fault_hours:sum"),
            *("device_fault_hours:avg", "visit_count:sum", "device_repair_hours:avg"),
        ]
        for name in ("device", "satisfaction"):
            report = self._report(name)
            # Months of the devices are no rows of their own where answers are read.
            asked = figures if name == "device" else ["device_count:sum", "rate:avg"]
            for domain in (kind, kind & spring):
                # No row is left out, but the question is no longer a simple one.
                apart = domain & (Domain("id", ">", 0) | Domain("id", "<=", 0))
                with self.subTest(report=name, domain=domain):
                    self.assertEqual(
                        report._read_grouping_sets(domain, sets, asked),
                        report._read_grouping_sets(apart, sets, asked),
                    )
                    for groups in (*sets, ["month:quarter"], ["provider_id"]):
                        self.assertEqual(
                            report._read_group(domain, groups, asked),
                            report._read_group(apart, groups, asked),
                        )

    def test_the_pivot_reads_the_same_figures(self):
        self._faults([(d, MARCH, 4) for d in self.devices[:30]])
        domain = Domain("type_id", "=", self.kind.id) & self._march()
        sets = self._report("device").formatted_read_grouping_sets(
            list(domain),
            [[], ["type_id"], ["type_id", "month:month"]],
            ["device_count:sum", "device_fault_hours:avg", "device_fault_count:avg"],
        )
        for groups in sets:
            (group,) = groups
            self.assertEqual(group["device_count:sum"], 40)
            self.assertEqual(group["device_fault_hours:avg"], 3.0)
            self.assertEqual(group["device_fault_count:avg"], 0.75)

    def test_month_is_that_of_the_reader(self):
        """1 March 00:30 in Shanghai is still February in UTC."""
        self._faults([(self.devices[0], datetime(2026, 2, 28, 16, 30), 1)])
        self.assertEqual(self._operation(self._march())[0][3], 1)

    def test_withdrawn_doubled_and_archived(self):
        stage = self.env.ref("helpdesk_mgmt.helpdesk_ticket_stage_cancelled")
        tickets = self._faults([(self.devices[0], MARCH, 1)] * 4)
        tickets[1].stage_id = stage
        tickets[2].duplicate_id = tickets[0]
        tickets[3].active = False
        self.assertEqual(self._operation(self._march())[0][3], 1)
        self.devices[0].active = False
        self.assertEqual(self._operation(self._march())[0][0], 40, "it was in use")
        april = Domain("month", "=", "2026-04-01")
        self.assertEqual(self._operation(april)[0][0], 39, "gone after its last fault")

    def test_maintenance_and_the_tickets_behind(self):
        faults = self._faults([(d, MARCH, 4) for d in self.devices[:2]])
        april = MARCH + timedelta(days=31)
        self._visits([(faults[0], MARCH, 1, 2, 10), (faults[1], april, 1, 5, 10)])
        report = self._report("device")
        aggregates = ["visit_count:sum", "repair_hours:sum", "device_repair_hours:avg"]
        mine = Domain("type_id", "=", self.kind.id)
        ((*found,),) = report._read_group(mine & self._march(), [], aggregates)
        self.assertEqual(found, [1, 2, 2 / 40])
        row = report.search(
            Domain("equipment_id", "=", self.devices[1].id)
            & Domain("month", "=", "2026-04-01")
        )
        self.assertEqual(row.repair_hours, 5)
        domain = row.action_open_source()["domain"]
        self.assertEqual(self.env["helpdesk.ticket"].search(domain), faults[1])
        march = report.search(
            Domain("equipment_id", "=", self.devices[0].id) & self._march()
        )
        domain = (row | march).action_open_source()["domain"]
        self.assertEqual(self.env["helpdesk.ticket"].search(domain), faults)

    # -- RPT-03, RPT-04 -----------------------------------------------------

    def _duration(self, groupby=(), aggregates=()):
        return self._report("duration")._read_group(
            Domain("person_id", "=", self.person.id), groupby, aggregates
        )

    def test_averages_are_per_visit(self):
        """25 trips, 37.5 h, 600 km: 1.5 h and 24 km."""
        (fault,) = self._faults([(self.devices[0], MARCH, 60)])
        self._visits(
            [
                (fault, MARCH + index * 24 * HOUR, 1.5, index % 3, 24)
                for index in range(25)
            ]
        )
        ((*found,),) = self._duration(
            aggregates=[
                *("task_count:sum", "departure_hours:sum", "avg_departure_hours:avg"),
                *("distance_km:sum", "avg_distance_km:avg", "fault_hours:sum"),
                "avg_fault_hours:avg",
            ]
        )
        self.assertEqual(found, [25, 37.5, 1.5, 600, 24, 60, 60])
        ((_provider, average),) = self._duration(
            ["provider_id"], ["avg_repair_hours:avg"]
        )
        self.assertAlmostEqual(average, sum(i % 3 for i in range(25)) / 25)

    def test_unfinished_and_cancelled_visits_do_not_count(self):
        (fault,) = self._faults([(self.devices[0], MARCH, 1)])
        visits = self._visits([(fault, MARCH, 1, 1, 5)] * 3)
        self.env.cr.execute(
            "UPDATE fsm_order SET vas_repaired_at = NULL WHERE id = %s",
            [visits[0].id],
        )
        self.env.cr.execute(
            "UPDATE fsm_order SET vas_cancelled_at = now() WHERE id = %s",
            [visits[1].id],
        )
        self.env.invalidate_all()
        self.assertEqual(self._duration(aggregates=["task_count:sum"]), [(1,)])

    def test_overload_counts_once_per_engineer_and_day(self):
        self.person.vas_capacity_orders = 2
        self.person.vas_capacity_hours = 4
        rules = self.env["vas.overload.rule"].search([("active", "=", True)])
        rules.active = False
        rule = rules.create(
            {"name": "Report", "measure": "orders", "busy_percent": 80}
            | {"over_percent": 100}
        )
        (fault,) = self._faults([(self.devices[0], MARCH, 1)])
        visits = [(fault, MARCH + hour * HOUR, 0.5, 1, 5) for hour in range(5)]
        visits += [(fault, MARCH + 24 * HOUR, 0.5, 1, 5)] * 2
        self._visits(visits)
        aggregates = ["overload_days:sum", "overload_tasks:sum", "overload_hours:sum"]
        self.assertEqual(self._duration(aggregates=aggregates), [(1, 3, 0)])
        rule.measure = "either"
        self.assertEqual(self._duration(aggregates=aggregates), [(1, 3, 3.5)])
        rule.over_percent = 300
        self.assertEqual(self._duration(aggregates=aggregates), [(0, 0, 0)])

    # -- RPT-05 -------------------------------------------------------------

    def _answers(self, counts):
        rule = self.env.ref("vas_service.satisfaction_rule_default")
        scores = [score for score, count in counts for _index in range(count)]
        faults = self._faults(
            [(self.devices[i % 20], MARCH, 1) for i in range(len(scores))],
            vas_provider_id=self.provider.id,
        )
        return self.env["vas.satisfaction.request"].create(
            [
                {
                    "rule_id": rule.id,
                    "ticket_id": fault.id,
                    "partner_id": self.bank.id,
                    "state": "answered",
                    "answered_at": MARCH,
                    "score": score,
                }
                for fault, score in zip(faults, scores, strict=True)
            ]
        )

    def _satisfaction(self, groupby=()):
        return self._report("satisfaction")._read_group(
            Domain("type_id", "=", self.kind.id) & self._march(),
            groupby,
            [
                *("device_count:sum", "very_count:sum", "satisfied_count:sum"),
                *("dissatisfied_count:sum", "answer_count:sum", "rate:avg"),
            ],
        )

    def test_satisfaction_and_its_rate(self):
        """60 / 30 / 10: 100 answers; (60 + 30) / 100 = 90 %."""
        self._answers([(5, 60), (3, 30), (1, 10)])
        ((*found,),) = self._satisfaction()
        self.assertEqual(found, [40, 60, 30, 10, 100, 90.0])
        ((provider, *found),) = self._satisfaction(["provider_id"])
        self.assertEqual(provider, self.provider)
        self.assertEqual(found, [40, 60, 30, 10, 100, 90.0])
        self.env.ref("vas_service.satisfaction_level_satisfied").counts = False
        self.assertEqual(self._satisfaction()[0][-1], 60.0, "a rule, not a program")
        self.env.ref("vas_service.satisfaction_level_very").score_from = 5
        self.env.ref("vas_service.satisfaction_level_satisfied").score_from = 1
        self.assertEqual(self._satisfaction()[0][1:4], (60, 40, 0))

    def test_no_answers_no_rate(self):
        self._faults([(self.devices[0], MARCH, 1)])
        ((devices, *_counts, rate),) = self._satisfaction()
        self.assertEqual((devices, rate), (40, False))

    def test_two_levels_cannot_begin_at_the_same_answer(self):
        unique = "vas_satisfaction_level_score_uniq"
        with self.assertRaisesRegex(IntegrityError, unique), mute_logger("odoo.sql_db"):
            self.env["vas.satisfaction.level"].create(
                {"name": "Twice", "score_from": 4, "column": "very"}
            )

    # -- RPT-06 -------------------------------------------------------------

    def _abnormal(self):
        self.env.invalidate_all()
        return self._report("abnormal").search(
            [("equipment_id", "in", self.devices.ids)]
        )

    def test_limits_are_exceeded_not_reached(self):
        """Limit 8 h: 9 h is listed, 8 h is not."""
        self._faults([(self.devices[0], MARCH, 9), (self.devices[1], MARCH, 8)])
        row = self._abnormal()
        self.assertEqual(row.equipment_id, self.devices[0])
        self.assertEqual((row.long_fault_hours, row.is_long_fault), (9, True))
        self.rule.fault_over = 7.5
        self.assertEqual(len(self._abnormal()), 2, "the limit is a record")
        self.rule.fault_over = 0
        self.assertFalse(self._abnormal(), "0: not looked at")

    def test_own_limits_of_a_model(self):
        self.rule.copy(
            {
                "name": "R-1",
                "sequence": 1,
                "company_id": self.env.company.id,
                "model_id": self.model.id,
                "fault_over": 100,
            }
        )
        self._faults([(self.devices[0], MARCH, 9)])
        self.assertFalse(self._abnormal())

    def test_repeats_in_rolling_days_or_in_the_month(self):
        device, other = self.devices[:2]
        self._faults(
            [
                (device, datetime(2026, 3, 25, 1), 1),
                (device, datetime(2026, 4, 10, 1), 1),
                (other, datetime(2026, 3, 1, 1), 1),
                (other, datetime(2026, 3, 31, 1), 1),
            ]
        )
        row = self._abnormal()
        self.assertEqual((row.equipment_id, row.month.month), (device, 4))
        self.assertEqual(row.repeat_count, 2)
        domain = row.action_open_source()["domain"]
        self.assertEqual(self.env["helpdesk.ticket"].search_count(domain), 2)
        self.rule.window_days = 31
        self.assertEqual(self._abnormal().equipment_id, device | other)
        self.rule.window = "calendar"
        row = self._abnormal()
        self.assertEqual((row.equipment_id, row.month.month), (other, 3))
        self.rule.repeat_count = 3
        self.assertFalse(self._abnormal())
        check = "repeat_check"
        with self.assertRaisesRegex(IntegrityError, check), mute_logger("odoo.sql_db"):
            self.rule.repeat_count = 1
            self.env.flush_all()

    def test_waiting_is_shown_by_mapped_reasons_and_never_twice(self):
        (fault,) = self._faults([(self.devices[0], MARCH, 40)])
        (visit,) = self._visits([(fault, MARCH, 1, 20, 5)])
        parts, sent = (
            self.env.ref(f"vas_service.dispatch_reason_{name}")
            for name in ("parts", "sent")
        )
        self.env["vas.dispatch.event"].create(
            [
                {
                    "order_id": visit.id,
                    "kind": "wait",
                    "reason_id": reason.id,
                    "date": MARCH + begin * HOUR,
                    "date_end": MARCH + end * HOUR,
                }
                for reason, begin, end in ((parts, 2, 8), (sent, 10, 13))
            ]
        )
        policy = self.env.ref("vas_service.sla_policy_grade_a")
        clock = self.env["vas.sla.clock"].create(
            {
                "res_model": "helpdesk.ticket",
                "res_id": fault.id,
                "ticket_id": fault.id,
                "company_id": fault.company_id.id,
                "policy_id": policy.id,
                "target_id": policy.target_ids[0].id,
                "kind": "resolution",
                "key": "resolution",
                "start": MARCH,
                "deadline": MARCH + 40 * HOUR,
            }
        )
        self.env["vas.sla.event"].create(
            [
                {
                    "clock_id": clock.id,
                    "kind": kind,
                    "date": MARCH + at * HOUR,
                    "reason": reason,
                }
                for kind, at, reason in (
                    ("pause", 4, "等待配件：读卡器"),
                    ("resume", 9, "-"),
                    ("pause", 14, "Waiting for the customer"),
                    ("resume", 16, "-"),
                    ("pause", 17, "Lunch"),
                    ("resume", 18, "-"),
                )
            ]
        )
        row = self._abnormal()
        self.assertEqual(row.parts_hours, 7, "2–8 and 4–9 overlap: 2–9")
        self.assertEqual(row.customer_hours, 2)
        self.assertEqual(row.sending_hours, 3)
        self.assertEqual((row.long_fault_hours, row.long_repair_hours), (40, 20))
        kind = self.env.ref("vas_service.wait_kind_customer")
        kind.words = f"{kind.words}\nlunch"
        self.assertEqual(self._abnormal().customer_hours, 3)
        kind.words = "100%"
        self.assertEqual(self._abnormal().customer_hours, 0, "no wildcard")
        with self.assertRaises(ValidationError):
            kind.write({"words": False, "reason_ids": [Command.clear()]})

    # -- RPT-07 -------------------------------------------------------------

    def test_faults_per_device_of_the_model(self):
        """All devices of the model count, and the filters on devices hold for both."""
        self._faults([(d, MARCH, 1) for d in self.devices[:10]])
        self._devices(10, "RO", vas_provider_id=self.other_provider.id)
        aggregates = ["fault_count:sum", "device_count:sum", "device_fault_count:avg"]
        report = self._report("fault")
        mine = Domain("model_id", "=", self.model.id)
        ((fault_type, *found),) = report._read_group(
            mine, ["fault_type_id"], aggregates
        )
        self.assertEqual(fault_type, self.fault_type)
        self.assertEqual(found, [10, 50, 0.2])
        mine &= Domain("provider_id", "=", self.provider.id)
        self.assertEqual(report._read_group(mine, [], aggregates), [(10, 40, 0.25)])
        # What a caller says of devices in the context is not heard.
        spoofed = report.with_context(vas_devices=[("id", "=", 0)])
        self.assertEqual(spoofed._read_group(mine, [], aggregates), [(10, 40, 0.25)])

    def test_reasons_with_what_was_done(self):
        reason = self.env["vas.fault.reason"].create({"name": "Worn out"})
        (fault,) = self._faults(
            [(self.devices[0], MARCH, 1)],
            vas_fault_reason_id=reason.id,
            vas_resolution="Belt replaced",
        )
        row = self._report("fault").search([("ticket_id", "=", fault.id)])
        self.assertEqual(row.fault_reason_id, reason)
        self.assertEqual(row.resolution, "Belt replaced")
        self.assertEqual(row.owner_id, self.bank)

    # -- the printed table --------------------------------------------------

    def _sheet(self, report, **values):
        return self.env["vas.service.report.print"].create(
            {
                "report": report,
                "date_from": "2026-03-01",
                "date_to": "2026-03-31",
                "type_ids": [Command.set(self.kind.ids)],
                **values,
            }
        )

    def test_the_table_of_the_catalogue(self):
        self._faults([(d, MARCH, 4) for d in self.devices[:30]])
        sheet = self._sheet("operation")._get_sheet()
        self.assertEqual(
            [column["name"] for column in sheet["columns"]],
            [
                *("Type", "Brand", "Model", "Area", "Devices"),
                *("Fault time (h)", "Fault time per device (h)"),
                *("Faults", "Faults per device"),
            ],
        )
        figures = ["40", "120.00", "3.00", "30", "0.75"]
        self.assertEqual(
            sheet["rows"],
            [["Report ATM", "Report brand", self.model.display_name, "", *figures]],
        )
        self.assertEqual(sheet["totals"], ["", "", "", "", *figures])
        self.assertEqual(sheet["filters"], [("Type", "Report ATM")])

    def test_month_by_month(self):
        self._faults([(self.devices[0], MARCH, 4)])
        wizard = self._sheet("operation", date_to="2026-04-30")
        self.assertTrue(wizard.by_month)
        rows = wizard._get_sheet()["rows"]
        self.assertEqual([row[0] for row in rows], ["2026-03", "2026-04"])

    def test_all_reports_print(self):
        faults = self._faults([(d, MARCH, 9) for d in self.devices[:2]])
        self._visits([(fault, MARCH, 1, 2, 10) for fault in faults])
        for report in self._sheet("operation")._fields["report"].get_values(self.env):
            with self.subTest(report=report):
                wizard = self._sheet(report)
                html, _kind = self.env["ir.actions.report"]._render_qweb_html(
                    "vas_service.report_service_report", wizard.ids
                )
                self.assertIn(wizard._get_title(), html.decode())
                self.assertTrue(wizard._get_sheet()["rows"])
                action = wizard.action_show()
                model = self.env[action["res_model"]]
                self.assertTrue(model.search_count(action["domain"]))

    def test_too_many_lines_are_refused(self):
        parameters = self.env["ir.config_parameter"]
        parameters.set_param("vas_service.report_max_rows", 2)
        self._faults([(d, MARCH, 9) for d in self.devices[:3]])
        with self.assertRaisesRegex(UserError, "more than 2 lines"):
            self._sheet("reason")._get_sheet()

    def test_queries_do_not_grow_with_the_devices(self):
        def queries(number, name):
            kind = self.kind.copy({"name": name})
            model = self.model.copy({"name": name, "type_id": kind.id})
            devices = self._devices(number, name, vas_model_id=model.id)
            self._faults([(device, MARCH, 9) for device in devices])
            wizard = self._sheet("abnormal", type_ids=[Command.set(kind.ids)])
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.assertEqual(len(wizard._get_sheet()["rows"]), number)
            return self.env.cr.sql_log_count - before

        queries(1, "warm")
        self.assertEqual(queries(1, "one"), queries(30, "many"))

    # -- rights -------------------------------------------------------------

    def test_rights(self):
        officer, user = (
            new_test_user(
                self.env, f"report_{group}", f"vas_service.group_vas_service_{group}"
            )
            for group in ("officer", "user")
        )
        self._faults([(self.devices[0], MARCH, 9)])
        report = self._report("abnormal")
        self.assertTrue(report.with_user(officer).search([("month", "!=", False)]))
        sheet = self._sheet("abnormal").with_user(officer)
        wizard = sheet.create({"report": "abnormal"})
        self.assertEqual(wizard._get_sheet()["title"], "Abnormal service")
        with self.assertRaises(AccessError):
            self.rule.with_user(officer).write({"fault_over": 1})
        for name in ("device", "duration", "satisfaction", "abnormal", "fault"):
            with self.assertRaises(AccessError):
                self._report(name).with_user(user).search([("id", "!=", 0)])

    def test_companies_are_apart(self):
        self._faults([(self.devices[0], MARCH, 9)])
        company = self.env["res.company"].create({"name": "Report company"})
        stranger = new_test_user(
            self.env,
            "report_stranger",
            "vas_service.group_vas_service_manager",
            company_id=company.id,
            company_ids=[Command.set(company.ids)],
        )
        for name in ("device", "abnormal", "fault"):
            report = self._report(name).with_user(stranger)
            self.assertFalse(report.search([("type_id", "=", self.kind.id)]))
