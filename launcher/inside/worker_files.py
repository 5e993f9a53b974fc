"""Plugin of pytest: two processes test one database, each with files of its own.

When a test class ends, Odoo removes the files that no committed record names. In a
folder they share, one process would remove what the other has just written.
"""

import os
import shutil
from pathlib import Path


def pytest_sessionstart():
    """Give a worker a copy of the database's files, made of links."""
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if not worker:
        return
    # Odoo is configured by now, and not before.
    from odoo.tests.common import get_db_name
    from odoo.tools import config

    database = get_db_name()
    shared = Path(config.filestore(database))
    config["data_dir"] = str(Path(config["data_dir"]) / f"worker-{worker}")
    own = Path(config.filestore(database))
    # A run before this one may have left its files.
    shutil.rmtree(own, ignore_errors=True)
    if shared.is_dir():
        shutil.copytree(shared, own, copy_function=os.link)
