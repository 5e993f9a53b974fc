"""Open an Odoo environment in a script of the launcher."""

import contextlib
import sys


def split_arguments() -> tuple[list[str], list[str]]:
    """Return the script's own arguments and those for Odoo, which follow ``--``."""
    position = sys.argv.index("--")
    return sys.argv[1:position], sys.argv[position + 1 :]


@contextlib.contextmanager
def environment(odoo_arguments):
    """Yield a superuser environment; commit when the block succeeds."""
    from odoo import SUPERUSER_ID, api
    from odoo.modules.registry import Registry
    from odoo.tools import config

    config.parse_config(odoo_arguments, setup_logging=True)
    with Registry(config["db_name"][0]).cursor() as cursor:
        yield api.Environment(cursor, SUPERUSER_ID, {})
        cursor.commit()
