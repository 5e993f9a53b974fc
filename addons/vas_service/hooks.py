def post_init_hook(env):
    """Take the first business of all customers from the invoices already posted."""
    env["res.partner"]._vas_fill_first_business_dates()


def uninstall_hook(env):
    """Let go of the roles of this addon, or their groups could not be removed.

    A metric that was already used stays with its history, but nobody enters more.
    """
    groups = env["ir.model.data"].search(
        [("module", "=", "vas_service"), ("model", "=", "res.groups")]
    )
    env["vas.metric"].with_context(active_test=False).search(
        [("entry_group_id", "in", groups.mapped("res_id"))]
    ).write({"entry_group_id": False, "active": False})
