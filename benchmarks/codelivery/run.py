"""How good and how fast co-delivery plans are; see README.md."""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(ROOT / "addons/vas_logistics"))

import instances  # noqa: E402
from pyvrp import SolveParams, solve  # noqa: E402
from pyvrp.stop import MaxRuntime  # noqa: E402
from tools import bundling, pyvrp_model, pyvrp_solver  # noqa: E402
from tools.allocation import share_trip  # noqa: E402
from tools.checker import check  # noqa: E402
from tools.coalitions import group_costs  # noqa: E402
from tools.feasibility import separate_cost  # noqa: E402
from tools.parallel import ParallelSolver  # noqa: E402
from tools.problem import Problem, Solution, Vehicle, solution_rank  # noqa: E402
from tools.wire import problem_to_json  # noqa: E402


def say(name: str, ours, peer=None, unit: str = "", **more) -> None:
    """One measurement as a line of JSON."""
    ratio = round(ours / peer, 4) if peer and ours is not None else None
    line = {"name": name, "ours": ours, "peer": peer, "ratio": ratio, "unit": unit}
    print(json.dumps({**line, **more}), flush=True)


class OrTools:
    """The peer, in a process of its own and installed beside the product."""

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder
        self.works = bool(folder and (folder / "ortools").exists())
        if not self.works:
            print("OR-Tools is not installed: no peer.", file=sys.stderr)

    def run(self, problem: Problem, seconds: float, first: str) -> dict | None:
        """Vehicles, kilometres and money; None without the peer or a whole plan."""
        if not self.works:
            return None
        task = {"problem": problem_to_json(problem), "seconds": seconds, "first": first}
        done = subprocess.run(
            [sys.executable, HERE / "peer_ortools.py"],
            input=json.dumps(task).encode(),
            capture_output=True,
            check=False,
            env={**os.environ, "PYTHONPATH": str(self.folder)},
        )
        if done.returncode:
            print(done.stderr.decode()[-500:], file=sys.stderr)
            return None
        return json.loads(done.stdout)


SEARCHES = 2
SEED = 7
# As the product does: a search that starts again takes the next seed.
SEED_STEP = 10_007


class Timed:
    """A plan of the product: two searches, checked, with its times.

    Told to count processor time, it makes the same searches one after the other in this
    process: figures that do not depend on what else the machine does.
    """

    processor_time = False

    def __init__(self, problem: Problem, seconds: float) -> None:
        self.first: float | None = None
        self.memory: float | None = None
        started = time.monotonic()
        if self.processor_time:
            self.plan: Solution = self._one_by_one(problem, seconds)
        else:
            solver = ParallelSolver(SEARCHES)
            self.plan = solver.solve(problem, seconds, SEED, self._hear)
            self.memory = solver.memory_mb
        self.seconds = time.monotonic() - started
        self.faults = check(problem, self.plan)
        self.km = sum(route.km for route in self.plan.routes)

    def _one_by_one(self, problem: Problem, seconds: float) -> Solution:
        plans = [
            pyvrp_solver.PyVrpSolver(number, clock=time.process_time).solve(
                problem, seconds, SEED + number * SEED_STEP, self._hear
            )
            for number in range(SEARCHES)
        ]
        return min(plans, key=lambda plan: solution_rank(problem, plan))

    def _hear(self, progress) -> None:
        if self.first is None:
            self.first = progress.seconds


def read(reader, path: Path, *more) -> Problem | None:
    """An instance; a file that is none is named, and the others are measured."""
    try:
        return reader(path, *more)
    except instances.InstanceError as error:
        print(f"Left out: {error}", file=sys.stderr)
        return None


def pdptw(folder: Path, seconds: float, peer: OrTools, most: int) -> None:
    """Pickup and delivery: vehicles first, then distance."""
    known = instances.best_known(folder)
    tally: dict[str, list] = {"ours": [], "peer": []}
    for name in instances.names(folder, known)[:most]:
        # What nobody solved yet is measured all the same, without a gap.
        best = known.get(name)
        problem = read(instances.read_pdptw, folder / f"{name}.txt")
        if problem is None:
            continue
        ours = Timed(problem, seconds)
        good = not ours.faults and not ours.plan.unserved
        vehicles = len(ours.plan.routes)
        other = peer.run(problem, seconds, "PARALLEL_CHEAPEST_INSERTION")
        if best:
            tally["ours"].append(
                (
                    good and vehicles <= best["solved_with_vehicles"],
                    ours.km / best["best_known_cost"] - 1,
                )
            )
        if best and other and not other["left"]:
            tally["peer"].append(
                (
                    other["vehicles"] <= best["solved_with_vehicles"],
                    other["km"] / best["best_known_cost"] - 1,
                )
            )
        say(
            f"pdptw.{name}.km",
            round(ours.km, 2),
            round(other["km"], 2) if other and not other["left"] else None,
            "km",
            best_known=best and best["best_known_cost"],
            vehicles=[
                vehicles,
                other and other["vehicles"],
                best and best["solved_with_vehicles"],
            ],
            left=len(ours.plan.unserved),
            faults=ours.faults[:3],
        )
    count = len(tally["ours"])
    for key, values in tally.items():
        if not values:
            tally[key] = [(False, None)]
    say(
        "pdptw.at_best_known_vehicles",
        sum(hit for hit, _gap in tally["ours"]),
        sum(hit for hit, _gap in tally["peer"]),
        f"of {count} instances",
    )
    gaps = {
        key: [gap for _hit, gap in values if gap is not None]
        for key, values in tally.items()
    }
    say("pdptw.mean_gap", *_percent(gaps, statistics.fmean), unit="%")


def _percent(gaps: dict[str, list[float]], of) -> tuple:
    return tuple(
        round(100 * of(gaps[key]), 3) if gaps[key] else None for key in ("ours", "peer")
    )


def hvrp(folder: Path, seconds: float, peer: OrTools, most: int) -> None:
    """A fleet of several kinds: money against the best known."""
    known = instances.best_known(folder)
    gaps: dict[str, list[float]] = {"ours": [], "peer": []}
    for name in instances.names(folder, known)[:most]:
        best = known.get(name, {}).get("best_known_cost")
        # Unlimited fleets carry the name of their set where nobody says more.
        kind = known.get(name, {}).get("class")
        free = kind != "HFVRP" if kind else name.lower().startswith("vfm")
        problem = read(instances.read_hvrp, folder / f"{name}.txt", free)
        if problem is None:
            continue
        ours = Timed(problem, seconds)
        whole = not ours.faults and not ours.plan.unserved
        other = peer.run(problem, seconds, "PARALLEL_CHEAPEST_INSERTION")
        if whole and best:
            gaps["ours"].append(ours.plan.cost / best - 1)
        if best and other and not other["left"]:
            gaps["peer"].append(other["cost"] / best - 1)
        say(
            f"hvrp.{name}.cost",
            round(ours.plan.cost, 2) if whole else None,
            round(other["cost"], 2) if other and not other["left"] else None,
            "money",
            best_known=best,
            faults=ours.faults[:3],
        )
    say("hvrp.mean_gap", *_percent(gaps, statistics.fmean), unit="%")
    say("hvrp.worst_gap", *_percent(gaps, max), unit="%")


class _ProcessorTime:
    """Stop after so many seconds of the processor."""

    def __init__(self, seconds: float) -> None:
        self.end = time.process_time() + seconds

    def __call__(self, _cost: int) -> bool:
        return time.process_time() >= self.end


def bare(problem: Problem, seconds: float) -> float | None:
    """The best way measured before: bundles, deliveries, reload, one PyVRP search."""
    model = pyvrp_model.Model(problem, frozenset(), 0)
    found = solve(
        model.data,
        _ProcessorTime(seconds) if Timed.processor_time else MaxRuntime(seconds),
        seed=SEED,
        collect_stats=False,
        params=SolveParams(),
    ).best
    if not found.is_feasible() or found.uncollected_prizes():
        return None
    return sum(route.cost for route in model.routes(found))


def scale(sizes: tuple[int, ...], seconds: float, peer: OrTools) -> None:
    """Hundreds of orders a day: the first plan, the cost, the memory, the saving."""
    for size in sizes:
        problem = instances.network(size)
        ours = Timed(problem, seconds)
        cost = round(ours.plan.cost, 2)
        say(
            f"network.{size}.first_plan", ours.first and round(ours.first, 2), None, "s"
        )
        other = bare(problem, seconds)
        say(
            f"network.{size}.cost",
            cost,
            other and round(other, 2),
            "money",
            left=len(ours.plan.unserved),
            vehicles=len(ours.plan.routes),
            seconds=round(ours.seconds, 1),
            faults=ours.faults[:3],
        )
        say(f"network.{size}.memory", ours.memory, None, "MB")
        if size == 500:
            routed = peer.run(_bundled(problem), seconds, "LOCAL_CHEAPEST_INSERTION")
            if routed and not routed["left"]:
                say(
                    f"network.{size}.cost_or_tools",
                    cost,
                    round(routed["cost"], 2),
                    "money",
                )
            saving(problem, cost, size, seconds)


def _bundled(problem: Problem) -> Problem:
    groups = bundling.bundle(problem, problem.orders)
    return replace(problem, orders=tuple(map(bundling.merged, groups)))


def saving(problem: Problem, cost: float, size: int, seconds: float) -> None:
    """Against each customer planned alone, and against one tour per order."""
    alone = 0.0
    shippers = sorted({order.shipper for order in problem.orders})
    for shipper in shippers:
        own = tuple(order for order in problem.orders if order.shipper == shipper)
        part = replace(problem, orders=own)
        plan = pyvrp_solver.PyVrpSolver().solve(part, min(3.0, seconds / 3), 7)
        alone += plan.cost
    say(
        f"network.{size}.saving_against_customers_alone",
        round(100 * (1 - cost / alone), 1),
        None,
        "%",
        alone=round(alone, 2),
    )
    direct = sum(separate_cost(problem, order) or 0.0 for order in problem.orders)
    say(
        f"network.{size}.saving_against_direct_tours",
        round(100 * (1 - cost / direct), 1),
        None,
        "%",
        alone=round(direct, 2),
    )


def shares() -> None:
    """Fourteen customers on a vehicle, every group of them looked at."""
    dice = random.Random(14)
    problem = instances.network(14, 3, customers=14)
    orders = tuple(
        replace(order, shipper=f"c{n:02}", origin="DC", destination=f"P{n * 2:02}")
        for n, order in enumerate(problem.orders)
    )
    orders = tuple(
        replace(order, kg=dice.uniform(20, 80), m3=0.3, pickup=None, deliver=None)
        for order in orders
    )
    problem = replace(problem, orders=orders, horizon_h=10**4)
    vehicle = Vehicle("v", 5000, 32, "DC", "DC", 95, 0.85)
    problem = replace(problem, vehicles=(vehicle,))
    plan = pyvrp_solver.PyVrpSolver().solve(problem, 1.0, 7)
    (route,) = plan.routes
    for method in ("shapley", "equal_profit"):
        started = time.monotonic()
        values = group_costs(
            problem,
            vehicle,
            route,
            {order.id: n for n, order in enumerate(orders)},
            [separate_cost(problem, order) or 0.0 for order in orders],
        )
        customers = [
            {"id": order.shipper, "stand_alone": values[1 << n]}
            for n, order in enumerate(orders)
        ]
        shared = share_trip(method, route.cost, customers, values)
        used = time.monotonic() - started
        above = sum(
            shared.amounts[c["id"]] > c["stand_alone"] + 0.005 for c in customers
        )
        say(
            f"shares.14_customers.{method}",
            round(used, 3),
            None,
            "s",
            above_alone=above,
            note=shared.note,
        )


def main() -> None:
    """Measure what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", type=Path)
    parser.add_argument("--database")
    parser.add_argument("--packages", type=Path, help="folder of the peer's packages")
    parser.add_argument("--data", type=Path, default=os.environ.get("VAS_DATA"))
    parser.add_argument("--quick", action="store_true", help="a few short runs")
    parser.add_argument("--only", choices=("pdptw", "hvrp", "network", "shares"))
    parser.add_argument(
        "--processor-time",
        action="store_true",
        help="our searches one after the other, by processor time",
    )
    parser.add_argument("--sizes", type=int, nargs="+", help="orders of the networks")
    asked = parser.parse_args()
    Timed.processor_time = asked.processor_time
    data = Path(asked.data) if asked.data else ROOT.parent / "shared/data"
    peer = OrTools(asked.packages)
    short, long, most = (3.0, 8.0, 2) if asked.quick else (10.0, 30.0, 10**6)
    sizes = tuple(asked.sizes or ((500,) if asked.quick else (500, 1000, 2000)))
    for name, measure in (("pdptw", pdptw), ("hvrp", hvrp)):
        if asked.only not in (None, name):
            continue
        if (data / name).is_dir():
            measure(data / name, short, peer, most)
        else:
            print(f"No instances in {data / name}: skipped.", file=sys.stderr)
    if asked.only in (None, "network"):
        scale(sizes, long, peer)
    if asked.only in (None, "shares"):
        shares()


if __name__ == "__main__":
    main()
