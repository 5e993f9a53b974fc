"""Plans of committed orders: searched by another process, stopped, killed, accepted by
two dispatchers at once; on a scratch database with demo data."""

import os
import signal
import threading
import time
import traceback
from datetime import datetime, timedelta

from odoo import SUPERUSER_ID, api, sql_db
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.modules.registry import Registry
from odoo.service.model import retrying

from odoo.addons.queue_job.job import Job

ORDERS = 30
ALLOWED_S = 120
STOP_AFTER_S = 3
WAIT_S = 90
SLICE_S = 0.2


def _env(cr):
    env = api.Environment(cr, SUPERUSER_ID, {"tracking_disable": True, "lang": "en_US"})
    company = env.ref("vas_kpi.demo_company")
    return env(context={**env.context, "allowed_company_ids": company.ids})


def _world(env):
    """A profile that plans in the background, outlets, vehicles: records by name."""
    company = env.company
    profile = env["vas.planning.profile"].create(
        {
            "name": "Probe",
            "company_id": company.id,
            "solver_seconds": ALLOWED_S,
            "background_orders": 2,
            "speed_kmh": 60,
            "horizon_hours": 72,
            "max_load_rate": 1,
            "warning_load_rate": 0.9,
            "share_method": "capacity_km",
            "default_priority": 9,
            "straight_line": True,
        }
    )
    outlets = env["vas.outlet"].create(
        [
            {
                "name": f"Probe {number}",
                "code": f"PROBE{number}",
                "level_id": env.ref("vas_logistics.outlet_level_city").id,
                "company_id": company.id,
                "latitude": 30 + number % 4 * 0.3,
                "longitude": 117 + number // 4 * 0.3,
            }
            for number in range(12)
        ]
    )
    category = env["fleet.vehicle.model.category"].create(
        {"name": "Probe 12 t", "weight_capacity": 12000, "volume_capacity": 60}
    )
    brand = env["fleet.vehicle.model.brand"].create({"name": "Probe"})
    model = env["fleet.vehicle.model"].create({"name": "P", "brand_id": brand.id})
    vehicles = env["fleet.vehicle"].create(
        [
            {
                "model_id": model.id,
                "license_plate": f"PROBE-{number}",
                "category_id": category.id,
                "company_id": company.id,
                "vas_start_outlet_id": outlets[0].id,
                "vas_fixed_cost": 500,
                "vas_cost_per_km": 5,
            }
            for number in range(6)
        ]
    )
    return profile, outlets, vehicles


def _orders(env, outlets):
    kind = env["stock.picking.type"]._get_vas_transport_type(env.company)
    shipper = env["res.partner"].create({"name": "Probe shipper", "is_company": True})
    cargo = env.ref("vas_logistics.cargo_class_general")
    product = env["product.product"].create({"name": "Probe crate", "type": "consu"})
    return env["stock.picking"].create(
        [
            {
                "picking_type_id": kind.id,
                "owner_id": shipper.id,
                "vas_origin_id": outlets[number % 3].id,
                "vas_destination_id": outlets[3 + number % 9].id,
                "vas_cargo_class_id": cargo.id,
                "vas_declared_kg": 200 + 37 * number,
                "vas_declared_m3": 1 + number % 5,
                "move_ids": [
                    Command.create({"product_id": product.id, "product_uom_qty": 1})
                ],
            }
            for number in range(ORDERS)
        ]
    )


def _plan(env, profile, orders, vehicles):
    return env["vas.codelivery.plan"].create(
        {
            "company_id": env.company.id,
            "profile_id": profile.id,
            "date_start": datetime(2031, 3, 3),
            "picking_ids": [Command.set(orders.ids)],
            "vehicle_ids": [Command.set(vehicles.ids)],
        }
    )


def _job_of(env, plan):
    jobs = env["queue.job"].search(
        [("method_name", "=", "_run_plan"), ("state", "=", "pending")]
    )
    job = jobs.filtered(lambda job: job.records == plan)
    # A job runner that happens to be at work must leave it alone.
    job.eta = datetime.now() + timedelta(days=1)
    return job.uuid


def _perform(database, uuid):
    """Perform a job in a process of its own, as a job runner does: its process id."""
    child = os.fork()
    if child:
        return child
    # Connections of the parent must not be used by two processes.
    sql_db._Pool = None
    status = 1
    try:
        with sql_db.db_connect(database).cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {"lang": "en_US"})
            job = Job.load(env, uuid)
            job.set_started()
            job.store()
            cr.commit()
            job.perform()
            job.set_done()
            job.store()
            cr.commit()
        status = 0
    except BaseException:
        # Nobody else can tell why a process died.
        traceback.print_exc()
    finally:
        os._exit(status)


def _press(database, plan_id, button):
    """Press a button as a web client does: retried on a conflict with the search, which
    writes its progress to the same run."""
    with Registry(database).cursor() as cr:
        env = _env(cr)
        plan = env["vas.codelivery.plan"].browse(plan_id)
        retrying(getattr(plan, button), env)


def _ended(child):
    """The exit status of a process that must end soon."""
    until = time.monotonic() + WAIT_S
    while time.monotonic() < until:
        pid, status = os.waitpid(child, os.WNOHANG)
        if pid:
            return os.waitstatus_to_exitcode(status)
        time.sleep(SLICE_S)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return None


def _searching(parent):
    """Process ids of the searches that a process started."""
    found = []
    for entry in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(
                f"/proc/{entry}/stat", encoding="utf-8", errors="replace"
            ) as stat:
                ppid = int(stat.read().rpartition(")")[2].split()[1])
        except FileNotFoundError:
            continue  # ended meanwhile
        if ppid == parent:
            found.append(int(entry))
    return found


def _alive(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def _progress(cr, plan_id):
    """What the board reads: every time a new look at the database."""
    cr.rollback()
    return _env(cr)["vas.codelivery.plan"].browse(plan_id).get_progress()


def _wait_for_curve(cr, plan_id):
    until = time.monotonic() + WAIT_S
    while time.monotonic() < until:
        progress = _progress(cr, plan_id)
        if progress["curve"]:
            return progress
        time.sleep(SLICE_S)
    return _progress(cr, plan_id)


def _state(env, plan):
    orders = plan.proposal_ids.picking_ids
    return {
        "state": plan.state,
        "runs": plan.run_ids.mapped("state"),
        "trips": len(plan.proposal_ids),
        "served": len(orders),
        "listed": sum(len(trip.picking_ids) for trip in plan.proposal_ids),
        "left": len(plan.unserved_ids),
        "cost": plan.run_id.best_cost,
        "seconds": plan.run_id.seconds_used,
    }


def search_stop_and_kill(env):
    """One search that is stopped, one that is killed and made again."""
    database = env.cr.dbname
    env = _env(env.cr)
    profile, outlets, vehicles = _world(env)
    orders = _orders(env, outlets)
    plan = _plan(env, profile, orders, vehicles)
    plan.action_plan()
    uuid = _job_of(env, plan)
    env.cr.commit()
    answer = {"orders": ORDERS}

    # The button: progress is seen while another process searches; the best is kept.
    child = _perform(database, uuid)
    seen = _wait_for_curve(env.cr, plan.id)
    answer["while searching"] = [seen["state"], seen["run_state"]]
    time.sleep(STOP_AFTER_S)
    before = _progress(env.cr, plan.id)
    _press(database, plan.id, "action_stop")
    answer["stopped exit"] = _ended(child)
    env.cr.rollback()
    env.invalidate_all()
    answer["stopped"] = _state(env, plan)
    answer["best when stopped"] = min(point[1] for point in before["curve"])

    # The kill: nothing is left, the searches end with it, the job runs again.
    plan.action_replan()
    uuid = _job_of(env, plan)
    env.cr.commit()
    child = _perform(database, uuid)
    _wait_for_curve(env.cr, plan.id)
    searches = _searching(child)
    answer["searches"] = len(searches)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    env.cr.rollback()
    env.invalidate_all()
    answer["killed"] = _state(env, plan)
    until = time.monotonic() + WAIT_S
    while any(map(_alive, searches)) and time.monotonic() < until:
        time.sleep(SLICE_S)
    answer["searches left"] = sum(map(_alive, searches))
    child = _perform(database, uuid)
    _wait_for_curve(env.cr, plan.id)
    time.sleep(STOP_AFTER_S)
    _press(database, plan.id, "action_stop")
    answer["again exit"] = _ended(child)
    env.cr.rollback()
    env.invalidate_all()
    answer["again"] = _state(env, plan)
    # The queue starts the job once more: it finds nothing to do.
    child = _perform(database, uuid)
    answer["third exit"] = _ended(child)
    env.cr.rollback()
    env.invalidate_all()
    answer["third"] = _state(env, plan)

    # The button is pressed in the very moment in which the search notes its progress.
    plan.run_id.write({"stop_requested": False})
    env.cr.commit()
    answer["noted"] = _stop_while_noting(database, plan.run_id.id)
    env.cr.rollback()
    env.invalidate_all()

    # Two dispatchers, two plans of the same orders, both press Accept at once.
    other = _plan(env, profile, orders, vehicles)
    profile.write({"background_orders": 1000, "solver_seconds": 2})
    other.action_plan()
    env.cr.commit()
    answer["planned"] = [plan.state, other.state]
    # Two boards of one plan: the same order goes off its trip, and onto another.
    answer["moves"], answer["rides on"] = _move_at_once(database, other.id)
    env.cr.rollback()
    env.invalidate_all()
    answer["outcomes"] = _at_once(database, [_accept(plan.id), _accept(other.id)])
    env.cr.rollback()
    env.invalidate_all()
    batches = (plan | other).proposal_ids.batch_id
    answer["in batches"] = sum(len(batch.picking_ids) for batch in batches)
    answer["orders on a trip"] = len(orders.filtered("batch_id"))
    answer["plans with trips"] = len(batches.vas_proposal_id.plan_id)
    busy = batches.mapped("vehicle_id.id")
    answer["vehicles twice"] = len(busy) - len(set(busy))
    return answer


def _accept(plan_id):
    def press(env):
        env["vas.codelivery.plan"].browse(plan_id).action_accept()
        return "done"

    return press


def _move_at_once(database, plan_id):
    """Two dispatchers move one order to two vehicles: what both are told, and on how
    many trips it rides afterwards."""
    with Registry(database).cursor() as cr:
        plan = _env(cr)["vas.codelivery.plan"].browse(plan_id)
        trip = plan.proposal_ids[0]
        order = trip.picking_ids[0]
        free = plan._get_free_vehicles() - plan.proposal_ids.vehicle_id
        vehicles = free[:2].ids
        seen = {"lanes": {str(trip.id): plan._get_lane_version(trip)}, "trip": trip.id}
        order_id = order.id

    def move(vehicle_id):
        def press(env):
            answer = (
                env["vas.codelivery.plan"]
                .browse(plan_id)
                .action_move_order(
                    order_id, vehicle_id=vehicle_id, reason="Probe", seen=seen
                )
            )
            return "moved" if answer["written"] else answer["level"]

        return press

    told = _at_once(database, [move(vehicle_id) for vehicle_id in vehicles])
    with Registry(database).cursor() as cr:
        trips = _env(cr)["vas.codelivery.plan"].browse(plan_id).proposal_ids
        rides = [trip for trip in trips if order_id in trip.picking_ids.ids]
        return told, len(rides)


def _stop_while_noting(database, run_id):
    """Stop is pressed and not yet committed while the search notes its progress: what
    the search is told."""
    told = []

    def note():
        with Registry(database).cursor() as cr:
            run = _env(cr)["vas.codelivery.run"].browse(run_id)
            try:
                told.append(run._note_progress({"seconds_used": 1.0}))
            except Exception as error:  # the answer of the story
                told.append(repr(error))

    with Registry(database).cursor() as cr:
        run = _env(cr)["vas.codelivery.run"].browse(run_id)
        run.write({"stop_requested": True, "seconds_used": 0.5})
        run.flush_recordset()
        search = threading.Thread(target=note)
        search.start()
        # Long enough for the search to wait for this row.
        time.sleep(STOP_AFTER_S)
        cr.commit()
        search.join(timeout=WAIT_S)
    return told


def _at_once(database, deeds):
    """Do everything in a transaction of its own, begun before any commits."""
    start = threading.Barrier(len(deeds))
    outcomes = {}

    def press(number, deed):
        with Registry(database).cursor() as cr:
            env = _env(cr)
            begun = []

            def once():
                if not begun:
                    # Both have seen a database in which no order is on a trip.
                    env.cr.execute("SELECT count(*) FROM stock_picking_batch")
                    start.wait(timeout=60)
                begun.append(1)
                return deed(env)

            try:
                outcomes[number] = retrying(once, env)
            except UserError as error:
                cr.rollback()
                outcomes[number] = f"told: {error}"

    threads = [threading.Thread(target=press, args=pair) for pair in enumerate(deeds)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    return [outcomes.get(number) for number in range(len(deeds))]
