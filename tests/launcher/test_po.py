import importlib.util
from pathlib import Path

import polib
import pytest

PATH = Path(__file__).resolve().parents[2] / "launcher/inside/po.py"
spec = importlib.util.spec_from_file_location("vas_po", PATH)
po = importlib.util.module_from_spec(spec)
spec.loader.exec_module(po)


def catalogue(**terms):
    """A file with the given terms and their translations."""
    result = polib.POFile()
    for msgid, msgstr in terms.items():
        result.append(polib.POEntry(msgid=msgid, msgstr=msgstr))
    return result


def test_a_complete_translation_has_no_problems():
    assert po.problems(catalogue(Grade=""), catalogue(Grade="等级")) == []


@pytest.mark.parametrize(
    ("translation", "problem"),
    [
        (catalogue(), "missing: 'Grade'"),
        (catalogue(Grade=""), "untranslated: 'Grade'"),
        (catalogue(Grade="等级", Old="旧"), "not used any more: 'Old'"),
    ],
)
def test_what_is_incomplete_is_named(translation, problem):
    assert problem in po.problems(catalogue(Grade=""), translation)


def test_fuzzy_and_obsolete_entries_are_named():
    translation = catalogue(Grade="等级", Old="旧")
    translation[0].flags.append("fuzzy")
    translation[1].obsolete = True
    assert po.problems(catalogue(Grade=""), translation) == [
        "fuzzy: 'Grade'",
        "obsolete: 'Old'",
    ]


def test_merging_keeps_translations_and_drops_what_is_gone():
    merged = po.merge(
        catalogue(Grade="", Score=""), catalogue(Grade="等级", Old="旧"), "zh_CN"
    )
    assert [(entry.msgid, entry.msgstr) for entry in merged] == [
        ("Grade", "等级"),
        ("Score", ""),
    ]
    assert merged.metadata["Language"] == "zh_CN"
