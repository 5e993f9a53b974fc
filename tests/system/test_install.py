"""Install, update, uninstall and install again, in dependency order and back."""

import inventory
import pytest
from odoo_server import ADDONS, ALL_ADDONS
from story import Life


@pytest.fixture(scope="module")
def life(server, deps_database):
    """One database through the whole life of the three addons."""
    story = Life()
    with server.scratch_database(deps_database) as db:
        known = server.probe(db, "lifecycle", "refresh_module_list")
        story.run(known, "module list")
        for addon in ADDONS:
            story.before_install[addon] = inventory.take(db)
            story.run(server.install(db, addon), f"install {addon}")
        story.installed["first"] = inventory.take(db)
        story.run(server.update(db, ALL_ADDONS), "update")
        story.installed["updated"] = inventory.take(db)
        for addon in reversed(ADDONS):
            gone = server.probe(db, "lifecycle", "work_then_uninstall", addon=addon)
            story.run(gone, f"uninstall {addon}")
            story.after_uninstall[addon] = inventory.take(db)
            story.traces[addon] = inventory.traces(db, addon)
        story.run(server.probe(db, "lifecycle", "still_works"), "work without ours")
        story.run(server.install(db, ALL_ADDONS), "install again")
        story.installed["again"] = inventory.take(db)
        yield story


STEPS = (
    *(f"install {addon}" for addon in ADDONS),
    "update",
    *(f"uninstall {addon}" for addon in ADDONS),
    "work without ours",
    "install again",
)


@pytest.mark.parametrize("step", STEPS)
def test_step_ends_well_and_logs_nothing(life, step):
    life.runs[step].check()


@pytest.mark.parametrize("addon", ADDONS)
def test_uninstall_takes_only_that_addon(life, addon):
    assert life.runs[f"uninstall {addon}"].answer["gone"] == [addon]


@pytest.mark.parametrize("addon", ADDONS)
def test_uninstall_leaves_the_database_as_it_was(life, addon):
    """Tables, columns, indexes, menus, groups, crons … nothing stays or goes."""
    found = inventory.differences(
        life.before_install[addon], life.after_uninstall[addon]
    )
    assert not found, "\n".join(found)


@pytest.mark.parametrize("addon", ADDONS)
def test_uninstall_leaves_no_trace_in_shared_tables(life, addon):
    assert not life.traces[addon]


def test_work_goes_on_after_each_uninstall(life):
    answers = [life.runs[f"uninstall {addon}"].answer["works"] for addon in ADDONS]
    answers.append(life.runs["work without ours"].answer)
    for answer in answers:
        assert answer["partner"] and answer["form"] and answer["menus"]
        assert answer["order"] == "cancel"


def test_update_changes_nothing(life):
    found = inventory.differences(life.installed["first"], life.installed["updated"])
    assert not found, "\n".join(found)


#: Sets whose members carry no database number and must be the same next time.
NUMBERLESS = ("tables and views", "columns", "indexes", "models", "fields")


def test_second_installation_equals_the_first(life):
    first, again = life.installed["first"], life.installed["again"]
    names = [*NUMBERLESS, "external identifiers"]
    found = inventory.differences(
        {name: first[name] for name in names}, {name: again[name] for name in names}
    )
    assert not found, "\n".join(found)
