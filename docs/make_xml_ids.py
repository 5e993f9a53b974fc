"""Write docs/xml-ids.md: the shipped rule records an integration may rely on.

Run from the checkout: ``python docs/make_xml_ids.py``. ``tests/launcher/test_docs.py``
fails when the page is not up to date.
"""

from __future__ import annotations

import sys
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "xml-ids.md"
HEAD = """# Shipped records and their XML ids

Stable: an id is never renamed or given to another record.
Written by `docs/make_xml_ids.py`.
"""


def build_page(root: Path = ROOT) -> str:
    """Return the page: one section per addon, one line per model."""
    parts = [HEAD]
    for addon in ("vas_kpi", "vas_service", "vas_logistics"):
        models: dict[str, list[str]] = {}
        for path in sorted((root / "addons" / addon / "data").glob("*.xml")):
            for record in ElementTree.parse(path).iter("record"):
                models.setdefault(record.get("model"), []).append(record.get("id"))
        parts.append(f"\n## {addon}\n")
        for model in sorted(models):
            names = ", ".join(f"`{name}`" for name in sorted(set(models[model])))
            parts.append(f"- **{model}**: {names}")
    return "\n".join(parts) + "\n"


if __name__ == "__main__":
    PAGE.write_text(build_page(), encoding="utf-8")
    sys.stdout.write(f"{PAGE.relative_to(ROOT)} written\n")
