"""Export the terms of modules as templates: ``export_terms.py FOLDER MODULE… -- …``."""

import sys
from pathlib import Path

from odoo_env import environment, split_arguments


def main() -> int:
    """Write ``FOLDER/<module>.pot`` for each module."""
    (folder, *modules), odoo_arguments = split_arguments()
    with environment(odoo_arguments) as env:
        from odoo.tools.translate import trans_export

        for module in modules:
            with (Path(folder) / f"{module}.pot").open("wb") as handle:
                trans_export(None, [module], handle, "po", env)
    return 0


if __name__ == "__main__":
    sys.exit(main())
