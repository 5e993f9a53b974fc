"""Accepting a large plan, and drawing the board: ours beside the way core does it.

Everything happens in one transaction of the given database and is rolled back.
"""

from __future__ import annotations

import argparse
import json
import time
from datetime import datetime, timedelta

import odoo
from odoo.fields import Command
from odoo.modules.registry import Registry
from odoo.tools import config


def emit(name: str, ours: float, peer: float | None, unit: str) -> None:
    """One measurement as a JSON line."""
    ratio = round(ours / peer, 3) if peer else None
    line = {"name": name, "ours": ours, "peer": peer, "ratio": ratio, "unit": unit}
    print(json.dumps(line), flush=True)


class World:
    """A company with two outlets, trucks, and plans whose trips are ready."""

    def __init__(self, env):
        self.company = env["res.company"].create({"name": "Benchmark Carrier"})
        env.user.company_ids |= self.company
        self.env = env(context={"allowed_company_ids": self.company.ids})
        self.type = self.env["stock.picking.type"]._get_vas_transport_type(self.company)
        level = self.env["vas.outlet.level"].search([], limit=1)
        self.a, self.b = self.env["vas.outlet"].create(
            [
                {
                    "name": name,
                    "code": name,
                    "level_id": level.id,
                    "company_id": self.company.id,
                }
                for name in ("BENCH-A", "BENCH-B")
            ]
        )
        self.shipper = self.env["res.partner"].create({"name": "Benchmark Shipper"})
        self.category = self.env["fleet.vehicle.model.category"].create(
            {"name": "Benchmark 9.6 m", "weight_capacity": 12000, "volume_capacity": 60}
        )
        brand = self.env["fleet.vehicle.model.brand"].create({"name": "Benchmark"})
        self.model = self.env["fleet.vehicle.model"].create(
            {"name": "Benchmark", "brand_id": brand.id}
        )
        self.start = datetime(2031, 1, 1)

    def plan(self, trips: int, orders_per_trip: int, first: int = 0):
        """A planned plan; its trips drive from A to B."""
        env = self.env
        self.start += timedelta(days=2)
        vehicles = env["fleet.vehicle"].create(
            [
                {
                    "model_id": self.model.id,
                    "category_id": self.category.id,
                    "license_plate": f"BENCH {first + number}",
                    "company_id": self.company.id,
                    "vas_start_outlet_id": self.a.id,
                }
                for number in range(trips)
            ]
        )
        count = trips * orders_per_trip
        orders = (
            env["stock.picking"]
            .with_context(tracking_disable=True)
            .create(
                [
                    {
                        "picking_type_id": self.type.id,
                        "company_id": self.company.id,
                        "owner_id": self.shipper.id,
                        "vas_origin_id": self.a.id,
                        "vas_destination_id": self.b.id,
                        "vas_goods": "Crates",
                        "vas_quantity": 4,
                        "vas_declared_kg": 400,
                        "vas_declared_m3": 2,
                    }
                    for _number in range(count)
                ]
            )
        )
        orders.action_confirm()
        plan = env["vas.codelivery.plan"].create(
            {
                "company_id": self.company.id,
                "date_start": self.start,
                "picking_ids": [Command.set(orders.ids)],
                "vehicle_ids": [Command.set(vehicles.ids)],
                "state": "planned",
            }
        )
        end = self.start + timedelta(hours=8)
        values = []
        for number, vehicle in enumerate(vehicles):
            mine = orders[number * orders_per_trip : (number + 1) * orders_per_trip].ids
            values.append(
                {
                    "plan_id": plan.id,
                    "sequence": number + 1,
                    "vehicle_id": vehicle.id,
                    "picking_ids": [Command.set(mine)],
                    "date_start": self.start,
                    "date_end": end,
                    "stop_ids": [
                        Command.create(
                            {
                                "sequence": 1,
                                "outlet_id": self.a.id,
                                "date_arrival": self.start,
                                "date_departure": self.start,
                                "kg": 400 * len(mine),
                                "m3": 2 * len(mine),
                                "pickup_ids": [Command.set(mine)],
                            }
                        ),
                        Command.create(
                            {
                                "sequence": 2,
                                "outlet_id": self.b.id,
                                "date_arrival": end,
                                "date_departure": end,
                                "delivery_ids": [Command.set(mine)],
                            }
                        ),
                    ],
                }
            )
        env["vas.codelivery.proposal"].create(values)
        env.flush_all()
        env.invalidate_all()
        return plan


def accept_ours(plan) -> None:
    """All trips of the plan, as the button does it."""
    plan.action_accept()
    plan.env.flush_all()


def accept_as_core(plan) -> None:
    """The same result with core's own methods, batch by batch."""
    batches = plan.env["stock.picking.batch"]
    for trip in plan.proposal_ids:
        batch = batches.create(trip._prepare_batch_values())
        for position, stop in enumerate(trip.stop_ids):
            stop.delivery_ids.write(
                {
                    "batch_sequence": position,
                    "vas_planned_arrival": stop.date_arrival,
                }
            )
            stop.pickup_ids.write({"vas_planned_pickup": stop.date_arrival})
        trip.write({"state": "accepted", "batch_id": batch.id})
        batch.action_confirm()
        batch.write({"scheduled_date": trip.date_start, "end_date": trip.date_end})
    plan.env.flush_all()


def timed(function, *arguments) -> float:
    started = time.monotonic()
    function(*arguments)
    return time.monotonic() - started


def measure(env, quick: bool) -> None:
    world = World(env)
    trips = 20 if quick else 250
    ours = timed(accept_ours, world.plan(trips, 8))
    peer = timed(accept_as_core, world.plan(trips, 8, first=trips))
    emit(
        f"accept a plan of {trips * 8} orders as {trips} batches",
        round(ours, 2),
        round(peer, 2),
        "s",
    )
    boards = []
    for count in (10, 20 if quick else 500):
        plan = world.plan(count, 1, first=1000 + count)
        plan.action_accept()
        env.flush_all()
        env.invalidate_all()
        before = env.cr.sql_log_count
        seconds = timed(plan.get_board, plan.id)
        boards.append((count, env.cr.sql_log_count - before, seconds))
    (few, few_queries, _time), (many, many_queries, seconds) = boards
    emit(
        f"queries of the board with {many} batches, peer: with {few}",
        many_queries,
        few_queries,
        "queries",
    )
    emit(f"board with {many} batches", round(seconds, 3), None, "s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", required=True)
    parser.add_argument("--database", required=True)
    parser.add_argument("--quick", action="store_true", help="a tenth of the size")
    options = parser.parse_args()
    config.parse_config(["-c", options.config, "-d", options.database])
    with Registry(options.database).cursor() as cr:
        env = odoo.api.Environment(cr, odoo.api.SUPERUSER_ID, {})
        measure(env, options.quick)
        cr.rollback()


if __name__ == "__main__":
    main()
