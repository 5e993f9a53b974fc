import os
import signal
import threading
import traceback

from odoo import SUPERUSER_ID, api, sql_db
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.modules.registry import Registry
from odoo.service.model import retrying
from odoo.tests import BaseCase, tagged
from odoo.tests.common import get_db_name
from odoo.tools import mute_logger

CONTEXT = {"tracking_disable": True, "mail_create_nosubscribe": True}


@tagged("post_install", "-at_install", "vas_concurrency")
class TestDispatchAtOnce(BaseCase):
    """Two dispatchers press in two real transactions: one order, one engineer."""

    def setUp(self):
        super().setUp()
        self.registry = Registry(get_db_name())
        self.addCleanup(self.clean)
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, CONTEXT)
            team = env["fsm.team"].create({"name": "At once"})
            area = env["res.territory"].create({"name": "At once"})
            self.station_id = (
                env["vas.service.station"]
                .create(
                    {
                        "name": "At once",
                        "calendar_id": env.ref("vas_service.calendar_always").id,
                        "coverage_ids": [Command.create({"territory_id": area.id})],
                        "capacity_ids": [Command.create({"orders_per_day": 1})],
                    }
                )
                .id
            )
            persons = env["fsm.person"].create(
                [
                    {"name": f"At once {number}", "vas_station_id": self.station_id}
                    for number in (1, 2)
                ]
            )
            site = env["fsm.location"].create(
                {
                    "name": "At once",
                    "owner_id": env.company.partner_id.id,
                    "territory_id": area.id,
                    "team_id": team.id,
                }
            )
            orders = env["fsm.order"].create(
                [{"location_id": site.id, "team_id": team.id} for _number in range(2)]
            )
            self.person_ids, self.order_ids = persons.ids, orders.ids
            self.others = [(site._name, site.id), (area._name, area.id)]
            self.others.append((team._name, team.id))

    def clean(self):
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, CONTEXT)
            orders = env["fsm.order"].browse(self.order_ids)
            orders.write({"stage_id": orders._default_stage_id().id})
            orders.unlink()
            env["vas.dispatch.suggest"].search(
                [("before_person_id", "=", False)]
            ).unlink()
            persons = env["fsm.person"].browse(self.person_ids)
            partners = persons.partner_id
            persons.unlink()
            env["vas.service.station"].browse(self.station_id).unlink()
            for model, record_id in self.others:
                record = env[model].browse(record_id)
                if "partner_id" in record._fields:
                    partners |= record.partner_id
                record.unlink()
            partners.unlink()

    def _press_at_once(self, presses):
        """Run both in transactions of their own that begin before either acts."""
        barrier, results = threading.Barrier(2), []

        def run(press):
            with self.registry.cursor() as cr:
                env = api.Environment(cr, SUPERUSER_ID, CONTEXT)
                begun = []

                def once():
                    line = press(env)
                    if not begun:
                        begun.append(1)
                        barrier.wait(timeout=30)
                    line.action_give_out()
                    return "done"

                try:
                    results.append(retrying(once, env))
                except UserError as error:
                    results.append(str(error))

        threads = [threading.Thread(target=run, args=(p,)) for p in presses]
        with mute_logger("odoo.sql_db", "odoo.service.model", "odoo.http"):
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(90)
        return results

    def _candidate(self, env, order_id, person_id):
        wizard = env["vas.dispatch.suggest"].create({"order_id": order_id})
        return wizard.line_ids.filtered(lambda line: line.person_id.id == person_id)

    def _given_out(self):
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            return env["fsm.order"].browse(self.order_ids).mapped("person_id").ids

    def test_one_order_goes_to_one_engineer(self):
        order = self.order_ids[0]
        # Both looked at the suggestion before either pressed.
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, CONTEXT)
            lines = [self._candidate(env, order, p).id for p in self.person_ids]
        results = self._press_at_once(
            [
                lambda env, i=line: env["vas.dispatch.suggest.line"].browse(i)
                for line in lines
            ]
        )
        self.assertEqual(results.count("done"), 1, results)
        (told,) = [result for result in results if result != "done"]
        self.assertRegex(told, "being worked on right now|in the meantime")
        self.assertEqual(len(self._given_out()), 1)

    def test_the_last_free_place_is_taken_once(self):
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, CONTEXT)
            lines = [
                self._candidate(env, order, person).id
                for order, person in zip(self.order_ids, self.person_ids, strict=True)
            ]
        results = self._press_at_once(
            [
                lambda env, i=line: env["vas.dispatch.suggest.line"].browse(i)
                for line in lines
            ]
        )
        self.assertEqual(results.count("done"), 1, results)
        (told,) = [result for result in results if result != "done"]
        self.assertRegex(told, "being worked on right now|capacity full")
        self.assertEqual(len(self._given_out()), 1)

    # ------------------------------------------------------------------
    # Everything that waits
    # ------------------------------------------------------------------

    def _orders(self, env):
        return env["fsm.order"].browse(self.order_ids)

    def _give_out_all(self, env):
        profile = env["vas.dispatch.profile"]._get_profile()
        return self._orders(env)._vas_dispatch_job(profile)

    def _given_out_times(self):
        """How many have an engineer, and how often each was given out."""
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            orders = self._orders(env)
            events = env["vas.dispatch.event"].search([("order_id", "in", orders.ids)])
            given = events.filtered(lambda event: event.kind == "dispatch").order_id
            return (
                len(orders.filtered("person_id")),
                len(given),
                len(events.filtered(lambda event: event.kind == "dispatch")),
            )

    def _more_places(self):
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, CONTEXT)
            station = env["vas.service.station"].browse(self.station_id)
            station.capacity_ids.orders_per_day = 2

    def test_killed_in_the_middle_and_run_again(self):
        """Nothing of it is left, and the next run gives everything out once."""
        self._more_places()
        child = os.fork()
        if not child:
            # Connections of the parent must not be used by two processes.
            sql_db._Pool = None
            try:
                with sql_db.db_connect(get_db_name()).cursor() as cr:
                    env = api.Environment(cr, SUPERUSER_ID, CONTEXT)
                    self._give_out_all(env)
                    env.flush_all()
                    if all(order.person_id for order in self._orders(env)):
                        os.kill(os.getpid(), signal.SIGKILL)
            except BaseException:
                # Nobody else can tell why a process died of something else.
                traceback.print_exc()
            finally:
                os._exit(1)
        _pid, status = os.waitpid(child, 0)
        self.assertEqual(os.WTERMSIG(status), signal.SIGKILL)
        self.assertEqual(self._given_out_times(), (0, 0, 0))
        # Run again, and once more because nobody knew that it had ended.
        for _time in range(2):
            with self.registry.cursor() as cr:
                self._give_out_all(api.Environment(cr, SUPERUSER_ID, CONTEXT))
            self.assertEqual(self._given_out_times(), (2, 2, 2))

    def test_two_give_out_everything_at_once(self):
        """The second one is told or waits; no order is given out twice, and no station
        gets more than it has places for."""
        barrier, results = threading.Barrier(2), []

        def press():
            with self.registry.cursor() as cr:
                env = api.Environment(cr, SUPERUSER_ID, CONTEXT)
                begun = []

                def once():
                    orders = self._orders(env)
                    orders.read(["person_id"])
                    if not begun:
                        begun.append(1)
                        barrier.wait(timeout=30)
                    profile = env["vas.dispatch.profile"]._get_profile()
                    orders._vas_dispatch_now(profile)
                    return "done"

                try:
                    results.append(retrying(once, env))
                except UserError as error:
                    results.append(str(error))

        threads = [threading.Thread(target=press) for _number in range(2)]
        with mute_logger("odoo.sql_db", "odoo.service.model", "odoo.http"):
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(90)
        self.assertIn("done", results)
        for told in set(results) - {"done"}:
            self.assertIn("being worked on right now", told)
        self.assertEqual(
            self._given_out_times(), (1, 1, 1), "the station has one place"
        )
