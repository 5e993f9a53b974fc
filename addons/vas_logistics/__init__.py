from . import controllers, models, wizards


def uninstall_hook(env):
    """Take along what was made per company: operation types and their numbers.

    A type that has transfers is archived instead, so that history stays readable.
    """
    types = (
        env["stock.picking.type"]
        .with_context(active_test=False)
        .search([("vas_is_transport", "=", True)])
    )
    used = env["stock.picking.type"]
    for (kind,) in env["stock.picking"]._read_group(
        [("picking_type_id", "in", types.ids)], ["picking_type_id"]
    ):
        used |= kind
    used.action_archive()
    unused = types - used
    sequences = unused.sequence_id
    unused.unlink()
    sequences.unlink()
