"""An administrator's rules survive an update."""

import pytest
from odoo_server import ADDONS, ALL_ADDONS, connect, rows

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
