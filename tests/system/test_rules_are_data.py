"""No business number lives in Python, and every screen, job and report works."""

import ast
from functools import cache
from pathlib import Path
from xml.etree import ElementTree

import pytest
from odoo_server import ADDONS, ADDONS_DIR

#: Figures of the catalogue, in every way Python can spell them. They are records.
BUSINESS_NUMBERS = {
    0.11,
    0.14,
    0.17,
    0.85,
    0.92,
    0.96,
    2_000_000,
    3_000_000,
}
#: Units, percent and scientific constants: the same in every business.
UNIVERSAL = {60, 100, 1000, 1024, 3600, 86400, 1_000_000}
#: Days of a month and below explain themselves (indexes, digits, small counts).
SMALL = 31
#: Every other number in Python, with the reason why it is no rule of a business.
EXPLAINED = {
    ("vas_kpi/models/res_company.py", 200): "default of a setting: work in background",
    ("vas_kpi/models/res_company.py", 20000): "default of a setting: import limit",
    ("vas_kpi/models/res_company.py", 50): "default of a setting: import limit",
    ("vas_kpi/models/vas_assessment_ranking.py", 300): "width of a drawing",
    ("vas_kpi/models/vas_assessment_ranking.py", 0.005): "half of the last digit shown",
    ("vas_kpi/models/vas_event.py", 200): "length of a message",
    ("vas_kpi/models/vas_observation_import_undo.py", 5000): "batch of deletions",
    ("vas_kpi/models/vas_observation_store.py", 10000): "rows of one call of the API",
    ("vas_kpi/models/vas_observation_store.py", 200): "length of a message",
    (
        "vas_kpi/models/vas_simulation_goal.py",
        0.2,
    ): "first value of a question, typed over",
    ("vas_kpi/models/vas_simulation.py", 0.005): "half of the last digit shown",
    ("vas_kpi/tools/curve.py", 1e-9): "floating point",
    ("vas_kpi/tools/expression.py", 300): "longest formula, against abuse",
    ("vas_kpi/tools/expression.py", 40): "length of a message",
    ("vas_kpi/tools/expression.py", 1e-12): "floating point",
    ("vas_kpi/tools/whatif.py", 1e-9): "floating point",
    ("vas_kpi/models/vas_assessment_override.py", 500): "batch of a scheduled action",
    ("vas_kpi/models/vas_import_profile.py", 40): "headings listed in a message",
    ("vas_kpi/models/vas_observation_import_rows.py", 200): "length of a message",
    ("vas_kpi/models/vas_rule_mixin.py", 2024): "sample year that validates a domain",
    ("vas_kpi/models/vas_scale.py", 0.15): "margin of a drawing",
    ("vas_kpi/models/vas_scale.py", 120): "points of a drawing",
    ("vas_kpi/models/vas_scale.py", 121): "points of a drawing",
    ("vas_kpi/models/vas_scale.py", 100000.0): "rounding of a drawing",
    ("vas_kpi/models/vas_scorecard.py", 0.0101): "rounding of weights to 0.01",
    ("vas_kpi/models/vas_settlement_amounts.py", 40): "sequence of lines",
    ("vas_kpi/models/vas_settlement_amounts.py", 65): "sequence of lines",
    ("vas_kpi/models/vas_settlement_amounts.py", 70): "sequence of lines",
    ("vas_kpi/models/vas_settlement_amounts.py", 80): "sequence of lines",
    ("vas_kpi/models/vas_settlement_line.py", 50): "sequence of lines",
    ("vas_kpi/tools/settlement.py", 0.01): "default rounding, the currency's is given",
    ("vas_kpi/tools/tabular.py", 200): "memory limit of a record",
    ("vas_kpi/tools/tabular.py", 256): "cache size",
    ("vas_kpi/tools/tabular.py", 1e15): "exact integers of a float",
    ("vas_kpi/tools/tabular.py", 1900): "two-digit years",
    ("vas_kpi/tools/tabular.py", 2000): "two-digit years",
    ("vas_kpi/tools/tabular.py", 69): "two-digit years (POSIX)",
    ("vas_kpi/tools/tabular.py", 65536): "bytes read at once",
    ("vas_kpi/wizards/vas_assessment_revise.py", 1e-9): "floating point",
    ("vas_kpi/wizards/vas_metric_preview.py", 200): "rows of a preview, a field",
    ("vas_logistics/controllers/driver.py", 64): "length of a key",
    ("vas_logistics/controllers/driver.py", 200): "HTTP answer",
    ("vas_logistics/controllers/driver.py", 400): "HTTP answer",
    ("vas_logistics/controllers/driver.py", 422): "HTTP answer",
    ("vas_logistics/controllers/driver.py", 503): "HTTP answer",
    ("vas_logistics/controllers/portal.py", 404): "HTTP answer",
    ("vas_logistics/models/stock_picking_batch.py", 0.01): "rounding of weights",
    ("vas_logistics/models/vas_codelivery_engine.py", 200): "points of a drawing",
    ("vas_logistics/models/vas_planning_profile.py", 1.3): "default of a setting",
    ("vas_logistics/models/vas_planning_profile.py", 168): "hours of a week",
    ("vas_logistics/models/vas_planning_profile.py", 600): "sense check of minutes",
    ("vas_logistics/models/vas_trip_event.py", 512): "pixels of a signature",
    ("vas_logistics/models/vas_outlet.py", 90): "latitude",
    ("vas_logistics/models/vas_outlet.py", 180): "longitude",
    ("vas_logistics/tools/allocation.py", 0.01): "a cent, unless told another unit",
    ("vas_logistics/tools/allocation.py", 1e-7): "floating point",
    ("vas_logistics/tools/bundling.py", 0.25): "tuning of the solver",
    ("vas_logistics/tools/bundling.py", 1e-9): "floating point",
    ("vas_logistics/tools/checker.py", 0.001): "tolerance of the checker",
    ("vas_logistics/tools/checker.py", 0.01): "tolerance of the checker",
    ("vas_logistics/tools/distance.py", 0.1): "two places are never nearer",
    ("vas_logistics/tools/distance.py", 6371.0088): "radius of the earth",
    ("vas_logistics/tools/feasibility.py", 1e-9): "floating point",
    ("vas_logistics/tools/freight.py", 0.01): "a cent",
    ("vas_logistics/tools/piece_rate.py", 0.01): "a cent",
    ("vas_logistics/tools/insertion.py", 0.0005): "half the tolerance of the checker",
    ("vas_logistics/tools/insertion.py", 1e-9): "floating point",
    ("vas_logistics/tools/parallel.py", 0.2): "seconds between looks",
    ("vas_logistics/tools/parallel.py", 10_007): "distance of seeds",
    ("vas_logistics/tools/pyvrp_solver.py", 0.15): "tuning of the solver",
    ("vas_logistics/tools/pyvrp_solver.py", 0.2): "tuning of the solver",
    ("vas_logistics/tools/pyvrp_model.py", 0.2): "tuning of the solver",
    ("vas_logistics/tools/pyvrp_model.py", 40): "tuning of the solver",
    ("vas_logistics/tools/pyvrp_model.py", 120): "tuning of the solver",
    ("vas_logistics/tools/pyvrp_solver.py", 150): "tuning of the solver",
    ("vas_logistics/tools/pyvrp_solver.py", 400): "patience of the solver",
    ("vas_logistics/tools/pyvrp_solver.py", 250): "patience of the solver",
    ("vas_logistics/tools/pyvrp_solver.py", 1e7): "penalty of the solver",
    ("vas_logistics/tools/pyvrp_solver.py", 1e-4): "penalty of the solver",
    ("vas_logistics/tools/pyvrp_model.py", 1e-9): "floating point",
    ("vas_logistics/tools/pyvrp_model.py", 36_000): "tenths of a second in an hour",
    ("vas_logistics/tools/pyvrp_model.py", 50_000): "penalty of the solver",
    ("vas_logistics/tools/routes.py", 1e-6): "floating point",
    ("vas_logistics/tools/routes.py", 1e-9): "floating point",
    ("vas_logistics/tools/simplex.py", 1e-9): "floating point",
    ("vas_logistics/tools/simplex.py", 2_000): "steps of the simplex method",
    ("vas_logistics/tools/simplex.py", 20_000): "steps of the simplex method",
    ("vas_logistics/tools/windows.py", 1e-6): "floating point",
    ("vas_service/models/resource_calendar.py", 59): "last second of a minute",
    ("vas_service/models/vas_sla_clock_escalation.py", 200): "batch of a job",
    ("vas_service/models/vas_sla_simulation.py", 2000): "changes listed at most",
    ("vas_service/wizards/vas_sla_apply.py", 500): "deadlines listed at most",
    ("vas_service/tools/sla_simulation.py", 1e-9): "floating point",
    ("vas_service/models/vas_incident_profile.py", 2016): "sample date of a format",
    ("vas_service/models/vas_incident_profile.py", 45): "sample date of a format",
    ("vas_service/wizards/vas_incident_import.py", 64): "largest file in MB",
    ("vas_service/wizards/vas_incident_import.py", 200): "faults shown at most",
    ("vas_service/models/vas_partner_grade.py", 500): "batch of a scheduled action",
    ("vas_service/tools/odometer.py", 1970): "the epoch",
    ("vas_service/models/fsm_order.py", 1920): "pixels of a photo",
    ("vas_service/tools/dispatch.py", 6371.0088): "radius of the earth",
    ("vas_service/tools/dispatch.py", 90.0): "degrees of latitude",
    ("vas_service/tools/dispatch.py", 180.0): "degrees of longitude",
    ("vas_service/models/contract_agreement.py", 200): "batch of a scheduled action",
    ("vas_service/tools/coverage.py", 366): "days of a year, against endless search",
    ("vas_service/tools/entitlement.py", 0.005): "half of the last digit kept",
}
#: Keywords whose numbers describe a column, not the business.
TECHNICAL_KEYWORDS = {"digits", "size"}


def _sources() -> list[Path]:
    """Python of the addons that runs in production."""
    return [
        path
        for addon in ADDONS
        for path in sorted((ADDONS_DIR / addon).rglob("*.py"))
        if path.name != "__manifest__.py"
        and not {"tests", "migrations"} & set(path.relative_to(ADDONS_DIR).parts)
    ]


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def _place(path: Path) -> str:
    return path.relative_to(ADDONS_DIR).as_posix()


def _numbers(path: Path):
    """``(line, value)`` of every number literal that could be a rule."""
    technical = {
        id(node)
        for keyword in ast.walk(_tree(path))
        if isinstance(keyword, ast.keyword) and keyword.arg in TECHNICAL_KEYWORDS
        for node in ast.walk(keyword)
    }
    for node in ast.walk(_tree(path)):
        if (
            isinstance(node, ast.Constant)
            and type(node.value) in (int, float)
            and id(node) not in technical
        ):
            yield node.lineno, node.value


def test_there_are_sources():
    assert len(_sources()) > 50


def test_no_figure_of_the_catalogue_in_python():
    found = [
        f"{_place(path)}:{line}: {value}"
        for path in _sources()
        for line, value in _numbers(path)
        if value in BUSINESS_NUMBERS
    ]
    assert not found, "\n".join(found)


def test_every_other_number_in_python_is_explained():
    found = [
        f"{_place(path)}:{line}: {value}"
        for path in _sources()
        for line, value in _numbers(path)
        if (abs(value) > SMALL or value != int(value))
        and value not in UNIVERSAL
        and (_place(path), value) not in EXPLAINED
        and value != 0.5  # noqa: PLR2004 - half, for rounding
    ]
    assert not found, "\n".join(found)


def test_explanations_are_about_numbers_that_exist():
    numbers = {
        (_place(path), value) for path in _sources() for _line, value in _numbers(path)
    }
    assert not set(EXPLAINED) - numbers


def _is_sudo(node: ast.AST) -> bool:
    """A call that takes superuser rights; ``sudo(False)`` gives them back."""
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "sudo"
        and not node.args
    )


def test_every_sudo_says_why():
    """A comment on the line above the statement, or above the line of the call."""
    found = []
    for path in _sources():
        lines = path.read_text(encoding="utf-8").splitlines()
        statements = [node for node in ast.walk(_tree(path)) if _is_statement(node)]
        for call in filter(_is_sudo, ast.walk(_tree(path))):
            around = [s for s in statements if s.lineno <= call.lineno <= s.end_lineno]
            first = max(statement.lineno for statement in around)
            # Lines count from 1: the line above is two places back.
            above = lines[first - 2], lines[call.func.end_lineno - 2]
            if not any(line.lstrip().startswith("#") for line in above):
                found.append(f"{_place(path)}:{call.func.end_lineno}")
    assert not found, "\n".join(found)


def _is_statement(node: ast.AST) -> bool:
    return isinstance(node, ast.stmt)


def test_nothing_prints():
    found = [
        f"{_place(path)}:{node.lineno}"
        for path in _sources()
        for node in ast.walk(_tree(path))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "print"
    ]
    assert not found


def test_no_exception_is_swallowed():
    """An except clause that does nothing at all."""
    found = [
        f"{_place(path)}:{node.lineno}"
        for path in _sources()
        for node in ast.walk(_tree(path))
        if isinstance(node, ast.ExceptHandler)
        and all(isinstance(line, ast.Pass) for line in node.body)
    ]
    assert not found


def _data_files() -> list[Path]:
    return [
        path
        for addon in ADDONS
        for folder in ("data", "demo")
        for path in sorted((ADDONS_DIR / addon / folder).glob("*.xml"))
    ]


#: Scheduled actions, sequences, templates: an administrator changes these as well.
@pytest.mark.parametrize("path", _data_files(), ids=_place)
def test_data_files_never_overwrite_an_administrator(path):
    root = ElementTree.parse(path).getroot()
    open_records = [
        record.get("id")
        for block in (root, *root.iter("data"))
        if block.get("noupdate") != "1" and root.get("noupdate") != "1"
        for record in block.findall("record")
    ]
    assert not open_records


# ---------------------------------------------------------------------------
# Everything opens


@pytest.fixture(scope="module")
def screens(server, demo_copy):
    return server.probe(demo_copy, "screens", "everything").check().answer


@pytest.mark.parametrize(
    ("part", "at_least"),
    [
        ("menus", 20),
        ("windows", 20),
        ("views", 60),
        ("crons", 1),
        ("server actions", 0),
        ("reports", 1),
    ],
)
def test_everything_of_ours_opens(screens, part, at_least):
    assert not screens[part]["problems"], "\n".join(screens[part]["problems"])
    assert len(screens[part]["opened"]) >= at_least
