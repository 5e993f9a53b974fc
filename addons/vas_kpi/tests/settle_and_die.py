"""Settle, accept and bill a period in a process of its own, and die before the commit.

Started by test_settlement_concurrency.py: ``python settle_and_die.py DATABASE AGREEMENT
FROM TO`` with the server's options in the environment variable VAS_TEST_OPTIONS.
"""

import json
import os
import signal
import sys


def main(database, agreement_id, date_from, date_to):
    from odoo.tools import config  # noqa: PLC0415  options first, then the rest

    config.parse_config([], setup_logging=False)
    for name, value in json.loads(os.environ["VAS_TEST_OPTIONS"]).items():
        config[name] = value
    from odoo import SUPERUSER_ID, api, fields  # noqa: PLC0415
    from odoo.modules.registry import Registry  # noqa: PLC0415

    with Registry(database).cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {})
        agreement = env["vas.settlement.agreement"].browse(int(agreement_id))
        settlement = agreement._settle(
            fields.Date.to_date(date_from), fields.Date.to_date(date_to)
        )
        settlement.action_check()
        settlement.action_create_bill()
        env.flush_all()
        cr.execute(
            "SELECT count(*) FROM vas_settlement WHERE agreement_id = %s",
            [agreement.id],
        )
        sys.stdout.write(f"written {cr.fetchone()[0]} {settlement.bill_id.id}\n")
        sys.stdout.flush()
        os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main(*sys.argv[1:])
