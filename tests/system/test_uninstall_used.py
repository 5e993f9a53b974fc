"""Uninstall from a database full of business data."""

import re

import inventory
import pytest
from odoo_server import ADDONS
from story import Life


@pytest.fixture(scope="module")
def used_database_life(server, demo_database):
    """Uninstall on a copy of the demo company: records, messages, files exist."""
    story = Life()
    with server.scratch_database(demo_database) as db:
        order = list(reversed(ADDONS))
        gone = server.probe(db, "lifecycle", "uninstall_all", addons=order)
        story.run(gone, "uninstall")
        story.after_uninstall["all"] = inventory.take(db)
        for addon in ADDONS:
            story.traces[addon] = inventory.traces(db, addon)
        story.run(server.probe(db, "lifecycle", "still_works"), "work without ours")
        yield story


def test_used_database_uninstalls_one_by_one_and_quietly(used_database_life):
    run = used_database_life.runs["uninstall"]
    assert run.returncode == 0
    assert run.answer == [[addon] for addon in reversed(ADDONS)]
    assert not [line for line in run.complaints() if not _kept_on_purpose(line)]


#: Odoo tries to delete every record of an addon and logs each refusal of a foreign key
#: before it takes the table away (ours) or keeps the document (the listed ones).
REFUSAL = re.compile(
    r"bad query: b'DELETE FROM \"(\w+)\".*violates foreign key", re.DOTALL
)
KEPT_TABLES = {model.replace(".", "_") for model in inventory.BUSINESS_MODELS}


def _kept_on_purpose(complaint: str) -> bool:
    refusal = REFUSAL.search(complaint)
    return bool(refusal) and (
        refusal[1].startswith("vas_") or refusal[1] in KEPT_TABLES
    )


@pytest.mark.parametrize("addon", ADDONS)
def test_used_database_keeps_no_trace(used_database_life, addon):
    assert not used_database_life.traces[addon]


def test_used_database_has_nothing_of_ours_left(used_database_life):
    used_database_life.runs["work without ours"].check()
    left = used_database_life.after_uninstall["all"]
    ours = {
        name: [m for m in members if "vas_" in m or "vas." in m]
        for name, members in left.items()
    }
    # The addons stay listed in the Apps screen; the others are judged above.
    del ours["external identifiers"]
    assert not {name: members for name, members in ours.items() if members}
