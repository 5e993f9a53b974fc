"""Steps of an addon's life, run inside ``odoo shell``."""


def refresh_module_list(env):
    """Make the addons known to the database, as the Apps screen does."""
    env["ir.module.module"].update_list()
    env.cr.commit()


def uninstall(env, addon):
    """Press Uninstall on one addon; answers the names that went with it."""
    modules = env["ir.module.module"]
    before = set(modules.search([("state", "=", "installed")]).mapped("name"))
    modules.search([("name", "=", addon)]).button_immediate_uninstall()
    # The registry was rebuilt by another cursor: read with a fresh snapshot.
    env.cr.rollback()
    after = set(modules.search([("state", "=", "installed")]).mapped("name"))
    return sorted(before - after)


def work_then_uninstall(env, addon):
    """In a fresh process: what is left works; then the next addon goes."""
    works = still_works(env)
    env.cr.rollback()
    return {"works": works, "gone": uninstall(env, addon)}


def uninstall_all(env, addons):
    """Uninstall several addons, one after the other."""
    return [uninstall(env, addon) for addon in addons]


def still_works(env):
    """A person goes on working: a contact, a purchase order, forms and menus."""
    partner = env["res.partner"].create({"name": "Still here", "is_company": True})
    partner.write({"comment": "written after"})
    form = env["res.partner"].get_view(view_type="form")
    menus = env["ir.ui.menu"].load_menus(False)
    order = env["purchase.order"].create({"partner_id": partner.id})
    order.button_cancel()
    partner.copy().unlink()
    return {
        "partner": partner.id,
        "order": order.state,
        "form": len(form["arch"]),
        "menus": len(menus),
    }
