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


def still_works(env):
    """A person goes on working: contact, sale price list, cron run, menu load."""
    partner = env["res.partner"].create({"name": "Still here", "is_company": True})
    partner.write({"comment": "written after"})
    form = env["res.partner"].get_view(view_type="form")
    menus = env["ir.ui.menu"].load_menus(False)
    orders = env["purchase.order"].create({"partner_id": partner.id})
    orders.button_cancel()
    partner_copy = partner.copy()
    partner_copy.unlink()
    return {
        "partner": partner.id,
        "form": len(form["arch"]),
        "menus": len(menus),
    }
