from odoo import models
from odoo.exceptions import LockError, UserError
from odoo.fields import Command


class VasCodeliveryProposal(models.Model):
    """An accepted trip becomes a batch transfer with vehicle, driver and stops."""

    _name = "vas.codelivery.proposal"
    _inherit = "vas.codelivery.proposal"

    def _accept(self):
        """Make one batch transfer per proposed trip. The plans are locked before."""
        trips = self.filtered(lambda trip: trip.state == "proposed")
        if not trips:
            return
        trips._check_still_open()
        # A plan that was made by itself is of the one who accepts it.
        trips.plan_id.filtered(lambda plan: not plan.user_id).user_id = self.env.user
        trips._create_batches()

    def _check_still_open(self):
        """Nobody else may have taken an order or the vehicle in the meantime."""
        orders = self.picking_ids
        try:
            orders.lock_for_update()
        except LockError as error:
            raise UserError(
                self.env._(
                    "Somebody else is planning some of these orders right now: "
                    "%(orders)s. Try again in a moment.",
                    orders=", ".join(orders[:5].mapped("name")),
                )
            ) from error
        orders.invalidate_recordset(["batch_id", "state"])
        taken = orders.filtered(
            lambda order: order.batch_id or order.state in ("done", "cancel")
        )
        if taken:
            raise UserError(
                self.env._(
                    "Order %(orders)s was planned elsewhere, done or cancelled in the "
                    "meantime. Please plan again.",
                    orders=", ".join(taken.mapped("name")),
                )
            )
        free = {plan: plan._get_free_vehicles() for plan in self.plan_id}
        for trip in self:
            if trip.vehicle_id not in free[trip.plan_id]:
                raise UserError(
                    self.env._(
                        "Vehicle %(vehicle)s got another trip in the meantime. Please "
                        "plan again.",
                        vehicle=trip.vehicle_id.display_name,
                    )
                )

    def _prepare_batch_values(self):
        """Values of the batch transfer of an accepted trip."""
        self.ensure_one()
        orders = self.picking_ids
        if len(orders.picking_type_id) > 1:
            raise UserError(
                self.env._(
                    "Trip %(trip)s mixes operation types (%(types)s); a batch transfer "
                    "takes orders of one type only.",
                    trip=self.display_name,
                    types=", ".join(orders.picking_type_id.mapped("display_name")),
                )
            )
        return {
            "company_id": self.company_id.id,
            "picking_type_id": orders.picking_type_id.id,
            "picking_ids": [Command.set(orders.ids)],
            "vehicle_id": self.vehicle_id.id,
            "user_id": self.plan_id.user_id.id,
            "description": self.route_text,
            "vas_proposal_id": self.id,
        }

    def _create_batches(self):
        """Normal Odoo batch transfers with vehicle, driver and stop order.

        All trips together: a day of thousands of orders is accepted in seconds.
        """
        for user, trips in self.grouped(lambda trip: trip.plan_id.user_id).items():
            # Core would else write into the chatter of each order who got it.
            trips.picking_ids.user_id = user
        batches = self.env["stock.picking.batch"].create(
            [trip._prepare_batch_values() for trip in self]
        )
        for trip, batch in zip(self, batches, strict=True):
            trip.batch_id = batch
            for position, stop in enumerate(trip.stop_ids):
                stop.delivery_ids.write(
                    {
                        "batch_sequence": position,
                        "vas_planned_arrival": stop.date_arrival,
                    }
                )
                stop.pickup_ids.write({"vas_planned_pickup": stop.date_arrival})
        self.write({"state": "accepted"})
        batches._confirm_vas_trips()
        for trip in self:
            # After the orders: their own dates must not move those of the trip.
            trip.batch_id.write(
                {"scheduled_date": trip.date_start, "end_date": trip.date_end}
            )
        batches._start_vas_dispatch()
