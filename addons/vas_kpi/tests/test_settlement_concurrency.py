import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.service.model import retrying
from odoo.tests import BaseCase, tagged
from odoo.tests.common import get_db_name
from odoo.tools import config, mute_logger

from .common import remove_agreement
from .test_settlement import JUNE, make_agreement, observe_calls

#: What a process of its own needs to reach the same database with the same code.
OPTIONS = ("db_host", "db_port", "db_user", "db_password", "addons_path", "data_dir")


@tagged("post_install", "-at_install", "vas_concurrency")
class TestSettlementAtOnce(BaseCase):
    """Real transactions at once, and a process that dies: one settlement, one bill."""

    def setUp(self):
        super().setUp()
        self.registry = Registry(get_db_name())
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {"tracking_disable": True})
            partner = env["res.partner"].create({"name": "Vendor of many"})
            agreement = make_agreement(env, env.company, partner, "D")
            observe_calls(agreement, 1000)
            self.agreement_id = agreement.id
        self.addCleanup(self.clean)

    def clean(self):
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {"tracking_disable": True})
            agreement = env["vas.settlement.agreement"].browse(self.agreement_id)
            remove_agreement(agreement)

    def work(self, env):
        agreement = env["vas.settlement.agreement"].browse(self.agreement_id)
        settlement = agreement._settle(*JUNE)
        if settlement.state == "draft":
            settlement.action_check()
        settlement.action_create_bill()

    def count(self):
        """Return the numbers of settlements, of lines and of bills."""
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            agreement = env["vas.settlement.agreement"].browse(self.agreement_id)
            bills = env["account.move"].search(
                [("partner_id.name", "=", "Vendor of many")]
            )
            settlements = agreement.settlement_ids
            return len(settlements), len(settlements.line_ids), len(bills)

    def test_the_whole_way_twice_at_once(self):
        barrier, results = threading.Barrier(2), []

        def press():
            with self.registry.cursor() as cr:
                env = api.Environment(cr, SUPERUSER_ID, {})
                begun = []

                def once():
                    if not begun:
                        # Both have seen a database without a settlement.
                        env.cr.execute("SELECT count(*) FROM vas_settlement")
                        barrier.wait(timeout=30)
                    begun.append(1)
                    self.work(env)
                    return "done"

                results.append(retrying(once, env))

        threads = [threading.Thread(target=press) for _number in range(2)]
        with mute_logger("odoo.sql_db", "odoo.service.model"):
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(90)
        self.assertEqual(results, ["done", "done"], "nobody meets an error")
        self.assertEqual(self.count(), (1, 1, 1))

    def test_killed_in_the_middle_and_done_again(self):
        options = {name: config[name] for name in OPTIONS}
        script = Path(__file__).with_name("settle_and_die.py")
        arguments = [get_db_name(), str(self.agreement_id), *map(str, JUNE)]
        died = subprocess.run(
            [sys.executable, str(script), *arguments],
            env={**os.environ, "VAS_TEST_OPTIONS": json.dumps(options, default=str)},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        self.assertEqual(died.returncode, -signal.SIGKILL, died.stderr)
        self.assertIn("written 1 ", died.stdout)
        self.assertEqual(self.count(), (0, 0, 0), "nothing half-made stays")
        for _again in range(2):
            with self.registry.cursor() as cr:
                self.work(api.Environment(cr, SUPERUSER_ID, {}))
        self.assertEqual(self.count(), (1, 1, 1))
