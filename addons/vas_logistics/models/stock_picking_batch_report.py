import base64
import binascii

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

PHOTO_BYTES = 8 * 1024 * 1024  # technical limit of one upload, no business figure


class StockPickingBatch(models.Model):
    """What the driver reports from the road, applied exactly once."""

    _name = "stock.picking.batch"
    _inherit = "stock.picking.batch"

    def _record_vas_report(self, report):
        """Apply one report of the driver exactly once.

        :param report: ``{"key", "kind", "stop", "orders", "date", "reason", "note",
            "receiver", "signature", "photos"}``; ``photos`` are ``(name, bytes)``
        :return: the message why it was not applied, or an empty string
        :raise UserError: the report itself is wrong; nothing is written
        """
        self.ensure_one()
        self._lock_vas_trip()
        key = report["key"]
        if self.env["vas.trip.event"].search_count(
            [("batch_id", "=", self.id), ("key", "=", key)], limit=1
        ):
            return ""
        stop = self._find_vas_stop(report)
        values = self._prepare_vas_event_values(report, stop)
        handler = getattr(self, f"_apply_vas_{report['kind']}")
        orders = stop["orders"] if stop else self.env["stock.picking"]
        refusal = handler(stop, orders, values)
        self.env["vas.trip.event"].create({**values, "refusal": refusal or False})
        if refusal:
            self.message_post(body=refusal)
        if self.state == "done":
            # At once in the background: money must not hold up the driver's report.
            self.env.ref("vas_logistics.cron_trip_ledgers")._trigger()
        return refusal

    def _find_vas_stop(self, report):
        """The stop that a report is about, with the orders ticked there."""
        if report["kind"] == "start":
            return None
        stops = {stop["key"]: stop for stop in self._get_vas_stop_list()}
        ids = set(report["orders"])
        # Orders that left the trip since the page was loaded are still named.
        orders = self.env["stock.picking"].browse(ids).exists()
        known = self.picking_ids | self.vas_event_ids.picking_ids
        if orders - known:
            raise UserError(
                self.env._(
                    "The report names an order that was never on trip %(trip)s.",
                    trip=self.name,
                )
            )
        stop = stops.get(report["stop"])
        if not stop and not orders and not self._check_vas_runs():
            raise UserError(
                self.env._(
                    "Trip %(trip)s has changed. Please load the page again.",
                    trip=self.name,
                )
            )
        none = self.env["stock.picking"]
        stop = stop or {
            "key": report["stop"],
            "outlet": orders[:1].vas_destination_id,
            "pickups": none,
            "deliveries": orders,
        }
        return {**stop, "orders": orders}

    def _prepare_vas_event_values(self, report, stop):
        """Values of the ledger line; checks what the phone sent."""
        now = fields.Datetime.now()
        # A phone with a wrong clock cannot report the future.
        date = min(report["date"] or now, now)
        reason = self.env["vas.delivery.reason"].browse(report["reason"] or 0).exists()
        note = (report["note"] or "").strip()
        photos = report["photos"]
        if report["kind"] == "problem":
            if not reason:
                raise UserError(self.env._("Please choose what the problem is."))
            if reason.note_required and not note:
                raise UserError(
                    self.env._(
                        "%(reason)s: please write what happened.", reason=reason.name
                    )
                )
            if reason.photo_required and not photos:
                raise UserError(
                    self.env._("%(reason)s: please take a photo.", reason=reason.name)
                )
        receiver = (report["receiver"] or "").strip()
        signature = self._check_vas_signature(report["signature"])
        return {
            "batch_id": self.id,
            "kind": report["kind"],
            "key": report["key"],
            "date": date,
            "outlet_id": stop["outlet"].id if stop else False,
            "stop_key": stop["key"] if stop else False,
            "picking_ids": [Command.set(stop["orders"].ids)] if stop else [],
            "driver_id": self.driver_id.id,
            "reason_id": reason.id,
            "note": note or False,
            "receiver": receiver or False,
            "signature": signature,
            "photo_ids": self._prepare_vas_photos(photos),
        }

    @api.model
    def _check_vas_signature(self, text):
        """The picture of a signature, or nothing."""
        if not text:
            return False
        try:
            raw = base64.b64decode(text.partition(",")[2] or text, validate=True)
        except (binascii.Error, ValueError) as error:
            raise UserError(self.env._("The signature cannot be read.")) from error
        if not raw.startswith(b"\x89PNG") or len(raw) > PHOTO_BYTES:
            raise UserError(self.env._("The signature cannot be read."))
        return base64.b64encode(raw)

    def _prepare_vas_photos(self, photos):
        """Attachments of the photos; anything that is not a picture is refused."""
        commands = []
        for name, data in photos:
            picture = data.startswith((b"\xff\xd8\xff", b"\x89PNG")) or (
                data[:4] == b"RIFF" and data[8:12] == b"WEBP"
            )
            if not picture or len(data) > PHOTO_BYTES:
                raise UserError(
                    self.env._("%(file)s is not a photo, or too large.", file=name)
                )
            commands.append(
                Command.create(
                    {
                        "name": name,
                        "raw": data,
                        "res_model": "stock.picking.batch",
                        "res_id": self.id,
                    }
                )
            )
        return commands

    def _check_vas_runs(self):
        """Why reports come too late, or an empty string."""
        if self.state == "cancel":
            return self.env._("Trip %(trip)s was cancelled.", trip=self.name)
        return ""

    def _apply_vas_start(self, _stop, _orders, values):
        refusal = self._check_vas_runs()
        if refusal or self.vas_departure_date:
            return refusal
        if self.vas_trip_status == "gate":
            raise UserError(
                self.env._(
                    "The gate has not released trip %(trip)s yet.", trip=self.name
                )
            )
        self.vas_departure_date = values["date"]
        first = self._get_vas_stop_list()[:1]
        if first:
            first[0]["pickups"].vas_loaded_date = values["date"]
            values["picking_ids"] = [Command.set(first[0]["pickups"].ids)]
            values["outlet_id"] = first[0]["outlet"].id
        return ""

    def _apply_vas_arrived(self, stop, _orders, values):
        refusal = self._check_vas_runs()
        if not refusal:
            open_orders = stop["deliveries"].filtered(
                lambda order: order.state not in ("done", "cancel")
            )
            open_orders.vas_arrived_date = values["date"]
            values["picking_ids"] = [
                Command.set((stop["pickups"] | stop["deliveries"]).ids)
            ]
        return refusal

    def _apply_vas_loaded(self, stop, orders, values):
        refusal = self._check_vas_runs() or self._get_vas_lost(orders)
        todo = (orders & stop["pickups"]).filtered(
            lambda order: not order.vas_loaded_date
        )
        todo.write(
            {
                "vas_loaded_date": values["date"],
                "vas_problem_id": False,
                "vas_problem_note": False,
            }
        )
        return refusal

    def _apply_vas_delivered(self, stop, orders, values):
        refusal = self._check_vas_runs()
        if refusal:
            return refusal
        refusal = self._get_vas_lost(orders)
        if not values["receiver"]:
            raise UserError(self.env._("Please write who received the goods."))
        mine = orders & stop["deliveries"] & self.picking_ids
        mine.filtered(lambda order: not order.vas_loaded_date).write(
            {"vas_loaded_date": values["date"]}
        )
        mine._vas_deliver(values["date"], values["receiver"])
        return refusal

    def _apply_vas_problem(self, _stop, orders, values):
        refusal = self._check_vas_runs() or self._get_vas_lost(orders)
        mine = (orders & self.picking_ids).filtered(
            lambda order: order.state not in ("done", "cancel")
        )
        reason = self.env["vas.delivery.reason"].browse(values["reason_id"])
        for order in mine:
            order.message_post(
                body=self.env._(
                    "Trip %(trip)s: %(reason)s. %(note)s",
                    trip=self.name,
                    reason=reason.name,
                    note=values["note"] or "",
                )
            )
        if reason.effect == "return":
            mine._send_vas_back(reason)
        if reason.effect in ("reopen", "return"):
            mine._vas_leave_trip()
        mine.write({"vas_problem_id": reason.id, "vas_problem_note": values["note"]})
        return refusal

    def _get_vas_lost(self, orders):
        """What to tell the driver about orders that are no longer his."""
        lost = orders.filtered(
            lambda order: (
                order.state == "cancel"
                or order.batch_id != self
                and order.state != "done"
            )
        )
        if not lost:
            return ""
        return self.env._(
            "Order %(orders)s was cancelled or taken off trip %(trip)s. Do not deliver "
            "it; bring the goods back.",
            orders=", ".join(lost.mapped("name")),
            trip=self.name,
        )
