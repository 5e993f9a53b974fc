import json
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from random import Random

from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from .common import YEAR, VasKpiCase

DAY = datetime(2025, 3, 10)
MARCH = date(2025, 3, 1), date(2025, 3, 31)


class MetricCase(VasKpiCase):
    def measure(self, metric, subjects=None, period=YEAR, company=None):
        return metric._measure(
            self.vendors if subjects is None else subjects,
            *period,
            company or self.company,
        )

    @contextmanager
    def refused(self, words, error=ValidationError):
        """Expect a refusal with these words that leaves nothing behind."""
        with self.assertRaisesRegex(error, words), self.cr.savepoint():
            yield
        self.env.invalidate_all()

    def count_queries(self, metric, subjects):
        self.env.invalidate_all()
        metric.read()
        start = self.cr.sql_log_count
        self.measure(metric, subjects)
        return self.cr.sql_log_count - start


@tagged("post_install", "-at_install")
class TestExpressionMetric(MetricCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.orders = cls.make_metric("orders")
        cls.calls = cls.make_metric("calls-in", name="Calls")
        for vendor, orders, calls in zip(
            cls.vendors, (420, 5, None), (1000, 0, 7), strict=True
        ):
            if orders is not None:
                cls.observe(cls.orders, vendor, orders)
            cls.observe(cls.calls, vendor, calls)

    def expression(self, text, code="rate", **values):
        return self.make_metric(code, kind="expression", expression=text, **values)

    def test_values_zero_and_missing_with_their_reasons(self):
        rate = self.expression("(orders + 80) / {calls-in}", value_format="percent")
        first, second, third = self.vendors
        found = self.measure(rate)
        self.assertEqual(found[first.id].value, 0.5)
        self.assertEqual(
            rate._write_calculation(found[first.id].detail), "(420 + 80) ÷ 1,000"
        )
        self.assertIsNone(found[second.id].value)
        self.assertEqual(
            rate._describe_reason(found[second.id].detail), "no data: Calls is 0"
        )
        self.assertIsNone(found[third.id].value)
        self.assertEqual(
            rate._describe_reason(found[third.id].detail), "no data: Orders has none"
        )
        self.assertEqual(rate.expression_text, "(“Orders” + 80) ÷ “Calls”")

    def test_the_reason_comes_from_the_innermost_part(self):
        rate = self.expression("orders / {calls-in}")
        outer = self.expression("max(rate, 0) * 100", code="outer")
        found = self.measure(outer)[self.vendors[1].id]
        self.assertEqual(outer._describe_reason(found.detail), "no data: Calls is 0")
        self.assertEqual(outer._get_parts(), rate)

    def test_same_queries_for_one_and_many_subjects(self):
        rate = self.expression("orders / {calls-in}")
        many = self.env["res.partner"].create(
            [{"name": f"Many {number}"} for number in range(50)]
        )
        self.count_queries(rate, many)
        self.assertEqual(
            self.count_queries(rate, many[:1]), self.count_queries(rate, many)
        )

    def test_unknown_codes_cycles_and_other_subjects_are_refused(self):
        with self.refused("no metric with the code “nope”"):
            self.expression("orders / nope")
        with self.refused("not allowed"):
            self.expression("orders.unlink()")
        with self.refused("enter the expression"):
            self.expression("")
        user_metric = self.make_metric(
            "per-user", subject_model_id=self.env["ir.model"]._get("res.users").id
        )
        with self.refused("is measured for"):
            self.expression(f"orders + {{{user_metric.code}}}")
        first = self.expression("orders", code="first", name="First")
        second = self.expression("first + 1", code="second", name="Second")
        third = self.expression("second + 1", code="third", name="Third")
        with self.refused("First → Third → Second → First"):
            first.expression = "third * 2"
        ratio = self.make_metric(
            "ratio", kind="ratio", numerator_id=third.id, denominator_id=self.calls.id
        )
        with self.refused("First → Ratio → Third → Second"):
            first.expression = "orders / ratio"
        with self.refused("First → First"):
            first.expression = "first"
        self.assertEqual(first.expression, "orders")
        self.assertEqual(ratio._get_parts(), third | self.calls)
        self.assertEqual(second.part_ids, first)

    def test_parts_in_use_cannot_go_or_change_their_code(self):
        rate = self.expression("orders / {calls-in}", name="Rate")
        with self.refused("it is part of “Rate”", UserError):
            self.orders.unlink()
        with self.refused("expression of “Rate”"):
            self.orders.code = "work_orders"
        # Archived parts go on being measured for what uses them.
        self.orders.active = False
        self.assertEqual(self.measure(rate)[self.vendors[0].id].value, 0.42)
        rate.unlink()
        self.env["vas.observation"].search([]).unlink()
        self.orders.unlink()
        self.assertFalse(self.orders.exists())

    def test_a_metric_of_the_company_goes_before_a_shared_one(self):
        own = self.make_metric("orders", name="Own orders", company_id=self.company.id)
        rate = self.expression("orders * 2", company_id=self.company.id)
        self.assertEqual(rate.part_ids, own)
        shared = self.expression("orders * 2", code="shared")
        self.assertEqual(shared.part_ids, self.orders)


@tagged("post_install", "-at_install")
class TestRepeatMetric(MetricCase):
    """KPI-02 with both definitions; the catalogue's own example first."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.area, cls.agent, cls.other_agent = cls.vendors
        cls.company.partner_id.tz = "UTC"
        cls.call_type = cls.env.ref("vas_kpi.event_type_human_call")
        cls.by_agent = cls.env.ref("vas_kpi.metric_repeat_events_agent")
        cls.by_area = cls.env.ref("vas_kpi.metric_repeat_events_area")

    def call(self, minute, agent=None, number="13800000000", **values):
        return self.env["vas.event"].create(
            {
                "type_id": self.call_type.id,
                "time": values.pop("time", DAY + timedelta(hours=10, minutes=minute)),
                "partner_id": self.area.id,
                "actor_id": agent.id if agent else False,
                "is_connected": bool(agent),
                "group_key": number,
                **values,
            }
        )

    def rate(self, metric, subject, period=MARCH):
        found = self.measure(metric, period=period)[subject.id]
        return found.numerator, found.denominator

    def test_example_of_the_catalogue(self):
        self.call(0, self.agent)
        self.call(90)
        self.assertEqual(self.rate(self.by_agent, self.agent), (1, 1))
        # The last *connected* call is 150 minutes ago: not counted.
        self.call(150)
        self.assertEqual(self.rate(self.by_agent, self.agent), (1, 1))
        self.assertEqual(self.rate(self.by_area, self.area), (1, 1))
        action = self.by_agent._get_sources_action(self.agent.ids, *MARCH, self.company)
        repeats = self.env[action["res_model"]].search(action["domain"])
        self.assertEqual(repeats.mapped("time"), [DAY + timedelta(hours=11.5)])

    def test_bound_is_a_setting(self):
        self.call(0, self.agent)
        self.call(120)
        self.call(0, self.agent, number="2", time=DAY)
        self.call(0, number="2", time=DAY + timedelta(minutes=120, seconds=1))
        self.assertEqual(self.rate(self.by_agent, self.agent), (1, 2))
        self.by_agent.repeat_inclusive = False
        self.assertEqual(self.rate(self.by_agent, self.agent), (0, 2))
        self.by_agent.repeat_minutes = 121
        self.assertEqual(self.rate(self.by_agent, self.agent), (2, 2))

    def test_attribution_to_the_agent_of_the_last_connected_call(self):
        self.call(0, self.agent)
        self.call(30, self.other_agent)
        self.call(60)
        self.call(70, self.agent)
        self.assertEqual(self.rate(self.by_agent, self.agent), (1, 2))
        self.assertEqual(self.rate(self.by_agent, self.other_agent), (2, 1))
        # Area: one customer, however often he calls.
        self.assertEqual(self.rate(self.by_area, self.area), (1, 3))
        self.by_area.repeat_counts = "events"
        self.assertEqual(self.rate(self.by_area, self.area), (3, 3))
        self.by_agent.repeat_subject = "own"
        self.assertEqual(self.rate(self.by_agent, self.agent), (1, 2))

    def test_areas_do_not_mix(self):
        self.call(0, self.agent)
        self.call(10, self.other_agent, partner_id=self.other_agent.id)
        self.assertEqual(self.rate(self.by_area, self.other_agent), (0, 1))
        self.by_area.repeat_same_subject = False
        self.assertEqual(self.rate(self.by_area, self.other_agent), (1, 1))

    def test_time_may_run_from_the_end_of_the_call(self):
        self.call(0, self.agent, end_time=DAY + timedelta(hours=10, minutes=20))
        self.call(130)
        self.assertEqual(self.rate(self.by_agent, self.agent), (0, 1))
        self.by_agent.repeat_from_field = "end_time"
        self.assertEqual(self.rate(self.by_agent, self.agent), (1, 1))

    def test_the_first_call_of_a_month_looks_back(self):
        last = datetime(2025, 2, 28, 23, 30)
        self.call(0, self.agent, time=last)
        self.call(0, time=last + timedelta(hours=1))
        self.call(0, self.agent, number="9", time=last + timedelta(hours=2))
        self.assertEqual(self.rate(self.by_agent, self.agent), (1, 1))
        february = date(2025, 2, 1), date(2025, 2, 28)
        self.assertEqual(self.rate(self.by_agent, self.agent, february), (0, 1))

    def test_only_repeats_without_a_base_is_no_data(self):
        last = datetime(2025, 2, 28, 23, 30)
        self.call(0, self.agent, time=last)
        self.call(0, time=last + timedelta(hours=1))
        found = self.measure(self.by_agent, period=MARCH)[self.agent.id]
        self.assertIsNone(found.value)
        self.assertIn("denominators", self.by_agent._describe_reason(found.detail))
        self.assertIsNone(self.measure(self.by_agent)[self.other_agent.id].value)

    def test_dotted_path_to_the_vendor_of_the_agent(self):
        self.agent.parent_id = self.other_agent
        self.by_agent.subject_path = "actor_id.parent_id"
        self.call(0, self.agent)
        self.call(30)
        self.assertEqual(self.rate(self.by_agent, self.other_agent), (1, 1))

    def test_other_companies_and_types_do_not_count(self):
        company = self.env["res.company"].create({"name": "Other company"})
        other_type = self.env["vas.event.type"].create(
            {"name": "Visit", "code": "visit"}
        )
        self.call(0, self.agent)
        self.call(10, company_id=company.id)
        self.call(20, type_id=other_type.id)
        self.call(30, number=False)
        self.assertEqual(self.rate(self.by_agent, self.agent), (0, 1))

    def test_equals_a_plain_loop_over_random_calls(self):
        random = Random(7)
        agents = [self.agent, self.other_agent, None]
        self.env["vas.event"].create(
            [
                {
                    "type_id": self.call_type.id,
                    "time": DAY + timedelta(minutes=random.randrange(3000)),
                    "partner_id": self.area.id,
                    "group_key": str(random.randrange(12)),
                    "actor_id": agent.id if agent else False,
                    "is_connected": bool(agent),
                }
                for agent in random.choices(agents, k=300)
            ]
        )
        calls = self.env["vas.event"].search([], order="time, id")
        repeats, connected, last = {}, {}, {}
        for call in calls:
            before = last.get(call.group_key)
            if before and call.time - before.time <= timedelta(minutes=120):
                repeats[before.actor_id] = repeats.get(before.actor_id, 0) + 1
            if call.is_connected:
                last[call.group_key] = call
                connected[call.actor_id] = connected.get(call.actor_id, 0) + 1
        for agent in (self.agent, self.other_agent):
            self.assertEqual(
                self.rate(self.by_agent, agent), (repeats[agent], connected[agent])
            )

    def test_one_statement_for_any_number_of_subjects(self):
        self.call(0, self.agent)
        many = self.env["res.partner"].create(
            [{"name": f"Many {number}"} for number in range(50)]
        )
        self.count_queries(self.by_agent, many)
        one = self.count_queries(self.by_agent, many[:1])
        self.assertEqual(one, self.count_queries(self.by_agent, many))
        self.assertLessEqual(one, 3)

    def test_bad_settings_name_the_field(self):
        for values, words in (
            ({"repeat_minutes": 0}, "minutes within which"),
            ({"repeat_group_path": "nope"}, "Same customer by"),
            ({"repeat_previous_domain": "[('nope', '=', 1)]"}, "Event before"),
            ({"date_field": "source_key"}, "Date"),
            ({"subject_path": "type_id"}, "leads to"),
            ({"repeat_from_field": "note"}, "Time runs from"),
        ):
            with self.assertRaisesRegex(ValidationError, words), self.cr.savepoint():
                self.by_agent.write(values)


@tagged("post_install", "-at_install")
class TestMetricProblems(MetricCase):
    def contacts(self, **values):
        return self.make_metric(
            "contacts",
            name="Contacts",
            kind="aggregate",
            source_model_id=self.partner_model.id,
            subject_path="parent_id",
            **values,
        )

    def test_uninstalled_records_stop_one_metric_only(self):
        lost = self.contacts()
        healthy = self.make_metric("healthy")
        self.observe(healthy, self.vendors[0], 4)
        both = self.make_metric(
            "both", kind="expression", expression="healthy + contacts"
        )
        # What an uninstalled addon leaves behind.
        lost.flush_recordset()
        self.cr.execute(
            "UPDATE vas_metric SET source_model_id = NULL, source_model = 'gone.model'"
            " WHERE id = %s",
            [lost.id],
        )
        self.env.invalidate_all()
        self.assertIn("not installed any more", lost.problem)
        self.assertFalse(healthy.problem)
        found = self.measure(lost)[self.vendors[0].id]
        self.assertIsNone(found.value)
        self.assertRegex(
            lost._describe_reason(found.detail), "^error: .*not installed any more"
        )
        self.assertEqual(self.measure(healthy)[self.vendors[0].id].value, 4)
        outer = self.measure(both)[self.vendors[0].id]
        self.assertIn("not installed", both._describe_reason(outer.detail))
        with self.assertRaisesRegex(UserError, "not installed any more"):
            lost._get_sources_action(self.vendors.ids, *YEAR, self.company)
        # A scorecard with it goes on; the cell says what is wrong.
        card = self.make_scorecard(
            [
                ("lost", "all", lost, self.identity, 100),
                ("healthy", "all", healthy, self.identity, 100),
            ]
        )
        result = card._assess(self.vendors[:1], *YEAR)
        by_code = {line.criterion_id.code: line for line in result.line_ids}
        self.assertIn("not installed any more", by_code["lost"].formula)
        self.assertEqual(by_code["healthy"].value, 4)

    def test_deleting_a_model_keeps_the_metric(self):
        model = self.env["ir.model"].create(
            {
                "name": "Own list",
                "model": "x_own_list",
                "field_id": [
                    (
                        0,
                        0,
                        {
                            "name": "x_contact_id",
                            "ttype": "many2one",
                            "relation": "res.partner",
                            "field_description": "Contact",
                        },
                    ),
                ],
            }
        )
        metric = self.make_metric(
            "own",
            kind="aggregate",
            source_model_id=model.id,
            subject_path="x_contact_id",
        )
        self.env["x_own_list"].create({"x_contact_id": self.vendors[0].id})
        self.assertEqual(self.measure(metric)[self.vendors[0].id].value, 1)
        model.unlink()
        self.assertTrue(metric.exists())
        self.assertIn("choose the records", metric.problem)
        self.assertIsNone(self.measure(metric)[self.vendors[0].id].value)

    def test_currencies_are_converted_on_the_last_day(self):
        other = self.env["res.currency"].create(
            {
                "name": "XKP",
                "symbol": "X",
                "rate_ids": [
                    (0, 0, {"name": "2025-01-01", "rate": 2.0}),
                    (0, 0, {"name": "2026-01-01", "rate": 100.0}),
                ],
            }
        )
        model = self.env["ir.model"].create(
            {
                "name": "Own amounts",
                "model": "x_amounts",
                "field_id": [
                    (
                        0,
                        0,
                        {
                            "name": name,
                            "ttype": kind,
                            "field_description": name,
                            **more,
                        },
                    )
                    for name, kind, more in (
                        ("x_contact_id", "many2one", {"relation": "res.partner"}),
                        ("x_currency_id", "many2one", {"relation": "res.currency"}),
                        ("x_amount", "monetary", {"currency_field": "x_currency_id"}),
                    )
                ],
            }
        )
        metric = self.make_metric(
            "amounts",
            kind="aggregate",
            source_model_id=model.id,
            subject_path="x_contact_id",
            aggregate="sum",
            measure_field="x_amount",
            value_format="money",
        )
        self.assertIn("converted", metric.hint)
        first, second, _third = self.vendors
        own = self.company.currency_id
        self.env["x_amounts"].create(
            [
                {"x_contact_id": v.id, "x_currency_id": c.id, "x_amount": amount}
                for v, c, amount in (
                    (first, own, 100),
                    (first, other, 50),
                    (first, other, 30),
                    (second, own, 10),
                    (second, self.env["res.currency"], 5),
                )
            ]
        )
        for aggregate, expected in (
            ("sum", 140),
            ("avg", 140 / 3),
            ("min", 15),
            ("max", 100),
        ):
            metric.aggregate = aggregate
            found = self.measure(metric)
            self.assertAlmostEqual(found[first.id].value, expected, msg=aggregate)
            self.assertIsNone(found[second.id].value)
        self.assertEqual(
            metric._describe_reason(found[second.id].detail),
            "no data: 1 records without a currency",
        )

    def test_preview_of_an_unsaved_metric_keeps_nothing(self):
        before = self.env["vas.metric"].search_count([])
        contact = self.env["res.partner"].create(
            {"name": "Child", "parent_id": self.vendors[0].id}
        )
        draft = {
            "kind": "aggregate",
            "subject_model_id": self.partner_model.id,
            "source_model_id": self.partner_model.id,
            "subject_path": "parent_id",
            "domain": f"[('id', '=', {contact.id})]",
            "window": "period",
            "aggregate": "count",
        }
        preview = self.make_preview(draft)
        preview.action_preview()
        self.assertEqual(preview.line_ids.mapped("name"), ["Vendor 1"])
        self.assertEqual(preview.line_ids.value, 1)
        action = preview.line_ids.action_open_sources()
        self.assertEqual(action["target"], "new")
        self.assertEqual(self.env["res.partner"].search(action["domain"]), contact)
        self.assertEqual(self.env["vas.metric"].search_count([]), before)
        # Unsaved changes of a saved metric are tried, the metric stays as it is.
        metric = self.contacts()
        preview = self.make_preview({"domain": "[('id', '=', 0)]"}, metric)
        preview.action_preview()
        self.assertFalse(preview.line_ids)
        self.assertEqual(metric.domain, "[]")
        with self.assertRaisesRegex(ValidationError, "Path to the subject"):
            self.make_preview({**draft, "subject_path": "name"}).action_preview()
        with self.assertRaisesRegex(UserError, "Save the metric first"):
            self.make_preview({"nope": 1}).action_preview()
        self.assertEqual(self.env["vas.metric"].search_count([]), before + 1)

    def make_preview(self, draft, metric=None):
        return self.env["vas.metric.preview"].create(
            {
                "metric_id": metric.id if metric else False,
                "draft": json.dumps(draft),
                "date_from": YEAR[0],
                "date_to": YEAR[1],
            }
        )

    def test_preview_shows_why_there_is_no_value(self):
        calls = self.make_metric("calls", name="Calls")
        rate = self.make_metric("rate", kind="expression", expression="1 / calls")
        self.observe(calls, self.vendors[0], 0)
        self.observe(calls, self.vendors[1], 4)
        preview = self.env["vas.metric.preview"].create(
            {"metric_id": rate.id, "date_from": YEAR[0], "date_to": YEAR[1]}
        )
        preview.action_preview()
        shown = {line.name: line for line in preview.line_ids}
        self.assertEqual(shown["Vendor 2"].calculation, "1 ÷ 4")
        self.assertEqual(shown["Vendor 1"].value_text, "no data: Calls is 0")
