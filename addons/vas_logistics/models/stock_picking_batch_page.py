from datetime import timedelta

from odoo import SUPERUSER_ID, api, fields, models
from odoo.tools import consteq


class StockPickingBatch(models.Model):
    """The driver's page of a trip: who may open it and what it shows."""

    _name = "stock.picking.batch"
    _inherit = "stock.picking.batch"

    @api.model
    def _get_vas_by_token(self, batch_id, token):
        """The trip of a driver's link as superuser, or nothing.

        :return: ``(trip or empty, reason why there is none)``
        """
        # The link itself is the permission; only chosen fields leave this method.
        batch_sudo = self.sudo().browse(batch_id).exists()
        if not batch_sudo or not batch_sudo.vas_driver_token:
            return self.browse(), "unknown"
        if not consteq(batch_sudo.vas_driver_token, token):
            return self.browse(), "unknown"
        until = batch_sudo.vas_driver_until
        if until and until < fields.Datetime.now():
            return self.browse(), "expired"
        return (
            batch_sudo.with_user(SUPERUSER_ID)
            .with_context(allowed_company_ids=batch_sudo.company_id.ids)
            .with_company(batch_sudo.company_id),
            "",
        )

    def _get_vas_page(self):
        """What the driver's page shows; nothing else of the trip leaves the server."""
        self.ensure_one()
        stops = self._get_vas_stop_list()
        arrived = set(
            self.vas_event_ids.filtered(lambda event: event.kind == "arrived").mapped(
                "stop_key"
            )
        )
        cancelled = self.vas_event_ids.filtered(
            lambda event: event.kind == "cancelled"
        ).picking_ids.filtered(lambda order: order.state == "cancel")
        hours = self._get_vas_page_hours(stops)
        return {
            # The phone keeps the newest state for when there is no network.
            "at": fields.Datetime.now().timestamp(),
            "trip": self.name,
            "vehicle": self.vehicle_id.license_plate or self.vehicle_id.display_name,
            "driver": self.driver_id.name or "",
            "status": self.vas_trip_status,
            "departed": bool(self.vas_departure_date),
            "stops": [
                self._get_vas_page_stop(number, stop, stop["key"] in arrived, hours)
                for number, stop in enumerate(stops, 1)
            ],
            "cancelled": [
                {"id": order.id, "name": order.name, "goods": order._get_vas_goods()}
                for order in cancelled
            ],
            "returning": [
                {"id": order.id, "name": order.name, "goods": order._get_vas_goods()}
                for order in self.vas_return_ids
                if order.vas_return_state == "coming" and order.state != "cancel"
            ],
            "reasons": [
                {
                    "id": reason.id,
                    "name": reason.name,
                    "note": reason.note_required,
                    "photo": reason.photo_required,
                }
                # All kinds of problems: a handful of records.
                for reason in self.env["vas.delivery.reason"].search([], limit=100)
            ],
        }

    def _get_vas_page_hours(self, stops):
        """When places and addresses take goods, around the days of the trip.

        The phone picks the day that it shows, so that it is right without network too.

        :return: ``{record: [[opens, closes], …]}`` in UTC; who always does is missing
        """
        now = fields.Datetime.now()
        known = [now] + [stop["arrival"] for stop in stops if stop["arrival"]]
        day = timedelta(days=1)
        # Yesterday for what is open over midnight, and the whole of the last day.
        start = (min(known) - day).replace(minute=0, second=0, microsecond=0)
        hours = (max(known) + 2 * day - start) // timedelta(hours=1)
        outlets = self.env["vas.outlet"].union(*(stop["outlet"] for stop in stops))
        partners = self.env["res.partner"].union(
            *(
                stop["pickups"].vas_pickup_partner_id | stop["deliveries"].partner_id
                for stop in stops
            )
        )
        openings = {
            self.env["vas.outlet"].browse(int(key)): spans
            for key, spans in outlets._get_opening_hours(start, hours).items()
        }
        for key, spans in partners._get_vas_loading_hours(
            self.company_id, start, hours
        ).items():
            openings[partners.browse(key)] = spans
        return {
            record: [
                [
                    fields.Datetime.to_string(start + timedelta(hours=moment))
                    for moment in span
                ]
                for span in spans
            ]
            for record, spans in openings.items()
        }

    def _get_vas_page_stop(self, number, stop, arrived, hours):
        outlet = stop["outlet"]
        partner = outlet.partner_id
        pickups, deliveries = stop["pickups"], stop["deliveries"]
        orders = pickups | deliveries
        done = all(order.vas_loaded_date for order in pickups) and all(
            order.state == "done" for order in deliveries
        )
        return {
            "key": stop["key"],
            "number": number,
            "outlet": outlet.display_name,
            "address": partner._get_vas_address(),
            "latitude": outlet.latitude,
            "longitude": outlet.longitude,
            "phone": partner.phone or "",
            "hours": hours.get(outlet),
            "arrival": stop["arrival"] and fields.Datetime.to_string(stop["arrival"]),
            "arrived": arrived,
            "done": done,
            "pickups": [
                self._get_vas_page_order(order, "in", hours) for order in pickups
            ],
            "deliveries": [
                self._get_vas_page_order(order, "out", hours) for order in deliveries
            ],
            "remarks": [
                text
                for text in orders.mapped(lambda order: order._get_vas_remark())
                if text
            ],
        }

    @api.model
    def _get_vas_page_order(self, order, side, hours):
        place = order.vas_pickup_partner_id if side == "in" else order.partner_id
        start, end = (
            (order.vas_pickup_from, order.vas_pickup_to)
            if side == "in"
            else (order.vas_deliver_from, order.vas_deliver_to)
        )
        return {
            "id": order.id,
            "name": order.name,
            "shipper": order.owner_id.name or "",
            "goods": order._get_vas_goods(),
            "pieces": order.vas_quantity,
            "kg": order.vas_kg,
            "m3": order.vas_m3,
            "from": start and fields.Datetime.to_string(start),
            "to": end and fields.Datetime.to_string(end),
            "place": place
            and {
                "name": place.name or "",
                "address": place._get_vas_address(),
                "phone": place.phone or "",
                "hours": hours.get(place),
            }
            or None,
            "problem": order.vas_problem_id.name or "",
            "done": (
                bool(order.vas_loaded_date) if side == "in" else order.state == "done"
            ),
        }
