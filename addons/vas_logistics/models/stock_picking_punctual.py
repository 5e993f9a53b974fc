from odoo import api, fields, models


class StockPicking(models.Model):
    """How much of an order came in time, for on-time rates of customers."""

    _name = "stock.picking"
    _inherit = "stock.picking"

    vas_on_time_share = fields.Float(
        string="Delivered in Time",
        compute="_compute_vas_on_time_share",
        store=True,
        aggregator="avg",
        help="Share of the ordered pieces that was delivered until the promised "
        "moment. More than ordered counts as all; an order that is due and not "
        "delivered counts as nothing.",
    )

    @api.depends(
        "vas_is_transport",
        "vas_deliver_to",
        "vas_feedback_date",
        "date_done",
        "state",
        "move_ids.product_uom_qty",
        "move_ids.quantity",
        "move_ids.state",
    )
    def _compute_vas_on_time_share(self):
        for order in self:
            done = order.vas_feedback_date or order.date_done
            in_time = (
                order.vas_is_transport
                and order.state == "done"
                and order.vas_deliver_to
                and done
                and done <= order.vas_deliver_to
            )
            moves = order.move_ids.filtered(lambda move: move.state != "cancel")
            ordered = sum(moves.mapped("product_uom_qty"))
            came = sum(min(move.quantity, move.product_uom_qty) for move in moves)
            share = came / ordered if ordered else 1.0
            order.vas_on_time_share = share if in_time else 0.0
