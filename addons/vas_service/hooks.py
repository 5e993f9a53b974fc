def post_init_hook(env):
    """Take the first business of all customers from the invoices already posted."""
    env["res.partner"]._vas_fill_first_business_dates()


def uninstall_hook(env):
    """Let go of what would keep shipped records alive after their tables are gone.

    Clocks hold their calendar and incident profiles hold their team. All go with this
    addon anyway, but Odoo deletes the calendar and the team before it drops the tables.
    A metric that was already used stays with its history, but nobody enters more.
    """
    env["ir.actions.act_window"].search([("res_model", "=", "vas.sla.clock")]).unlink()
    env.flush_all()
    env.cr.execute("DELETE FROM vas_sla_clock")
    env.cr.execute("UPDATE helpdesk_ticket SET vas_incident_profile_id = NULL")
    env.cr.execute("DELETE FROM vas_incident_profile")
    # Questions hold their rule and rules their mail, complaints hold their customer,
    # options hold the one above them.
    env.cr.execute("DELETE FROM vas_satisfaction_request")
    env.cr.execute("DELETE FROM vas_satisfaction_rule")
    env.cr.execute("DELETE FROM vas_complaint")
    env.cr.execute("UPDATE vas_knowledge SET parent_id = NULL")
    env.invalidate_all()
    groups = env["ir.model.data"].search(
        [("module", "=", "vas_service"), ("model", "=", "res.groups")]
    )
    env["vas.metric"].with_context(active_test=False).search(
        [("entry_group_id", "in", groups.mapped("res_id"))]
    ).write({"entry_group_id": False, "active": False})
