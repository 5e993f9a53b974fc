import base64
import binascii
import secrets
from datetime import timedelta

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import LockError, UserError
from odoo.fields import Command, Domain
from odoo.tools import consteq

TRIP_STATUSES = [
    ("draft", "Being made"),
    ("gate", "Waiting for the gate"),
    ("ready", "Ready to leave"),
    ("road", "On the road"),
    ("done", "Finished"),
    ("cancelled", "Cancelled"),
]
PHOTO_BYTES = 8 * 1024 * 1024  # technical limit of one upload, no business figure


class TripBusy(UserError):
    """Somebody else works on the trip at this moment; trying again helps."""


class StockPickingBatch(models.Model):
    """A trip between the gate and the last receiver."""

    _name = "stock.picking.batch"
    _inherit = "stock.picking.batch"

    vas_trip_status = fields.Selection(
        selection=TRIP_STATUSES,
        string="Trip Status",
        compute="_compute_vas_trip_status",
        search="_search_vas_trip_status",
    )
    vas_departure_date = fields.Datetime(
        string="Left On", readonly=True, copy=False, tracking=True
    )
    vas_dispatcher_id = fields.Many2one(
        comodel_name="res.users", string="Dispatched By", readonly=True, copy=False
    )
    vas_gate_ids = fields.One2many(
        comodel_name="vas.gate.release", inverse_name="batch_id", string="Gate Release"
    )
    vas_gate_date = fields.Datetime(
        string="Released On", compute="_compute_vas_gate_date", store=True
    )
    vas_event_ids = fields.One2many(
        comodel_name="vas.trip.event", inverse_name="batch_id", string="What Happened"
    )
    vas_return_ids = fields.One2many(
        comodel_name="stock.picking",
        inverse_name="vas_return_trip_id",
        string="Goods Coming Back",
    )
    vas_event_count = fields.Integer(compute="_compute_vas_event_count")
    vas_driver_token = fields.Char(
        copy=False, readonly=True, groups="vas_logistics.group_vas_logistics_officer"
    )
    vas_driver_until = fields.Datetime(
        string="Link Valid Until",
        copy=False,
        groups="vas_logistics.group_vas_logistics_officer",
        help="Empty: as long as the trip runs.",
    )
    vas_driver_url = fields.Char(
        string="Driver's Page",
        compute="_compute_vas_driver_url",
        groups="vas_logistics.group_vas_logistics_officer",
        help="Send this link to the driver. Whoever has it can report for this trip.",
    )

    @api.depends("picking_ids", "picking_ids.scheduled_date")
    def _compute_scheduled_date(self):
        """A planned trip keeps its hour, whatever happens to its orders."""
        planned = self.filtered(lambda batch: batch.vas_proposal_id and batch.id)
        fixed = planned.filtered("scheduled_date")
        return super(StockPickingBatch, self - fixed)._compute_scheduled_date()

    @api.depends("vas_gate_ids.date")
    def _compute_vas_gate_date(self):
        for batch in self:
            batch.vas_gate_date = batch.vas_gate_ids[:1].date

    def _compute_vas_event_count(self):
        counts = dict(
            self.env["vas.trip.event"]._read_group(
                [("batch_id", "in", self.ids)], ["batch_id"], ["__count"]
            )
        )
        for batch in self:
            batch.vas_event_count = counts.get(batch, 0)

    @api.depends(
        "state", "vas_departure_date", "vas_gate_date", "company_id.vas_gate_required"
    )
    def _compute_vas_trip_status(self):
        for batch in self:
            if batch.state != "in_progress":
                batch.vas_trip_status = {"done": "done", "cancel": "cancelled"}.get(
                    batch.state, "draft"
                )
            elif batch.vas_departure_date:
                batch.vas_trip_status = "road"
            elif batch.company_id.vas_gate_required and not batch.vas_gate_date:
                batch.vas_trip_status = "gate"
            else:
                batch.vas_trip_status = "ready"

    def _search_vas_trip_status(self, operator, value):
        if operator != "in":
            return NotImplemented
        moving = Domain("state", "=", "in_progress")
        left = Domain("vas_departure_date", "!=", False)
        gate = Domain("company_id.vas_gate_required", "=", True) & Domain(
            "vas_gate_date", "=", False
        )
        domains = {
            "draft": Domain("state", "=", "draft"),
            "gate": moving & ~left & gate,
            "ready": moving & ~left & ~gate,
            "road": moving & left,
            "done": Domain("state", "=", "done"),
            "cancelled": Domain("state", "=", "cancel"),
        }
        return Domain.OR(domains[status] for status in value if status in domains)

    @api.depends("vas_driver_token")
    def _compute_vas_driver_url(self):
        for batch in self:
            token = batch.vas_driver_token
            batch.vas_driver_url = token and (
                f"{batch.get_base_url()}/vas/trip/{batch.id}/{token}"
            )

    # ------------------------------------------------------------------
    # Accepting and changing a trip
    # ------------------------------------------------------------------

    def action_confirm(self):
        """Who confirms a trip dispatches it; its driver gets a page of his own."""
        result = super().action_confirm()
        self.filtered("vas_is_transport")._start_vas_dispatch()
        return result

    def _confirm_vas_trips(self):
        """What confirming does, for many trips at once."""
        self._check_vas_load()
        self.picking_ids.filtered(lambda order: order.state == "draft").action_confirm()
        self._check_company()
        self.write({"state": "in_progress"})

    def _start_vas_dispatch(self):
        """Note who dispatched the trips and give each driver a link."""
        user = self.env.user
        # The token is not the dispatcher's to choose.
        for trip_sudo in self.sudo():
            trip_sudo.write(
                {
                    "vas_dispatcher_id": user.id,
                    **trip_sudo._prepare_vas_link_values(),
                }
            )

    def _prepare_vas_link_values(self):
        """A new secret link; the one before stops working."""
        self.ensure_one()
        hours = (
            self.env["vas.planning.profile"]
            ._get_default(self.company_id)
            .driver_link_hours
        )
        end = self.end_date or fields.Datetime.now()
        return {
            "vas_driver_token": secrets.token_urlsafe(24),
            "vas_driver_until": end + timedelta(hours=hours) if hours else False,
        }

    def _lock_vas_trip(self):
        """One at a time on a trip: driver, dispatcher and gate wait for each other."""
        try:
            self.lock_for_update(allow_referencing=True)
        except LockError as error:
            raise TripBusy(
                self.env._(
                    "Trip %(trip)s is being changed right now. Try again in a moment.",
                    trip=", ".join(self.mapped("name")),
                )
            ) from error
        self.invalidate_recordset(["state", "vas_departure_date"])
        self.picking_ids.invalidate_recordset(["state", "batch_id"])

    def _set_moves_destination_to_dock(self):
        """The dock of a trip is where it loads: goods still go to their outlet."""
        others = self.filtered(lambda batch: not batch.vas_is_transport)
        return super(StockPickingBatch, others)._set_moves_destination_to_dock()

    def action_vas_renew_link(self):
        """Give the driver a new link; the old one stops working."""
        self.check_access("write")
        for batch in self:
            if batch.state != "in_progress":
                raise UserError(
                    self.env._(
                        "Trip %(trip)s does not run: it needs no link.",
                        trip=batch.name,
                    )
                )
            batch.write(batch._prepare_vas_link_values())
        return True

    def action_vas_revoke_link(self):
        """Nobody reports through a link any more."""
        self.check_access("write")
        self.write({"vas_driver_token": False, "vas_driver_until": False})
        return True

    def action_vas_open_driver_page(self):
        """Look at the page that the driver sees."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_url",
            "url": self.vas_driver_url,
            "target": "new",
        }

    def action_vas_gate(self):
        """Release this trip at the gate."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "vas_logistics.vas_gate_release_action_new"
        )
        action["context"] = {"default_batch_id": self.id}
        return action

    def action_vas_breakdown(self):
        """Ask what becomes of a trip whose vehicle cannot go on."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "vas_logistics.vas_trip_breakdown_action"
        )
        action["context"] = {"default_batch_id": self.id}
        return action

    def action_vas_events(self):
        """Open what was reported on this trip."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "vas_logistics.vas_trip_event_action"
        )
        action["domain"] = [("batch_id", "=", self.id)]
        return action

    def _get_vas_dispatchers(self):
        """Users who have a part in sending the trip (segregation of duties)."""
        self.ensure_one()
        return self.vas_dispatcher_id | self.user_id | self.driver_id.user_ids

    def _get_vas_gate_quantity(self):
        """Pieces on board when the trip passes the gate: what its first stop loads."""
        if not self:
            return 0.0
        self.ensure_one()
        stops = self._get_vas_stop_list()
        return sum(stops[0]["pickups"].mapped("vas_quantity")) if stops else 0.0

    def _close_vas_empty(self):
        """A trip whose orders all left is cancelled, or finished if some arrived."""
        for batch in self.filtered("vas_is_transport"):
            if batch.state == "in_progress" and not batch.picking_ids:
                batch.action_cancel()

    def _on_vas_orders_cancelled(self, orders):
        """Keep on the trip's record what its driver must bring back."""
        self.ensure_one()
        if not self.vas_departure_date:
            self._close_vas_empty()
            return
        # The ledger has no writers but this code.
        self.env["vas.trip.event"].sudo().create(
            {
                "batch_id": self.id,
                "kind": "cancelled",
                "date": fields.Datetime.now(),
                "driver_id": self.driver_id.id,
                "picking_ids": [Command.set(orders.ids)],
                "note": self.env._("Cancelled by %(user)s", user=self.env.user.name),
            }
        )
        on_board = orders.filtered("vas_loaded_date")
        on_board.write({"vas_return_state": "coming", "vas_return_trip_id": self.id})
        self.message_post(
            body=self.env._(
                "Order %(orders)s was cancelled on the road. The driver is told not to "
                "deliver it.",
                orders=", ".join(orders.mapped("name")),
            )
        )
        self._close_vas_empty()

    # ------------------------------------------------------------------
    # Stops
    # ------------------------------------------------------------------

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

    # ------------------------------------------------------------------
    # The driver's page
    # ------------------------------------------------------------------

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
        return {
            "trip": self.name,
            "vehicle": self.vehicle_id.license_plate or self.vehicle_id.display_name,
            "driver": self.driver_id.name or "",
            "status": self.vas_trip_status,
            "departed": bool(self.vas_departure_date),
            "stops": [
                self._get_vas_page_stop(number, stop, stop["key"] in arrived)
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

    def _get_vas_page_stop(self, number, stop, arrived):
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
            "address": self._get_vas_address(partner),
            "latitude": outlet.latitude,
            "longitude": outlet.longitude,
            "phone": partner.phone or "",
            "arrival": stop["arrival"] and fields.Datetime.to_string(stop["arrival"]),
            "arrived": arrived,
            "done": done,
            "pickups": [self._get_vas_page_order(order, "in") for order in pickups],
            "deliveries": [
                self._get_vas_page_order(order, "out") for order in deliveries
            ],
            "remarks": [
                text
                for text in orders.mapped(lambda order: order._get_vas_remark())
                if text
            ],
        }

    @api.model
    def _get_vas_address(self, partner):
        """An address in one line; empty parts of the country's format left out."""
        if not partner:
            return ""
        text = partner._display_address(without_company=True)
        lines = (line.strip(" ,，") for line in text.splitlines())
        return ", ".join(line for line in lines if line)

    @api.model
    def _get_vas_page_order(self, order, side):
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
            "problem": order.vas_problem_id.name or "",
            "done": (
                bool(order.vas_loaded_date) if side == "in" else order.state == "done"
            ),
        }

    # ------------------------------------------------------------------
    # Reports of the driver
    # ------------------------------------------------------------------

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
            mine._send_vas_back()
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
