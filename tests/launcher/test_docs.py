"""The documentation says what is there."""

import importlib.util
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted(
    [ROOT / "README.md", *(ROOT / "docs").rglob("*.md"), *ROOT.glob("tests/*/*.md")]
)


def _load_generator():
    spec = importlib.util.spec_from_file_location(
        "make_xml_ids", ROOT / "docs" / "make_xml_ids.py"
    )
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_list_of_xml_ids_is_up_to_date():
    generator = _load_generator()
    written = generator.PAGE.read_text(encoding="utf-8")
    assert written == generator.build_page(), "run: python docs/make_xml_ids.py"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    targets = re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text(encoding="utf-8"))
    missing = [
        target
        for target in targets
        if "://" not in target and not (page.parent / target).exists()
    ]
    assert not missing, f"{page}: {missing}"
