from odoo.tests import tagged

from .common import LogisticsCommon


@tagged("post_install", "-at_install")
class TestQueryCounts(LogisticsCommon):
    """The number of queries does not grow with the records."""

    def count(self, function):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        function()
        self.env.flush_all()
        return self.env.cr.sql_log_count - before

    def orders(self, count):
        return self.env["stock.picking"].create(
            [
                self.order_values(self.shipper1, self.a, self.c, 100, 1)
                for _number in range(count)
            ]
        )

    def recompute(self, orders):
        for name in ("vas_kg", "vas_m3", "vas_routing_code", "vas_priority"):
            self.env.add_to_compute(orders._fields[name], orders)
        orders._recompute_recordset()

    def test_computes_of_orders(self):
        one, fifty = self.orders(1), self.orders(50)
        self.recompute(one)
        first = self.count(lambda: self.recompute(one))
        self.assertEqual(self.count(lambda: self.recompute(fifty)), first)

    def test_load_of_batches(self):
        batches = self.env["stock.picking.batch"].create(
            [
                {
                    "company_id": self.company.id,
                    "picking_type_id": self.type.id,
                    "vehicle_id": self.v1.id,
                }
                for _number in range(50)
            ]
        )
        for batch, order in zip(batches, self.orders(50), strict=True):
            order.batch_id = batch
        names = ["vas_load_rate", "vas_load_legs", "vas_warning"]
        batches[:1].read(names)
        first = self.count(lambda: batches[:1].read(names))
        self.assertEqual(self.count(lambda: batches.read(names)), first)

    def test_problem_of_a_plan(self):
        small, large = (self.plan(self.orders(count)) for count in (1, 50))

        def prepare(plan):
            plan._prepare_problem(plan.picking_ids, plan._get_free_vehicles())

        prepare(small)
        first = self.count(lambda: prepare(small))
        self.assertEqual(self.count(lambda: prepare(large)), first)

    def test_routing_of_many_pairs(self):
        levels = self.env["vas.outlet.level"].search([])
        routing = self.env["vas.routing.level"]
        pairs = [(start, end) for start in levels for end in levels]
        unlisted = [pair for pair in pairs if pair[0].rank < pair[1].rank][:1]
        routing._get_routings(pairs)
        first = self.count(lambda: routing._get_routings(unlisted))
        self.assertEqual(self.count(lambda: routing._get_routings(pairs)), first)

    def test_plan_with_results_opens_with_few_queries(self):
        plans = []
        for count in (2, 7):
            orders = self.orders(count)
            plan = self.plan(orders)
            plan.action_plan()
            self.assertEqual(plan.served_count, count)
            plans.append(plan)

        def read(plan):
            plan.read(["served_text", "saving", "load_rate"])
            plan.proposal_ids.read(["stop_chain", "load_legs", "route_text"])

        read(plans[0])
        first = self.count(lambda: read(plans[0]))
        self.assertEqual(self.count(lambda: read(plans[1])), first)
