"""Install, update, uninstall and install again, in dependency order and back."""

import re
from dataclasses import dataclass, field

import inventory
import pytest
from odoo_server import ADDONS, ALL_ADDONS, Run, connect, rows


@dataclass
class Life:
    """Inventories and runs of one database from its first addon to the last."""

    runs: dict[str, Run] = field(default_factory=dict)
    before_install: dict[str, dict] = field(default_factory=dict)
    after_uninstall: dict[str, dict] = field(default_factory=dict)
    traces: dict[str, list[str]] = field(default_factory=dict)
    installed: dict[str, dict] = field(default_factory=dict)

    def run(self, run: Run, name: str) -> Run:
        """Keep one step; a step that crashed ends the story there."""
        self.runs[name] = run
        if run.returncode:
            pytest.fail(f"{name}: exit {run.returncode}\n{run.log[-8000:]}")
        return run


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


# ---------------------------------------------------------------------------
# A database full of business data


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


# ---------------------------------------------------------------------------
# An administrator's rules survive an update

#: Records of these models describe the addon itself, not the business.
TECHNICAL_MODELS = {
    "ir.model",
    "ir.model.access",
    "ir.model.constraint",
    "ir.model.fields",
    "ir.model.fields.selection",
    "ir.model.inherit",
    "ir.model.relation",
    "ir.actions.act_window",
    "ir.actions.act_window.view",
    "ir.actions.client",
    "ir.actions.report",
    "ir.actions.server",
    "ir.actions.act_url",
    "ir.module.category",
    "ir.ui.menu",
    "ir.ui.view",
    "res.groups",
    "res.groups.privilege",
}


def test_every_rule_record_is_protected_from_updates(plain_database):
    """What an administrator may edit is ``noupdate``: the rules are data."""
    open_to_update = rows(
        plain_database,
        "SELECT module || '.' || name, model FROM ir_model_data "
        "WHERE module = ANY(%s) AND NOT coalesce(noupdate, false) "
        "AND model <> ALL(%s) ORDER BY 2, 1",
        (list(ADDONS), sorted(TECHNICAL_MODELS)),
    )
    assert not open_to_update


def _edit_every_rule(database) -> dict[str, dict]:
    """Change one value of every protected record of our models, as rows afterwards."""
    protected = rows(
        database,
        "SELECT model, array_agg(res_id ORDER BY res_id) FROM ir_model_data "
        "WHERE module = ANY(%s) AND noupdate AND model LIKE 'vas.%%' GROUP BY model",
        (list(ADDONS),),
    )
    edited = {}
    with connect(database) as cursor:
        for model, ids in protected:
            table = model.replace(".", "_")
            column = _editable_column(cursor, table)
            if column:
                cursor.execute(
                    f"UPDATE {table} SET {column} = coalesce({column}, 0) + 1 "  # noqa: S608
                    "WHERE id = ANY(%s)",
                    (ids,),
                )
            edited[model] = _contents(cursor, table, ids)
    return edited


def _editable_column(cursor, table: str) -> str | None:
    """A number of the rule: what an administrator tunes."""
    cursor.execute(
        "SELECT column_name FROM information_schema.columns WHERE table_name = %s "
        "AND data_type IN ('double precision', 'numeric', 'integer') "
        "AND column_name NOT LIKE '%%\\_id' "
        "AND column_name NOT IN ('id', 'create_uid', 'write_uid', 'version') "
        "ORDER BY (column_name = 'sequence')::int, column_name LIMIT 1",
        (table,),
    )
    found = cursor.fetchone()
    return found and found[0]


def _contents(cursor, table: str, ids: list[int]) -> dict[int, dict]:
    cursor.execute(
        f"SELECT id, to_jsonb(t) FROM {table} t WHERE id = ANY(%s)",  # noqa: S608
        (ids,),
    )
    return dict(cursor.fetchall())


@pytest.fixture(scope="module")
def updated_rules(server, plain_database):
    """Every shipped rule edited, then all addons updated: (run, before, after)."""
    with server.scratch_database(plain_database) as db:
        before = _edit_every_rule(db)
        run = server.update(db, ALL_ADDONS)
        with connect(db) as cursor:
            after = {
                model: _contents(cursor, model.replace(".", "_"), list(records))
                for model, records in before.items()
            }
        yield run, before, after


def test_update_with_edited_rules_is_quiet(updated_rules):
    updated_rules[0].check()


def test_edited_rules_survive_an_update(updated_rules):
    _run, before, after = updated_rules
    assert before, "no protected rule records found"
    changed = [
        f"{model} {record_id}: {column} {row[column]!r} → {new[column]!r}"
        for model, records in before.items()
        for record_id, row in records.items()
        for new in [after[model].get(record_id, {})]
        for column in row
        if new.get(column, "gone") != row[column]
    ]
    assert not changed, "\n".join(changed)
