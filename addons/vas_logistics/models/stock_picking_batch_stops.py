from odoo import api, models


class StockPickingBatch(models.Model):
    """The stops of a trip, with the orders that are on it now."""

    _name = "stock.picking.batch"
    _inherit = "stock.picking.batch"

    def _get_vas_stop_list(self):
        """The stops of a trip in order, with the orders that are on it now.

        Planned stops first; orders that were put on the trip by hand get the stop of
        their outlet, or one of their own at the end. A place that is passed twice is
        two stops.

        :return: list of ``{"key", "outlet", "arrival", "pickups", "deliveries"}``
        """
        self.ensure_one()
        pickings = self.env["stock.picking"]
        # By id, so that all orders are read at once after the lock forgot them.
        mine = pickings.browse(self.picking_ids.ids).filtered(
            lambda order: order.state != "cancel"
        )
        stops = []
        for stop in self.vas_stop_ids.sorted("sequence"):
            stops.append(
                {
                    "key": f"s{stop.id}",
                    "outlet": stop.outlet_id,
                    "arrival": stop.date_arrival,
                    "pickups": stop.pickup_ids & mine,
                    "deliveries": stop.delivery_ids & mine,
                }
            )
        placed = pickings.union(*(stop["deliveries"] for stop in stops))
        loaded = pickings.union(*(stop["pickups"] for stop in stops))
        extra = (mine - (placed & loaded)).sorted("batch_sequence")
        for side, field in (
            ("pickups", "vas_origin_id"),
            ("deliveries", "vas_destination_id"),
        ):
            for order in extra:
                if order in (loaded if side == "pickups" else placed):
                    continue
                self._add_vas_stop(stops, order, side, order[field])
        return [stop for stop in stops if stop["pickups"] or stop["deliveries"]]

    @api.model
    def _add_vas_stop(self, stops, order, side, outlet):
        """Put one end of an order into the first stop that can take it."""
        earliest = 0
        if side == "deliveries":
            earliest = 1 + next(
                index for index, stop in enumerate(stops) if order in stop["pickups"]
            )
        for stop in stops[earliest:]:
            if stop["outlet"] == outlet:
                stop[side] |= order
                return
        none = self.env["stock.picking"]
        stops.append(
            {
                "key": f"{side[0]}{outlet.id}",
                "outlet": outlet,
                "arrival": order.vas_planned_pickup
                if side == "pickups"
                else order.vas_planned_arrival,
                "pickups": order if side == "pickups" else none,
                "deliveries": order if side == "deliveries" else none,
            }
        )
