"""Every screen, action, cron and report of ours is really opened or run."""

from contextlib import contextmanager

from lxml import etree

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools.safe_eval import safe_eval

OURS = ("vas_kpi", "vas_service", "vas_logistics")


def _ours(env, model):
    """Records of a technical model that our addons ship, archived ones included."""
    identifiers = env["ir.model.data"].search(
        [("module", "in", OURS), ("model", "=", model)]
    )
    return env[model].browse(identifiers.mapped("res_id")).exists()


def _name(record):
    return record.get_external_id()[record.id]


@contextmanager
def _collect(env, problems, what):
    """Run a block in a savepoint that is undone; an error becomes a line."""
    savepoint = env.cr.savepoint()
    try:
        yield
        env.flush_all()
    except Exception as error:
        # Whatever goes wrong is what the test reports, with its place.
        problems.append(f"{what}: {type(error).__name__}: {error}")
    finally:
        savepoint.close(rollback=True)


def _least_groups(env, menu):
    """The weakest groups that see a menu and everything above it."""
    groups = env.ref("base.group_user")
    while menu:
        # Any group of a menu is enough; the weakest of them is the harshest test.
        groups |= menu.group_ids.sorted(lambda group: len(group.all_implied_ids))[:1]
        menu = menu.parent_id
    return groups


def _users_of_groups(env, sets):
    """A demo-company user for every set of groups, by that set."""
    company = env.ref("vas_kpi.demo_company")
    users = (
        env["res.users"]
        .with_context(no_reset_password=True)
        .create(
            [
                {
                    "name": f"Screen user {number}",
                    "lang": "en_US",
                    "login": f"probe-screen-user-{number}",
                    "company_id": company.id,
                    "company_ids": [Command.set(company.ids)],
                    "group_ids": [Command.set(groups.ids)],
                }
                for number, groups in enumerate(sets)
            ]
        )
    )
    return dict(zip(sets, users, strict=True))


def _specification(model, arch):
    """What the web client asks for when it shows a view.

    Names of many2one records; of the lists inside a form their columns and of tags
    their names; nothing but the numbers of hidden lists.
    """
    specification = {}
    for node in arch.xpath(".//field[not(ancestor::field)]"):
        field = model._fields.get(node.get("name"))
        if not field:
            continue
        asked = specification.setdefault(field.name, {})
        hidden = "1" in (node.get("invisible"), node.get("column_invisible"))
        if field.type == "many2one":
            asked["fields"] = {"display_name": {}}
        elif field.type in ("one2many", "many2many") and not hidden:
            fields = asked.setdefault("fields", {})
            if "tags" in node.get("widget", ""):
                fields["display_name"] = {}
            for view in node:
                fields.update(_specification(model.env[field.comodel_name], view))
    return specification


def _open_window(env, action, user):
    """Load every view of a window action and read one record the client's way."""
    context = safe_eval(
        action.context or "{}",
        {
            "uid": user.id,
            "active_id": False,
            "active_ids": [],
            "active_model": False,
            "context": {},
        },
    )
    model = env[action.res_model].with_user(user).with_context(**context)
    views = [(view_id, mode) for view_id, mode in action.views]
    loaded = model.get_views([*views, (False, "search")])
    for mode, view in loaded["views"].items():
        arch = etree.fromstring(view["arch"])
        if mode in ("list", "kanban", "form"):
            model.web_search_read([], _specification(model, arch), limit=1)
        elif mode in ("pivot", "graph"):
            model.formatted_read_group([], [], ["__count"])


def open_menus(env):
    """Every menu of ours, as the least user who sees it: lines of what failed."""
    problems, opened = [], []
    menus = _ours(env, "ir.ui.menu").filtered(
        lambda menu: menu.action and menu.action._name == "ir.actions.act_window"
    )
    groups = {menu: _least_groups(env, menu) for menu in menus}
    users = _users_of_groups(env, list(set(groups.values())))
    for menu in menus:
        user = users[groups[menu]]
        # A menu whose records the user may not read is not shown to the user.
        if not env[menu.action.res_model].with_user(user).has_access("read"):
            continue
        with _collect(env, problems, _name(menu)):
            _open_window(env, menu.action, user)
        opened.append(menu.complete_name)
    return {"problems": problems, "opened": opened}


def _administrator(env):
    """The administrator, also of the complaint desk, which is apart on purpose."""
    admin = env.ref("base.user_admin")
    admin.group_ids |= env.ref("vas_service.group_vas_complaint_supervisor")
    return admin


def open_windows(env):
    """Every window action of ours as administrator: lines of what failed."""
    problems, opened = [], []
    admin = _administrator(env)
    for action in _ours(env, "ir.actions.act_window"):
        with _collect(env, problems, _name(action)):
            _open_window(env, action, admin)
        opened.append(_name(action))
    return {"problems": problems, "opened": opened}


def render_views(env):
    """Every view of ours, combined with what inherits it."""
    problems, opened = [], []
    admin = _administrator(env)
    for view in _ours(env, "ir.ui.view"):
        if view.type == "qweb":
            continue
        with _collect(env, problems, _name(view)):
            root = view if view.mode == "primary" else view.inherit_id
            while root.mode != "primary":
                root = root.inherit_id
            env[view.model].with_user(admin).get_view(root.id, root.type)
        opened.append(_name(view))
    return {"problems": problems, "opened": opened}


def run_crons(env):
    """Every scheduled action of ours once. Crons commit: for a scratch database."""
    problems, opened = [], []
    for cron in _ours(env, "ir.cron"):
        try:
            cron.method_direct_trigger()
            env.cr.commit()
        except Exception as error:
            # Whatever goes wrong is what the test reports, with its place.
            env.cr.rollback()
            problems.append(f"{_name(cron)}: {type(error).__name__}: {error}")
        opened.append(_name(cron))
    return {"problems": problems, "opened": opened}


def run_server_actions(env):
    """Every server action of ours on one record; a readable refusal is an answer."""
    problems, opened = [], []
    actions = _ours(env, "ir.actions.server")
    for action in actions.filtered(lambda one: one.usage != "ir_cron"):
        record = env[action.model_id.model].search([], limit=1)
        with _collect(env, problems, _name(action)):
            try:
                action.with_context(
                    active_model=record._name,
                    active_id=record.id,
                    active_ids=record.ids,
                ).run()
            except UserError:
                opened.append(f"{_name(action)} (refused)")
        opened.append(_name(action))
    return {"problems": problems, "opened": opened}


def render_reports(env):
    """Every printed report of ours for one record, as HTML."""
    problems, opened = [], []
    reports = env["ir.actions.report"]
    for report in _ours(env, "ir.actions.report"):
        record = env[report.model].search([], limit=1)
        with _collect(env, problems, _name(report)):
            if not record and record._transient:  # a wizard prints what it is asked
                record = record.create({})
            assert record, f"no {report.model} to print"
            html, _kind = reports._render_qweb_html(report.report_name, record.ids)
            assert len(html) > 500, "nearly empty"
        opened.append(_name(report))
    return {"problems": problems, "opened": opened}


def everything(env):
    """All of the above, in one go."""
    return {
        "menus": open_menus(env),
        "windows": open_windows(env),
        "views": render_views(env),
        "server actions": run_server_actions(env),
        "reports": render_reports(env),
        "crons": run_crons(env),
    }
