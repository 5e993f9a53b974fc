#!/usr/bin/env python3
"""Write the access matrix and the record rules of a database for review.

    PYTHONPATH=. VAS_TEST_…=… python tests/system/review_access.py

The two CSV files beside this script are the reviewed expectation of
``test_security_matrix.py``: read the difference in git before committing it.
"""

import csv
import json
import os
from pathlib import Path

from odoo_server import OdooServer

FILES = {
    "matrix": ("access_matrix.csv", ["model", "group", "rights"]),
    "rules": ("record_rules.csv", ["model", "rule", "groups", "domain"]),
}


def main() -> None:
    server = OdooServer(
        command=json.loads(os.environ["VAS_TEST_ODOO_CMD"]),
        config_file=Path(os.environ["VAS_TEST_ODOO_CONF"]),
    )
    for function, (file_name, header) in FILES.items():
        run = server.probe(os.environ["VAS_TEST_PLAIN_DB"], "access", function).check()
        path = Path(__file__).with_name(file_name)
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(header)
            writer.writerows(run.answer)


if __name__ == "__main__":
    main()
