"""A database of the release before, full of work, becomes one of this release.

The copy is put back to what the release before knew; everything else in it is real.
"""

import ast

import pytest
from odoo_server import ADDONS, ADDONS_DIR, ALL_ADDONS, connect, rows

#: The job functions that learned to say why a job failed.
FUNCTIONS = """
    SELECT res_id FROM ir_model_data
     WHERE module = 'vas_kpi' AND model = 'queue.job.function' AND (
           name LIKE 'job_function%simulat%' OR name LIKE 'job_function%settle%')
"""

#: Versions of the release before and what it had not, as statements.
BEFORE = {
    "vas_kpi": (
        "19.0.1.1.0",
        [
            f"UPDATE queue_job_function SET on_fail_method = NULL"
            f" WHERE id IN ({FUNCTIONS})",
            "ALTER TABLE vas_simulation DROP COLUMN failure",
            "ALTER TABLE vas_scorecard DROP COLUMN publish_template_id",
            "DELETE FROM mail_template WHERE id IN (SELECT res_id FROM ir_model_data"
            " WHERE module = 'vas_kpi' AND model = 'mail.template')",
            "DELETE FROM ir_model_data"
            " WHERE module = 'vas_kpi' AND model = 'mail.template'",
        ],
    ),
    "vas_service": (
        "19.0.1.0.0",
        [
            "ALTER TABLE helpdesk_ticket DROP COLUMN vas_reported_at,"
            " DROP COLUMN vas_repaired_at, DROP COLUMN vas_fault_hours",
            "ALTER TABLE vas_sla_role DROP COLUMN fallback_id",
        ],
    ),
    "vas_logistics": (
        "19.0.1.0.0",
        [
            "ALTER TABLE vas_trip_ledger_line ADD COLUMN undelivered numeric,"
            " ADD COLUMN credited numeric, DROP COLUMN goods_key, DROP COLUMN kept,"
            " DROP COLUMN covered, DROP COLUMN invoiced, DROP COLUMN to_invoice,"
            " DROP COLUMN revenue, DROP COLUMN why, DROP COLUMN co2_kg",
            "DROP TABLE vas_trip_ledger_order",
            "ALTER TABLE vas_trip_ledger DROP COLUMN to_bill,"
            " DROP COLUMN bill_difference, DROP COLUMN to_invoice,"
            " DROP COLUMN to_credit, DROP COLUMN separate_cost, DROP COLUMN saving,"
            " DROP COLUMN saving_rate, DROP COLUMN co2_kg",
            "ALTER TABLE vas_freight_agreement DROP COLUMN invoice_per",
            "ALTER TABLE account_move_line DROP COLUMN vas_agreed_amount",
        ],
    ),
}


@pytest.fixture(scope="module")
def upgraded(server, demo_copy):
    """The copy after the update; its log must be clean."""
    with connect(demo_copy) as cursor:
        for addon, (version, statements) in BEFORE.items():
            for statement in statements:
                cursor.execute(statement)
            cursor.execute(
                "UPDATE ir_module_module SET latest_version = %s WHERE name = %s",
                (version, addon),
            )
    server.update(demo_copy, ALL_ADDONS).check()
    return demo_copy


def test_the_database_carries_the_versions_of_the_manifests(upgraded):
    found = rows(
        upgraded,
        "SELECT name, latest_version FROM ir_module_module WHERE name = ANY(%s)",
        (list(ADDONS),),
    )
    for addon, version in found:
        manifest = ADDONS_DIR / addon / "__manifest__.py"
        assert version == ast.literal_eval(manifest.read_text())["version"]
        assert version > BEFORE[addon][0], "a changed addon has a new version"


def test_jobs_say_why_they_failed(upgraded):
    found = rows(
        upgraded,
        f"SELECT on_fail_method FROM queue_job_function WHERE id IN ({FUNCTIONS})",
    )
    assert found == [("_on_job_failed",)] * 4


def test_old_tickets_were_reported_when_opened(upgraded):
    [[closed, wrong]] = rows(
        upgraded,
        "SELECT count(*), count(*) FILTER (WHERE vas_repaired_at IS DISTINCT FROM"
        " closed_date OR vas_reported_at > closed_date OR vas_fault_hours < 0)"
        " FROM helpdesk_ticket WHERE closed_date IS NOT NULL",
    )
    assert closed > 0
    assert wrong == 0


def test_roles_learn_who_stands_in(upgraded):
    found = rows(
        upgraded,
        "SELECT count(*) FROM vas_sla_role WHERE fallback_id IS NOT NULL",
    )
    assert found == [(2,)]


def test_nobody_is_written_to_by_an_update(upgraded):
    [[named]] = rows(
        upgraded,
        "SELECT count(*) FROM vas_scorecard WHERE publish_template_id IS NOT NULL"
        " AND state = 'active'",
    )
    assert named == 0


def test_what_was_invoiced_is_not_due_again(upgraded):
    [[invoiced, wrong]] = rows(
        upgraded,
        "SELECT count(*), count(*) FILTER (WHERE abs(to_invoice) + abs(credit_due) > 0"
        " OR round(revenue - charge, 2) != 0) FROM vas_trip_ledger_line"
        " WHERE is_invoiced",
    )
    assert invoiced > 0
    assert wrong == 0


def test_what_was_billed_is_not_expected_again(upgraded):
    [[billed, wrong]] = rows(
        upgraded,
        "SELECT count(*), count(*) FILTER (WHERE to_bill != 0) FROM vas_trip_ledger"
        " WHERE id IN (SELECT vas_ledger_id FROM account_move_line)",
    )
    assert billed > 0
    assert wrong == 0


def test_margins_of_earlier_trips_are_there_by_order(upgraded):
    [[lines, wrong]] = rows(
        upgraded,
        "SELECT count(*), count(*) FILTER (WHERE round(line.margin - parts.margin, 2)"
        " != 0) FROM vas_trip_ledger_line AS line JOIN (SELECT line_id,"
        " sum(margin) AS margin FROM vas_trip_ledger_order GROUP BY line_id) AS parts"
        " ON parts.line_id = line.id",
    )
    assert lines > 0
    assert wrong == 0
