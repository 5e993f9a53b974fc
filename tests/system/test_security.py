"""Access across the addons: what holds for every model, whoever wrote it."""

from __future__ import annotations

PREFIX = "vas."
# Models a portal user may read, within record rules that show only their own records.
# Each is listed here on purpose: a new one must be thought about.
PORTAL_MODELS: set[str] = set()


def our_models(env):
    """Return our models that hold records, by name."""
    return {
        name: model
        for name, model in sorted(env.items())
        if name.startswith(PREFIX) and not model._abstract
    }


def test_there_are_models(env):
    assert our_models(env)


def test_every_model_has_access_rights_for_groups_only(env):
    wrong = []
    for name in our_models(env):
        rights = env["ir.model.access"].search([("model_id.model", "=", name)])
        if not rights:
            wrong.append(f"{name}: no access rights")
        wrong += [
            f"{name}: {right.name} is for everybody"
            for right in rights
            if not right.group_id
        ]
    assert not wrong, "\n".join(wrong)


def test_every_model_with_a_company_has_a_company_rule(env):
    wrong = []
    for name, model in our_models(env).items():
        field = model._fields.get("company_id")
        if not field or not field.store or model._transient:
            continue
        rules = env["ir.rule"].search(
            [("model_id.model", "=", name), ("groups", "=", False)]
        )
        if not any("company_ids" in (rule.domain_force or "") for rule in rules):
            wrong.append(name)
    assert not wrong, f"no global company rule: {wrong}"


def test_every_model_with_a_company_keeps_companies_apart(env):
    wrong = [
        name
        for name, model in our_models(env).items()
        if "company_id" in model._fields
        and model._fields["company_id"].store
        and not model._transient
        and model._auto
        and not model._check_company_auto
    ]
    assert not wrong, f"_check_company_auto is not set: {wrong}"


def test_nobody_from_outside_reads_our_models_unless_listed(env):
    open_to_outside = {}
    for group in ("base.group_portal", "base.group_public"):
        ids = env.ref(group).all_implied_ids.ids + env.ref(group).ids
        rights = env["ir.model.access"].search(
            [("group_id", "in", ids), ("model_id.model", "=like", f"{PREFIX}%")]
        )
        for right in rights:
            open_to_outside.setdefault(group, set()).add(right.model_id.model)
            assert not (right.perm_create or right.perm_write or right.perm_unlink), (
                f"{right.model_id.model} can be changed by {group}"
            )
    assert not open_to_outside.get("base.group_public")
    assert open_to_outside.get("base.group_portal", set()) <= PORTAL_MODELS


def test_portal_models_have_a_rule_of_their_own(env):
    portal = env.ref("base.group_portal")
    for name in PORTAL_MODELS & set(our_models(env)):
        rules = env["ir.rule"].search(
            [("model_id.model", "=", name), ("groups", "in", portal.ids)]
        )
        assert rules, f"{name} has no rule for portal users"
        assert all("user" in rule.domain_force for rule in rules)


def test_an_employee_without_our_groups_changes_nothing(env):
    """A plain internal user may at most read."""
    user = env["res.users"].create(
        {
            "name": "Plain",
            "login": "system-test-plain",
            "group_ids": [(6, 0, env.ref("base.group_user").ids)],
        }
    )
    wrong = [
        (name, operation)
        for name, model in our_models(env).items()
        for operation in ("create", "write", "unlink")
        if not model._transient and model.with_user(user).has_access(operation)
    ]
    assert not wrong, wrong


def test_every_menu_of_ours_is_for_groups(env):
    roots = [
        env.ref(f"vas_{addon}.menu_vas_{addon}_root")
        for addon in ("kpi", "service", "logistics")
    ]
    for root in roots:
        assert root.group_ids, f"{root.name} is shown to everybody"


def test_groups_form_a_chain(env):
    """Each addon has four levels, and a higher one implies the lower ones."""
    for addon in ("kpi", "service", "logistics"):
        levels = [
            env.ref(f"vas_{addon}.group_vas_{addon}_{level}")
            for level in ("user", "officer", "manager", "admin")
        ]
        for lower, higher in zip(levels, levels[1:], strict=False):
            assert lower in higher.all_implied_ids
        assert len({level.privilege_id for level in levels}) == 1
