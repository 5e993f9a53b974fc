"""``./vas i18n``: refresh templates and translations of our addons."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import IO

from . import process
from .cases import scratch
from .errors import UsageError
from .odoo_command import Odoo
from .settings import ADDONS, Settings

LANGUAGE = "zh_CN"


def export(
    odoo: Odoo, database: str, folder: Path, addons: list[str], log: IO[str]
) -> None:
    """Export the terms of *addons* as templates into *folder*."""
    odoo.script(
        database, "export_terms", [str(folder), *addons], log, "exporting the terms"
    )


def po_command(odoo: Odoo, command: str, folder: Path, addons: list[str]) -> list[str]:
    """Return the command line of ``inside/po.py``."""
    script = Path(__file__).parent / "inside/po.py"
    return [
        *(str(odoo.python), str(script), command),
        *(str(odoo.settings.addons_path), str(folder), LANGUAGE, *addons),
    ]


def command(settings: Settings, arguments: list[str]) -> int:
    """Refresh the files of the named addons, or of all; list what is untranslated."""
    unknown = [name for name in arguments if name not in ADDONS]
    if unknown:
        raise UsageError(f"{', '.join(unknown)} is none of {', '.join(ADDONS)}")
    addons = arguments or list(ADDONS)
    odoo, database = scratch(settings)
    folder = Path(tempfile.mkdtemp(prefix="vas-i18n-"))
    try:
        with (settings.logs / "i18n.log").open("w", encoding="utf-8") as log:
            export(odoo, database, folder, addons, log)
        result = process.capture(po_command(odoo, "merge", folder, addons))
    finally:
        shutil.rmtree(folder)
    print(result.stderr.strip())
    print(result.stdout.strip() or "Everything is translated.")
    return result.returncode
