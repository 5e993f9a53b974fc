import threading

from odoo import SUPERUSER_ID, api
from odoo.exceptions import UserError
from odoo.modules.registry import Registry
from odoo.service.model import retrying
from odoo.tests import BaseCase, tagged
from odoo.tests.common import get_db_name
from odoo.tools import mute_logger

CONTEXT = {"tracking_disable": True, "lang": "en_US", "tz": "UTC"}


@tagged("post_install", "-at_install", "vas_concurrency")
class TestDoorAtOnce(BaseCase):
    """Two people book one door in two real transactions: one vehicle gets it (K3)."""

    def setUp(self):
        super().setUp()
        self.registry = Registry(get_db_name())
        self.addCleanup(self.clean)
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, CONTEXT)
            warehouse = env["stock.warehouse"].search([], limit=1)
            door = env["stock.location"].create(
                {
                    "name": "At once",
                    "location_id": warehouse.lot_stock_id.id,
                    "company_id": warehouse.company_id.id,
                    "vas_is_door": True,
                }
            )
            self.door_id, self.company_id = door.id, warehouse.company_id.id

    def clean(self):
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, CONTEXT)
            self._bookings(env).unlink()
            env["stock.location"].browse(self.door_id).unlink()

    def _bookings(self, env):
        return env["vas.door.booking"].search([("door_id", "=", self.door_id)])

    def _book(self, env, start, stop):
        env["vas.door.booking"].create(
            {
                "door_id": self.door_id,
                "company_id": self.company_id,
                "license_plate": start,
                "start": f"2030-09-02 {start}:00",
                "stop": f"2030-09-02 {stop}:00",
            }
        )

    def _count(self):
        with self.registry.cursor() as cr:
            return len(self._bookings(api.Environment(cr, SUPERUSER_ID, CONTEXT)))

    def test_who_began_before_the_other_booked(self):
        """The second one's picture is older than the first one's booking."""
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, CONTEXT)
            self.assertFalse(self._bookings(env))
            with self.registry.cursor() as other:
                self._book(
                    api.Environment(other, SUPERUSER_ID, CONTEXT), "08:00", "08:45"
                )
            with (
                self.assertRaisesRegex(UserError, "Choose the next free time"),
                mute_logger("odoo.sql_db"),
            ):
                retrying(lambda: self._book(env, "08:30", "09:10"), env)
        self.assertEqual(self._count(), 1)
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, CONTEXT)
            retrying(lambda: self._book(env, "08:45", "09:10"), env)
        self.assertEqual(self._count(), 2)

    def test_both_at_the_same_moment(self):
        barrier, results = threading.Barrier(2), []

        def run(start, stop):
            with self.registry.cursor() as cr:
                env = api.Environment(cr, SUPERUSER_ID, CONTEXT)
                begun = []

                def once():
                    self._bookings(env)
                    if not begun:
                        begun.append(1)
                        barrier.wait(timeout=30)
                    self._book(env, start, stop)
                    return "done"

                try:
                    results.append(retrying(once, env))
                except UserError as error:
                    cr.rollback()
                    results.append(str(error))

        threads = [
            threading.Thread(target=run, args=times)
            for times in (("08:00", "08:45"), ("08:30", "09:10"))
        ]
        with mute_logger("odoo.sql_db", "odoo.service.model", "odoo.http"):
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(60)
        self.assertEqual(results.count("done"), 1, results)
        self.assertEqual(self._count(), 1)
