from datetime import datetime

from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, tagged

from .common import VasKpiCase


@tagged("post_install", "-at_install")
class TestEventImport(VasKpiCase, HttpCase):
    def rows(self, count=1, **values):
        return [
            {
                "type": "human_call",
                "key": f"C-{number}",
                "time": "2025-06-30T16:15:00+08:00",
                "end_time": "2025-06-30 08:20:00",
                "number": "13800000000",
                "connected": True,
                "about": self.vendors[0].id,
                "handled_by": self.vendors[1].id,
                **values,
            }
            for number in range(count)
        ]

    def test_calls_come_in_once_over_http(self):
        officer = self.make_user("event_officer", "officer")
        key = (
            self.env["res.users.apikeys"]
            .with_user(officer)
            .sudo()
            ._generate("rpc", "Telephone system", None)
        )

        def send(rows, **more):
            answer = self.url_open(
                "/json/2/vas.event/import_rows",
                json={"rows": rows, **more},
                headers={"Authorization": f"bearer {key}"},
            )
            self.assertEqual(answer.status_code, 200, answer.text)
            return answer.json()

        rows = self.rows(2)
        self.assertEqual(send(rows)["created"], 2)
        self.assertEqual(send(rows)["known"], 2)
        event = self.env["vas.event"].search([("source_key", "=", "C-0")])
        self.assertEqual(event.time, datetime(2025, 6, 30, 8, 15))
        self.assertEqual((event.actor_id, event.create_uid), (self.vendors[1], officer))
        rows[1]["connected"] = False
        told = send(rows)
        self.assertEqual([p["row"] for p in told["problems"]], [2])
        self.assertEqual(send(rows, known="update")["updated"], 1)
        self.assertEqual(send(rows)["known"], 2)

    def test_wrong_fields_are_named_and_the_rest_comes_in(self):
        good = self.rows()[0]
        bad = [
            {**good, "key": "", "type": "nope"},
            {**good, "time": "soon"},
            {**good, "end_time": "2025-06-30 08:00:00"},
            {**good, "about": 0, "connected": "yes"},
            {**good, "colour": "red"},
        ]
        answer = self.env["vas.event"].import_rows([*bad, good])
        self.assertEqual(answer["created"], 1)
        self.assertEqual(
            [(p["row"], p["field"]) for p in answer["problems"]],
            [(1, "key"), (1, "type"), (2, "time"), (2, "end_time"), (3, "end_time"),
             (4, "connected"), (4, "about"), (5, "colour")],
        )  # fmt: skip
        with self.assertRaises(UserError):
            self.env["vas.event"].import_rows("all")

    def test_who_may_only_read_sends_nothing(self):
        user = self.make_user("event_reader", "user")
        with self.assertRaises(AccessError):
            self.env["vas.event"].with_user(user).import_rows(self.rows())
        other = self.env["res.company"].create({"name": "Closed company"})
        officer = self.make_user("event_other", "officer")
        with self.assertRaises(AccessError), self.cr.savepoint():
            self.env["vas.event"].with_user(officer).import_rows(
                self.rows(), company_id=other.id
            )

    def test_same_queries_for_one_and_many(self):
        used = []
        for number, count in enumerate((1, 1, 50)):
            rows = self.rows(count)
            for row in rows:
                row["key"] += f"-{number}"
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.assertEqual(self.env["vas.event"].import_rows(rows)["created"], count)
            self.env.flush_all()
            used.append(self.env.cr.sql_log_count - before)
        self.assertEqual(used[1], used[2])


@tagged("post_install", "-at_install")
class TestPeersDefects(VasKpiCase):
    """What a peer's scorecard measures wrongly (defects seen in its code)."""

    def test_a_document_with_many_lines_counts_once(self):
        # There: rows of a join are counted, a request with three items is three.
        product = self.env["product.product"].create({"name": "Part"})
        vendor = self.vendors[0]
        self.env["purchase.order"].create(
            {
                "partner_id": vendor.id,
                "date_order": "2025-06-01 08:00:00",
                "order_line": [
                    (0, 0, {"product_id": product.id, "product_qty": 1})
                    for _number in range(3)
                ],
            }
        )
        metric = self.make_metric(
            "requests",
            kind="aggregate",
            source_model_id=self.env["ir.model"]._get("purchase.order").id,
            subject_path="partner_id",
            date_field="date_order",
        )
        period = datetime(2025, 6, 1).date(), datetime(2025, 6, 30).date()
        found = metric._measure(self.vendors, *period, self.company)
        self.assertEqual(found[vendor.id].value, 1)
        lines = self.make_metric(
            "requested-parts",
            kind="aggregate",
            source_model_id=self.env["ir.model"]._get("purchase.order.line").id,
            subject_path="order_id.partner_id",
            date_field="order_id.date_order",
            aggregate="count_distinct",
            measure_field="product_id",
        )
        found = lines._measure(self.vendors, *period, self.company)
        self.assertEqual((found[vendor.id].value, found[vendor.id].count), (1, 3))

    def test_small_ratios_keep_their_precision(self):
        # There: 0.004 becomes 0.00 in the text of a formula.
        rate = self.make_metric("tiny", observation_aggregate="ratio")
        self.observe(rate, self.vendors[0], numerator=4, denominator=1000)
        score = self.make_metric(
            "per-mille", kind="expression", expression="tiny * 1000"
        )
        period = datetime(2025, 1, 1).date(), datetime(2025, 12, 31).date()
        found = score._measure(self.vendors, *period, self.company)
        self.assertAlmostEqual(found[self.vendors[0].id].value, 4)

    def test_weeks_have_seven_days_and_days_are_counted_whole(self):
        # There: a week from 1 June ends on 8 June, and that day counts in two weeks.
        metric = self.make_metric("daily")
        for day in range(1, 31):
            self.observe(metric, self.vendors[0], 1, day=datetime(2026, 6, day).date())
        total = 0
        for first in (1, 8, 15, 22):
            period = tuple(datetime(2026, 6, first + n).date() for n in (0, 6))
            found = metric._measure(self.vendors, *period, self.company)
            self.assertEqual(found[self.vendors[0].id].value, 7)
            total += found[self.vendors[0].id].value
        self.assertEqual(total, 28)

    def test_nothing_ordered_is_no_data_not_full_marks(self):
        # There: 100 % by the else-branch of the formula, or a period that is scored.
        ordered, on_time = self.make_metric("ordered"), self.make_metric("on-time")
        rate = self.make_metric(
            "delivery", kind="expression", expression="{on-time} / ordered * 100"
        )
        self.observe(ordered, self.vendors[0], 0)
        self.observe(on_time, self.vendors[0], 0)
        period = datetime(2025, 1, 1).date(), datetime(2025, 12, 31).date()
        found = rate._measure(self.vendors, *period, self.company)
        self.assertEqual({m.value for m in found.values()}, {None})
