"""Who may do what, as the running system enforces it. Nothing is committed."""

from contextlib import contextmanager

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command

OURS = ("vas_kpi", "vas_service", "vas_logistics")
OPERATIONS = {"read": "r", "write": "w", "create": "c", "unlink": "u"}
#: The fullest rights our addons can give, and the apps they rest on.
ALL_ADMIN_GROUPS = (
    "base.group_user",
    "vas_kpi.group_vas_kpi_admin",
    "vas_service.group_vas_service_admin",
    "vas_service.group_vas_complaint_supervisor",
    "vas_logistics.group_vas_logistics_admin",
    "account.group_account_manager",
    "purchase.group_purchase_manager",
    "sales_team.group_sale_manager",
    "stock.group_stock_manager",
    "fleet.fleet_group_manager",
    "helpdesk_mgmt.group_helpdesk_manager",
)


def _owned_models(env):
    """Concrete models that one of our addons brings, by name."""
    return sorted(
        name
        for name in env.registry
        if env[name]._original_module in OURS and not env[name]._abstract
    )


def _flags(record):
    return "".join(
        letter if record[f"perm_{operation}"] else "-"
        for operation, letter in OPERATIONS.items()
    )


def _name(record):
    return record.get_external_id().get(record.id) or f"(no id) {record.display_name}"


def matrix(env):
    """``[[model, group, "rwcu"]]`` of our models and of rights we give on others."""
    owned = set(_owned_models(env))
    found = {}
    for access in env["ir.model.access"].search([]):
        model = access.model_id.model
        is_ours = _name(access).split(".")[0] in OURS
        if model not in owned and not is_ours:
            continue
        group = _name(access.group_id) if access.group_id else "(everyone)"
        flags = found.get((model, group), "----")
        found[model, group] = "".join(
            max(pair) for pair in zip(flags, _flags(access), strict=True)
        )
    return sorted([model, group, flags] for (model, group), flags in found.items())


def rules(env):
    """``[[model, rule, groups, domain]]`` of the record rules our addons bring."""
    owned = set(_owned_models(env))
    return sorted(
        [
            rule.model_id.model,
            _name(rule),
            " ".join(sorted(map(_name, rule.groups))) or "(everyone)",
            rule.domain_force or "",
        ]
        for rule in env["ir.rule"].search([])
        if rule.model_id.model in owned or _name(rule).split(".")[0] in OURS
    )


def survey(env):
    """Everything about rights that needs no business data, in one go."""
    return {
        "matrix": matrix(env),
        "rules": rules(env),
        "models without access": models_without_access(env),
        "effective rights": effective_rights(env),
        "companies not checked": companies_not_checked(env),
        "rule models": rule_models(env),
        "menus for everybody": menus_for_everybody(env),
        "rights without group": [
            row for row in matrix(env) if row[1] == "(everyone)" and row[2] != "----"
        ],
    }


def _refers_to_companies(env, model):
    """Whether a record of the model points at records that belong to a company."""
    return any(
        field.type == "many2one"
        and field.store
        and name not in ("company_id", "create_uid", "write_uid")
        and field.comodel_name not in ("res.users", "res.partner", "res.currency")
        and "company_id" in env[field.comodel_name]._fields
        for name, field in env[model]._fields.items()
    )


def companies_not_checked(env):
    """Models with a company of their own whose references may mix companies."""
    return [
        name
        for name in _owned_models(env)
        if "company_id" in env[name]._fields
        and env[name]._fields["company_id"].store
        and not env[name]._fields["company_id"].related
        and env[name]._auto
        and not env[name]._transient
        and not env[name]._check_company_auto
        and _refers_to_companies(env, name)
    ]


def menus_for_everybody(env):
    """Our top menus that are shown to every employee."""
    identifiers = env["ir.model.data"].search(
        [("module", "in", OURS), ("model", "=", "ir.ui.menu")]
    )
    menus = env["ir.ui.menu"].browse(identifiers.mapped("res_id"))
    return [
        menu.complete_name
        for menu in menus
        if not menu.parent_id and not menu.group_ids
    ]


def models_without_access(env):
    """Models, wizards and reports of ours that nobody was given."""
    given = set(env["ir.model.access"].search([]).model_id.mapped("model"))
    return [name for name in _owned_models(env) if name not in given]


def effective_rights(env):
    """What kinds of users may do: ``{kind: {model: flags}}``."""
    kinds = {
        "portal": "base.group_portal",
        "public": "base.group_public",
        "internal": "base.group_user",
    }
    answer = {}
    for kind, group in kinds.items():
        user = _new_user(env, f"probe_{kind}", env.company, [group])
        answer[kind] = rights = {}
        for model in _owned_models(env):
            model_as_user = env[model].with_user(user)
            flags = "".join(
                letter if model_as_user.has_access(operation) else "-"
                for operation, letter in OPERATIONS.items()
            )
            if flags != "----":
                rights[model] = flags
    return answer


def _new_user(env, login, company, groups):
    """A user with exactly these groups (and what they imply)."""
    return (
        env["res.users"]
        .with_context(no_reset_password=True, mail_create_nolog=True)
        .create(
            {
                "name": login,
                "login": login,
                "email": f"{login}@example.com",
                "company_id": company.id,
                "company_ids": [Command.set(company.ids)],
                "group_ids": [Command.set([env.ref(name).id for name in groups])],
            }
        )
    )


def _company_path(env, model, seen=()):
    """Dotted path from a model to its company, or None: it belongs to nobody."""
    fields = env[model]._fields
    if "company_id" in fields and fields["company_id"].comodel_name == "res.company":
        return "company_id"
    for name, field in fields.items():
        if field.type == "many2one" and field.store and field.required:
            parent = field.comodel_name
            if parent in seen or env[parent]._original_module not in OURS:
                continue
            path = _company_path(env, parent, (*seen, model))
            if path:
                return f"{name}.{path}"
    return None


def company_isolation(env, extra_models=()):
    """What the all-powerful user of another company sees of everybody else's records.

    :return: ``{"without_company": [models], "checked": {model: number of foreign
        records}, "seen": [what leaked]}``
    """
    other = env["res.company"].create({"name": "Probe other company"})
    user = _new_user(env, "probe_other", other, ALL_ADMIN_GROUPS)
    answer = {"without_company": [], "checked": {}, "seen": [], "path": {}}
    models = [name for name in _owned_models(env) if not env[name]._transient]
    for model in [*models, *extra_models]:
        path = _company_path(env, model)
        if not path:
            answer["without_company"].append(model)
            continue
        answer["path"][model] = path
        everything = env[model].sudo().with_context(active_test=False).search([])
        foreign = everything.filtered(
            lambda record, path=path: record.mapped(path) - other
        )
        answer["checked"][model] = len(foreign)
        as_user = foreign.with_user(user).with_context(
            active_test=False, allowed_company_ids=other.ids
        )
        for operation in OPERATIONS:
            allowed = as_user._filtered_access(operation)
            if allowed:
                answer["seen"].append(f"{operation} {model} {allowed.ids[:5]}")
        found = as_user.search([("id", "in", foreign.ids)])
        if found:
            answer["seen"].append(f"search {model} {found.ids[:5]}")
    return answer


def rule_models(env):
    """Models of ours of which records are shipped as rules of the business."""
    shipped = (
        env["ir.model.data"]
        .search([("module", "in", OURS), ("noupdate", "=", True)])
        .mapped("model")
    )
    owned = set(_owned_models(env))
    return sorted(owned.intersection(shipped))


def rights_on_rules(env, logins, models):
    """``{login: {model: flags}}`` of what each user may change on these models."""
    answer = {}
    for login in logins:
        user = env["res.users"].search([("login", "=", login)])
        answer[login] = {}
        for model in models:
            as_user = env[model].with_user(user)
            flags = "".join(
                letter
                for operation, letter in OPERATIONS.items()
                if operation != "read" and as_user.has_access(operation)
            )
            if flags:
                answer[login][model] = flags
    return answer


@contextmanager
def _rolled_back(env):
    """A savepoint that is always undone."""
    savepoint = env.cr.savepoint()
    try:
        yield
    finally:
        savepoint.close(rollback=True)


def _acting_user(env, who):
    """A demo user by login, or a new demo-company user of one group by its id."""
    if "." in who and env.ref(who, raise_if_not_found=False):
        company = env.ref("vas_kpi.demo_company")
        return _new_user(env, f"probe {who}", company, ["base.group_user", who])
    return env["res.users"].search([("login", "=", who)])


def attempt(env, who, model, domain, method, arguments):
    """Try one call as a user, then undo it.

    :return: ``refused: <why>``, ``unchanged`` (accepted without effect), ``changed:
        <values>`` or ``done``; ``cannot try: <why>`` when there is nothing to try on
    """
    with _rolled_back(env):
        user = _acting_user(env, who)
        company = user.company_id
        record_sudo = env[model].sudo().with_company(company).search(domain, limit=1)
        if not user or (method != "create" and not record_sudo):
            return f"cannot try: no {model} fits {domain}" if user else "no such user"
        record = (record_sudo if method != "create" else env[model]).with_user(user)
        record = record.with_context(allowed_company_ids=user.company_ids.ids)
        names = list(arguments[0]) if method == "write" else []
        before = record_sudo.read(names)
        try:
            getattr(record, method)(*arguments)
            env.flush_all()
        except (AccessError, UserError) as error:
            return f"refused: {error}"
        if method != "write":
            return "done"
        env.invalidate_all()
        after = record_sudo.read(names)
        return "unchanged" if before == after else f"changed: {after}"


def attempts(env, cases):
    """Run many :func:`attempt` calls, by name."""
    return {name: attempt(env, **case) for name, case in cases.items()}


def visible(env, login, model, owner_field, domain):
    """What a portal user finds, and what it should: ``[found ids, expected ids]``."""
    user = env["res.users"].search([("login", "=", login)])
    owner = user.partner_id.commercial_partner_id
    found = env[model].with_user(user).search([])
    expected = env[model].sudo().search([(owner_field, "child_of", owner.ids), *domain])
    return [sorted(found.ids), sorted(expected.ids)]


def _furnish(env):
    """What the questions need, whatever state the demo company is in."""
    # A score that still waits for its decision.
    decided = env["vas.assessment"].search([("state", "=", "confirmed")], limit=1)
    decided.action_revert()
    # An order of the customer who looks into the portal.
    user = env["res.users"].search([("login", "=", "customer.portal")])
    order = env["stock.picking"].search([("vas_is_transport", "=", True)], limit=1)
    order.owner_id = user.partner_id.commercial_partner_id


def people(env, extra_models, logins, models, cases, portal):
    """Everything about rights in a company full of data, in one go."""
    _furnish(env)
    return {
        "isolation": company_isolation(env, extra_models),
        "rights on rules": rights_on_rules(env, logins, models),
        "attempts": attempts(env, cases),
        "visible": {name: visible(env, **case) for name, case in portal.items()},
    }
