from collections import Counter
from functools import partial
from threading import current_thread
from unittest.mock import patch

from odoo.fields import Command
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .test_trip_ledger import LedgerCommon


class DayCommon(LedgerCommon):
    """Verbs of a whole day, as its people do it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.vas_gate_required = True

        def user(name, group):
            return new_test_user(
                cls.env,
                f"day-{name}",
                group,
                company_id=cls.company.id,
                company_ids=[Command.set(cls.company.ids)],
            )

        cls.dispatcher = user("dispatcher", "vas_logistics.group_vas_logistics_officer")
        cls.gate = user("gate", "vas_logistics.group_vas_logistics_user")

    def place(self, rows):
        answers = self.env["stock.picking"].with_user(self.dispatcher)
        answers = answers.vas_place_orders(rows)
        self.assertEqual({answer["status"] for answer in answers}, {"created"})
        return self.env["stock.picking"].browse([answer["id"] for answer in answers])

    def rows(self, count, mark="R"):
        return [
            {
                "shipper": f"Shipper {1 + number % 2}",
                "origin": "A" if number % 2 else "B",
                "destination": "C",
                "goods": "Tea",
                "pieces": 1 + number % 5,
                "kg": 100,
                "reference": f"{mark}-{number}",
            }
            for number in range(count)
        ]

    def accept(self, orders, vehicles=None):
        plan = self.plan(orders, vehicles).with_user(self.dispatcher)
        plan.action_plan()
        plan.action_accept()
        self.assertEqual(plan.proposal_ids.picking_ids, orders)
        return plan.proposal_ids.batch_id

    def release(self, trips):
        return (
            self.env["vas.gate.release"]
            .with_user(self.gate)
            .create(
                [
                    {
                        "batch_id": trip.id,
                        "counted": trip._get_vas_gate_quantity(),
                        "slip_kept": True,
                    }
                    for trip in trips.with_user(self.gate)
                ]
            )
        )

    def report(self, trip, kind, stop=None, orders=()):
        """What the driver's page sends."""
        return trip.sudo()._record_vas_report(
            {
                "key": f"{kind}-{trip.id}-{stop and stop['key']}",
                "kind": kind,
                "stop": stop["key"] if stop else "",
                "orders": [order.id for order in orders],
                "date": None,
                "reason": 0,
                "note": "",
                "receiver": "Li" if kind == "delivered" else "",
                "signature": "",
                "photos": [],
            }
        )

    def drive(self, trips):
        for trip in trips:
            self.report(trip, "start")
            for stop in trip._get_vas_stop_list():
                self.report(trip, "arrived", stop)
                loads = stop["pickups"].filtered(
                    lambda order: not order.vas_loaded_date
                )
                if loads:
                    self.report(trip, "loaded", stop, loads)
                if stop["deliveries"]:
                    self.report(trip, "delivered", stop, stop["deliveries"])


@tagged("post_install", "-at_install")
class TestDayChain(DayCommon):
    def test_example_from_order_to_invoice(self):
        """A to C fills 1/2, B to C fills 1/3: one truck (COD-03, LRP-01)."""
        base = {"goods": "Crates", "pieces": 10, "destination": "C"}
        orders = self.place(
            [
                {**base, "shipper": "Shipper 1", "origin": "A", "kg": 6000, "m3": 30},
                {**base, "shipper": "Shipper 2", "origin": "B", "kg": 4000, "m3": 20},
            ]
        )
        trip = self.accept(orders)
        self.assertEqual(len(trip), 1)
        self.assertAlmostEqual(trip.vas_load_rate, 0.8333, 4)
        self.assertEqual(trip.vas_trip_status, "gate")
        self.release(trip)
        self.drive(trip)
        self.assertEqual(trip.state, "done")
        self.assertEqual(set(orders.mapped("vas_status")), {"delivered"})
        self.env["stock.picking.batch"]._cron_vas_ledgers()
        ledger = trip.vas_ledger_ids
        self.general_agreement.method = "share"
        ledger.action_refresh()
        action = ledger.with_user(self.accountant).action_create_invoices()
        moves = self.env["account.move"].search(action["domain"])
        shares = trip.vas_proposal_id.share_ids
        self.assertEqual(
            {move.partner_id: move.amount_untaxed for move in moves},
            {share.partner_id: share.amount for share in shares},
        )
        # To the cent: what customers pay by share is what the trip costs.
        self.assertEqual(
            self.company.currency_id.compare_amounts(
                sum(moves.mapped("amount_untaxed")), trip.vas_proposal_id.cost
            ),
            0,
        )
        self.assertTrue(all(share.amount <= share.separate_cost for share in shares))

    @mute_logger("odoo.sql_db")  # a file's doubles are refused by the database
    def test_same_reference_from_every_side(self):
        """One order whether it comes by API, file, counter or portal."""
        orders = self.place(self.rows(1))
        model = self.env["stock.picking"]
        [again] = model.vas_place_orders(self.rows(1))
        self.assertEqual(again["status"], "duplicate")
        self.assertEqual(again["order"], orders.name)
        # The portal enters through the same door, for its own customer only.
        [portal] = model._place_vas_orders(self.company, self.rows(1), self.shipper1)
        self.assertEqual((portal["status"], portal["id"]), ("duplicate", orders.id))
        loaded = model.with_context(vas_transport_order=True).load(
            ["owner_id", "vas_customer_ref", "vas_origin_id", "vas_destination_id"]
            + ["vas_goods", "vas_quantity", "vas_declared_kg"],
            [["Shipper 1", " R-0 ", "A", "C", "Tea", "5", "100"]],
        )
        self.assertFalse(loaded["ids"])
        self.assertIn("customer reference", loaded["messages"][0]["message"])

    def measure(self, steps, name, work):
        """Note in *steps* which queries *work* makes and return what it returns."""
        self.env.flush_all()
        # What the registry and environments remember is there or not by chance, such as
        # what ran before and when garbage was collected: all begin knowing nothing.
        self.env.registry.clear_all_caches()
        self.env.transaction.reset()
        made = steps[name] = Counter()

        def note(_cursor, query, *_times):
            # The beginning says what it is about, whatever the number of rows.
            made[" ".join(str(query).split())[:150]] += 1

        with patch.object(current_thread(), "query_hooks", [note], create=True):
            result = work()
            self.env.flush_all()
        return result

    def test_queries_of_a_day(self):
        """A day three times as large costs the same queries per order."""
        self.profile.background_orders = 1000
        counts = {}
        for count in (1, 20, 60):  # the first warms the caches
            mark = f"Q{count}"
            steps = counts[count] = {}

            measure = partial(self.measure, steps)
            rows = self.rows(count, mark)
            orders = measure("place", lambda rows=rows: self.place(rows))
            # One vehicle: a search that finds one trip or two would be counted else.
            vehicle = self.vehicle(mark, self.a)
            trips = measure("accept", lambda o=orders, v=vehicle: self.accept(o, v))
            self.assertEqual(len(trips), 1)
            measure("gate", lambda t=trips: self.release(t))
            measure("drive", lambda t=trips: self.drive(t))
            measure("ledger", lambda t=trips: self.env["vas.trip.ledger"]._make(t))
            ledgers = trips.vas_ledger_ids.with_user(self.accountant)
            measure("invoice", ledgers.action_create_invoices)
        few, many = counts[20], counts[60]
        for name, per_order in (
            ("place", 3),
            ("accept", 1),
            ("gate", 0),
            ("drive", 1),
            ("ledger", 0),
            ("invoice", 0),
        ):
            with self.subTest(step=name):
                self.assertLessEqual(
                    many[name].total() - few[name].total(),
                    40 * per_order,
                    f"more of these: {many[name] - few[name]}",
                )
