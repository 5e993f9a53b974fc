"""Who may do what: the reviewed matrix, and what the running system really refuses."""

import csv
from pathlib import Path

import pytest
from odoo_server import ADDONS, rows

HERE = Path(__file__).parent

#: Our models that belong to no company: shared vocabulary of the rules.
WITHOUT_COMPANY = {
    "vas.customer.class",
    "vas.grade",
    "vas.price.level",
    "vas.strategic.level",
    "vas.visit.role",
    "vas.sla.calendar.source",
    "vas.sla.role",
    "vas.cargo.class",
    "vas.event.type",
    "vas.kpi.tile",
    "vas.role.category",
    "vas.role.profile",
    "vas.delivery.reason",
    "vas.dispatch.reason",
    "vas.dispatch.step",
    "vas.outlet.level",
    "vas.routing.level",
    "vas.demand.type",
    "vas.resource.case",
    "vas.training.topic",
    "vas.wait.kind",
    "vas.satisfaction.level",
}
#: What customers and vendors read in the portal; record rules limit it to their own.
PORTAL_READS = {
    "vas.appeal",
    "vas.appeal.line",
    "vas.assessment",
    "vas.assessment.line",
    "vas.complaint",
    "vas.device.brand",
    "vas.device.model",
    "vas.device.type",
    "vas.settlement",
    "vas.settlement.dispute",
    "vas.settlement.line",
}
#: What every employee reads without being in any of our groups.
EMPLOYEE_READS = {
    "vas.calendar.exception",
    "vas.customer.class",
    "vas.demand.type",
    "vas.grade",
    "vas.incident.profile",
    "vas.incident.profile.priority",
    "vas.incident.profile.state",
    "vas.price.level",
    "vas.resource.case",
    "vas.strategic.level",
    "vas.treatment",
    "vas.visit.role",
}
#: Contracts are shipped as templates; the managers who sign them write them.
DELEGATED = {
    "vendor": {"vas.settlement.agreement": "wc"},
}
#: Foreign documents that must be as separate between companies as our own.
SHARED_DOCUMENTS = ["stock.picking", "stock.picking.batch", "helpdesk.ticket"]
#: Of these the demo company must own some, or the isolation test proves nothing.
MUST_EXIST = {
    "vas.assessment",
    "vas.assessment.line",
    "vas.observation",
    "vas.settlement",
    "vas.settlement.agreement",
    "vas.partner.grade",
    "vas.sla.clock",
    "vas.sla.event",
    "vas.codelivery.plan",
    "vas.outlet",
    "stock.picking",
    "helpdesk.ticket",
}
STAFF = [
    "service",
    "agent",
    "sales",
    "business",
    "dispatcher",
    "vendor",
    "accountant",
]
PORTAL = ["customer.portal", "vendor.portal"]


def _reviewed(file_name: str) -> list[list[str]]:
    with (HERE / file_name).open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))[1:]


def _difference(expected: list[list[str]], found: list[list[str]]) -> list[str]:
    expected_set, found_set = set(map(tuple, expected)), set(map(tuple, found))
    lines = [f"not reviewed: {row}" for row in sorted(found_set - expected_set)]
    return lines + [f"missing: {row}" for row in sorted(expected_set - found_set)]


@pytest.fixture(scope="module")
def survey(server, plain_database):
    return server.probe(plain_database, "access", "survey").check().answer


@pytest.mark.parametrize(
    ("part", "file_name"),
    [("matrix", "access_matrix.csv"), ("rules", "record_rules.csv")],
)
def test_rights_are_the_reviewed_ones(survey, part, file_name):
    """A changed right is a decision: review_access.py rewrites the file for review."""
    assert survey[part]
    difference = _difference(_reviewed(file_name), survey[part])
    assert not difference, "\n".join(difference)


@pytest.mark.parametrize(
    "part",
    [
        "models without access",
        "companies not checked",
        "menus for everybody",
        "rights without group",
    ],
)
def test_nothing_is_left_open(survey, part):
    assert survey[part] == []


LEVELS = ("user", "officer", "manager", "admin")


@pytest.mark.parametrize("addon", ADDONS)
def test_each_level_of_an_addon_includes_the_one_below(plain_database, addon):
    implied = set(
        rows(
            plain_database,
            "SELECT upper_data.name, lower_data.name FROM res_groups_implied_rel rel "
            "JOIN ir_model_data upper_data ON upper_data.res_id = rel.gid "
            "AND upper_data.model = 'res.groups' AND upper_data.module = %s "
            "JOIN ir_model_data lower_data ON lower_data.res_id = rel.hid "
            "AND lower_data.model = 'res.groups' AND lower_data.module = %s",
            (addon, addon),
        )
    )
    for lower, upper in zip(LEVELS, LEVELS[1:], strict=False):
        assert (f"group_{addon}_{upper}", f"group_{addon}_{lower}") in implied
        assert (f"group_{addon}_{lower}", f"group_{addon}_{upper}") not in implied


def test_portal_users_only_read_what_is_listed(survey):
    expected = dict.fromkeys(sorted(PORTAL_READS), "r---")
    assert survey["effective rights"]["portal"] == expected


def test_the_public_has_no_rights_on_our_models(survey):
    assert survey["effective rights"]["public"] == {}


def test_employees_without_our_groups_only_read_what_is_listed(survey):
    expected = dict.fromkeys(sorted(EMPLOYEE_READS), "r---")
    assert survey["effective rights"]["internal"] == expected


# ---------------------------------------------------------------------------
# Companies


@pytest.fixture(scope="module")
def people(server, demo_database, survey):
    """All questions to the demo company, asked in one process."""
    run = server.probe(
        demo_database,
        "access",
        "people",
        extra_models=SHARED_DOCUMENTS,
        logins=STAFF + PORTAL,
        models=survey["rule models"],
        cases={**REFUSED, **ALLOWED},
        portal=PORTAL_FINDS,
    )
    return run.check().answer


@pytest.fixture(scope="module")
def isolation(people):
    """The administrator of a second company against the demo company's records."""
    return people["isolation"]


def test_models_without_a_company_are_the_listed_ones(isolation):
    assert set(isolation["without_company"]) == WITHOUT_COMPANY


def test_another_company_sees_and_changes_nothing(isolation):
    assert not isolation["seen"], "\n".join(isolation["seen"])


def test_isolation_was_tried_on_real_records(isolation):
    empty = {model for model in MUST_EXIST if not isolation["checked"].get(model)}
    assert not empty


# ---------------------------------------------------------------------------
# The people of the demo company


def test_only_administrators_change_the_rules(people):
    rights = people["rights on rules"]
    assert set(rights) == {*STAFF, *PORTAL}
    assert {who: models for who, models in rights.items() if models} == DELEGATED


def _case(who, model, method, *arguments, domain=()):
    return {
        "who": who,
        "model": model,
        "method": method,
        "arguments": arguments,
        "domain": list(domain),
    }


GRADED = [("vas_grade_id", "!=", False)]
CONFIRMED = [("state", "in", ("confirmed", "published"))]
COMPUTED = [("state", "=", "computed")]
STRATEGIC = [("metric_id.entry_group_id", "!=", False)]

#: What each person must not be able to do, whatever client the call comes from.
REFUSED = {
    "agent changes a scorecard": _case(
        "agent", "vas.scorecard", "write", {"name": "x"}
    ),
    "agent changes a service promise": _case(
        "agent", "vas.sla.policy", "write", {"name": "x"}
    ),
    "agent changes a promised time": _case(
        "agent", "vas.sla.target", "write", {"amount": 99}
    ),
    "agent moves a deadline": _case(
        "agent", "vas.sla.clock", "write", {"deadline": "2030-01-01 00:00:00"}
    ),
    "service administrator rewrites proof": _case(
        "vas_service.group_vas_service_admin",
        "vas.sla.event",
        "write",
        {"reason": "never happened"},
    ),
    "officer decides a score by writing": _case(
        "vas_kpi.group_vas_kpi_officer",
        "vas.assessment",
        "write",
        {"state": "confirmed"},
        domain=COMPUTED,
    ),
    "officer rewrites a decided score": _case(
        "vas_kpi.group_vas_kpi_officer",
        "vas.assessment",
        "write",
        {"score": 1.0},
        domain=CONFIRMED,
    ),
    "officer rewrites a line of a decided score": _case(
        "vas_kpi.group_vas_kpi_officer",
        "vas.assessment.line",
        "write",
        {"used_points": 1.0},
        domain=[("assessment_id.state", "in", ("confirmed", "published"))],
    ),
    "officer deletes a line of a decided score": _case(
        "vas_kpi.group_vas_kpi_officer",
        "vas.assessment.line",
        "unlink",
        domain=[("assessment_id.state", "in", ("confirmed", "published"))],
    ),
    "officer accepts a settlement by writing": _case(
        "vas_kpi.group_vas_kpi_officer",
        "vas.settlement",
        "write",
        {"state": "cancelled"},
    ),
    "officer rewrites a computed line of a settlement": _case(
        "vas_kpi.group_vas_kpi_officer",
        "vas.settlement.line",
        "write",
        {"amount": 1.0},
        domain=[("is_manual", "=", False)],
    ),
    "officer decides an override by writing": _case(
        "vas_kpi.group_vas_kpi_officer",
        "vas.assessment.override",
        "create",
        {"assessment_id": 1, "state": "approved"},
    ),
    "manager rewrites what followed from a result": _case(
        "vas_kpi.group_vas_kpi_manager", "vas.consequence", "create", {}
    ),
    "vendor enters an appeal past the portal": _case(
        "vendor.portal", "vas.appeal", "create", {"claim": "x"}
    ),
    "agent erases proof": _case("agent", "vas.sla.event", "unlink"),
    "service manager erases proof": _case("service", "vas.sla.event", "unlink"),
    "salesperson sets a grade": _case(
        "sales", "res.partner", "write", {"vas_grade_points": 99.0}, domain=GRADED
    ),
    "salesperson extends a grade": _case(
        "sales",
        "res.partner",
        "write",
        {"vas_grade_valid_to": "2099-01-01"},
        domain=GRADED,
    ),
    "salesperson changes grade history": _case(
        "sales", "vas.partner.grade", "write", {"points": 99}
    ),
    "salesperson overrides a grade": _case("sales", "vas.grade.override", "create", {}),
    "salesperson judges strategic influence": _case(
        "sales", "vas.observation", "write", {"value": 10}, domain=STRATEGIC
    ),
    "service manager judges strategic influence": _case(
        "service", "vas.observation", "write", {"value": 10}, domain=STRATEGIC
    ),
    "dispatcher confirms a score": _case(
        "dispatcher", "vas.assessment", "action_confirm", domain=COMPUTED
    ),
    "dispatcher changes a scale": _case(
        "dispatcher", "vas.scale", "write", {"name": "x"}
    ),
    "dispatcher changes how orders are routed": _case(
        "dispatcher", "vas.routing.level", "write", {"name": "x"}
    ),
    "accountant changes an agreement": _case(
        "accountant", "vas.settlement.agreement", "write", {"unit_price": 99}
    ),
    "accountant changes a settlement": _case(
        "accountant", "vas.settlement.line", "write", {"amount": 99}
    ),
    "accountant decides a settlement": _case(
        "accountant", "vas.settlement", "action_check"
    ),
    "accountant changes a scale": _case(
        "accountant", "vas.scale", "write", {"name": "x"}
    ),
    "vendor changes the own score": _case(
        "vendor.portal", "vas.assessment", "write", {"score": 100}, domain=CONFIRMED
    ),
    "vendor confirms the own score": _case(
        "vendor.portal", "vas.assessment", "action_confirm"
    ),
    "vendor reads settlements": _case(
        "vendor.portal", "vas.settlement", "read", ["name"]
    ),
    "customer reads plans": _case(
        "customer.portal", "vas.codelivery.plan", "read", ["name"]
    ),
    "customer reads grades of customers": _case(
        "customer.portal", "vas.partner.grade", "read", ["partner_id"]
    ),
    "customer reads the own grade": _case(
        "customer.portal", "res.partner", "read", ["vas_grade_id"], domain=GRADED
    ),
}

#: What they must be able to do: shows that the refusals above are about the person.
ALLOWED = {
    "business manager judges strategic influence": _case(
        "business",
        "res.partner",
        "write",
        {"vas_strategic_level_id": False},
        domain=GRADED,
    ),
    "salesperson keeps the customer's address": _case(
        "sales", "res.partner", "write", {"street": "probe"}, domain=GRADED
    ),
    "vendor manager confirms a score": _case(
        "vendor", "vas.assessment", "action_confirm", domain=COMPUTED
    ),
    "service manager reads clocks": _case("service", "vas.sla.clock", "read", ["id"]),
    "dispatcher reads plans": _case(
        "dispatcher", "vas.codelivery.plan", "read", ["name"]
    ),
    "accountant reads settlements": _case(
        "accountant", "vas.settlement", "read", ["name"]
    ),
    "administrator changes a scale": _case(
        "admin", "vas.scale", "write", {"name": "probe"}
    ),
    "administrator reads vendor scores": _case(
        "admin",
        "vas.assessment",
        "read",
        ["score"],
        domain=[("scorecard_id.vas_sets_grade", "=", False)],
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_is_refused(people, name):
    assert people["attempts"][name].startswith("refused: ")


@pytest.mark.parametrize("name", ALLOWED)
def test_is_allowed(people, name):
    assert people["attempts"][name].startswith(("changed", "unchanged", "done"))


# ---------------------------------------------------------------------------
# Portal

PORTAL_FINDS = {
    "vendor finds published scores": {
        "login": "vendor.portal",
        "model": "vas.assessment",
        "owner_field": "partner_id",
        "domain": [["state", "=", "published"]],
    },
    "vendor finds lines of published scores": {
        "login": "vendor.portal",
        "model": "vas.assessment.line",
        "owner_field": "assessment_id.partner_id",
        "domain": [["assessment_id.state", "=", "published"]],
    },
    "customer finds transport orders": {
        "login": "customer.portal",
        "model": "stock.picking",
        "owner_field": "owner_id",
        "domain": [["vas_is_transport", "=", True]],
    },
}


@pytest.mark.parametrize("name", PORTAL_FINDS)
def test_portal_users_find_exactly_their_own(people, name):
    found, expected = people["visible"][name]
    assert expected, "the demo company gives this user nothing to look at"
    assert found == expected
