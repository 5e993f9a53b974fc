from datetime import timedelta
from zoneinfo import ZoneInfo

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import format_datetime

from ..tools import yard

#: Vehicles that need the door at their time.
ACTIVE = ("booked", "arrived", "docked")


class VasDoorBooking(models.Model):
    """A vehicle's time at a door, planned and real (WHS-01, LRP-02)."""

    _name = "vas.door.booking"
    _description = "Door Booking"
    _inherit = ["mail.thread", "mail.activity.mixin", "vas.lock.mixin"]
    # Among those in the yard whoever came first stands first.
    _order = "arrived_at, start, id"
    _check_company_auto = True

    name = fields.Char(compute="_compute_name")
    door_id = fields.Many2one(
        comodel_name="stock.location",
        required=True,
        domain="[('vas_is_door', '=', True)]",
        index=True,
        ondelete="restrict",
        check_company=True,
        tracking=True,
    )
    door_name = fields.Char(related="door_id.name", string="Name of the Door")
    warehouse_id = fields.Many2one(
        related="door_id.warehouse_id", store=True, index=True
    )
    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        default=lambda self: self.env.company,
        index=True,
    )
    batch_id = fields.Many2one(
        comodel_name="stock.picking.batch",
        string="Trip",
        index="btree_not_null",
        ondelete="set null",
        check_company=True,
    )
    vehicle_id = fields.Many2one(
        comodel_name="fleet.vehicle",
        compute="_compute_vehicle_id",
        store=True,
        readonly=False,
        check_company=True,
    )
    vehicle_category_id = fields.Many2one(
        related="vehicle_id.category_id", store=True, string="Vehicle Class"
    )
    license_plate = fields.Char(
        compute="_compute_license_plate", store=True, readonly=False
    )
    carrier_id = fields.Many2one(comodel_name="res.partner")
    purpose = fields.Selection(
        selection=[
            ("load", "Loading"),
            ("unload", "Unloading"),
            ("cross", "Cross-loading"),
        ],
        required=True,
        default="load",
    )
    start = fields.Datetime(required=True, tracking=True, index=True)
    stop = fields.Datetime(
        string="End",
        compute="_compute_stop",
        store=True,
        readonly=False,
        required=True,
        precompute=True,
    )
    state = fields.Selection(
        selection=[
            ("booked", "Booked"),
            ("arrived", "Waiting"),
            ("docked", "At the Door"),
            ("left", "Left"),
            ("cancelled", "Cancelled"),
        ],
        required=True,
        default="booked",
        tracking=True,
        copy=False,
        index=True,
        group_expand=True,
    )
    arrived_at = fields.Datetime(readonly=True, copy=False)
    docked_at = fields.Datetime(string="At the Door Since", readonly=True, copy=False)
    left_at = fields.Datetime(readonly=True, copy=False)
    waiting_minutes = fields.Float(
        string="Waiting (min)",
        compute="_compute_minutes",
        store=True,
        aggregator="avg",
        help="From arrival to the door.",
    )
    door_minutes = fields.Float(
        string="At the Door (min)",
        compute="_compute_minutes",
        store=True,
        aggregator="avg",
    )
    yard_minutes = fields.Float(
        string="In the Yard (min)",
        compute="_compute_minutes",
        store=True,
        aggregator="avg",
        help="From arrival to departure: waiting and loading together.",
    )
    arrival_hour = fields.Char(
        string="Hour of Arrival",
        compute="_compute_arrival_hour",
        store=True,
        help="In the time zone of the company.",
    )
    progress = fields.Char(
        compute="_compute_progress", help="How long the vehicle waits or loads."
    )
    is_overdue = fields.Boolean(
        string="Later than Booked",
        compute="_compute_progress",
        search="_search_is_overdue",
    )
    clash = fields.Char(string="Door Warning", compute="_compute_clash")
    # picking
    pieces = fields.Float(
        string="Pieces to Pick",
        compute="_compute_pieces",
        store=True,
        readonly=False,
        digits="Product Unit",
        help="What the trip loads at its first stop; can be typed over.",
    )
    pickers = fields.Integer(
        string="People Picking", help="How many people pick these goods."
    )
    per_hour = fields.Float(
        string="Pieces per Person and Hour", help="Productivity of one person picking."
    )
    picking_start = fields.Datetime(
        string="Picking Starts",
        compute="_compute_picking_start",
        store=True,
        help="So that the goods stand at the door when the vehicle's time begins.",
    )
    note = fields.Char()

    _door_free = models.Constraint(
        # Checked when somebody books, and in the end by the database itself.
        "EXCLUDE USING gist (int4range(door_id, door_id, '[]') WITH &&,"
        " tsrange(start, stop) WITH &&)"
        " WHERE (state IN ('booked', 'arrived', 'docked'))"
        " DEFERRABLE INITIALLY DEFERRED",
        "Somebody else booked this door for the same time a moment ago. Choose the next"
        " free time.",
    )
    _picking_positive = models.Constraint(
        "CHECK(pieces >= 0 AND pickers >= 0 AND per_hour >= 0)",
        "Pieces, people and productivity of the picking must not be negative.",
    )
    _span_ordered = models.Constraint(
        "CHECK(stop > start)", "A booking must end after it begins."
    )
    _door_idx = models.Index("(door_id, start, stop) WHERE state != 'cancelled'")

    @api.depends("door_id", "license_plate", "start")
    def _compute_name(self):
        for booking in self:
            parts = [booking.license_plate, booking.door_id.name]
            booking.name = " · ".join(part for part in parts if part)

    @api.depends("batch_id")
    def _compute_vehicle_id(self):
        for booking in self:
            booking.vehicle_id = booking.batch_id.vehicle_id or booking.vehicle_id

    @api.depends("vehicle_id")
    def _compute_license_plate(self):
        for booking in self:
            booking.license_plate = (
                booking.vehicle_id.license_plate or booking.license_plate
            )

    @api.depends("start", "door_id")
    def _compute_stop(self):
        for booking in self:
            minutes = booking.door_id.vas_door_minutes
            if booking.start and minutes:
                booking.stop = booking.start + timedelta(minutes=minutes)

    @api.depends("arrived_at", "docked_at", "left_at")
    def _compute_minutes(self):
        for booking in self:
            arrived, docked, left = (
                booking.arrived_at,
                booking.docked_at,
                booking.left_at,
            )
            booking.waiting_minutes = yard.minutes(arrived, docked)
            booking.door_minutes = yard.minutes(docked, left)
            booking.yard_minutes = yard.minutes(arrived, left)

    @api.depends("arrived_at", "company_id")
    def _compute_arrival_hour(self):
        for booking in self:
            moment = booking.arrived_at
            zone = ZoneInfo(booking.company_id.partner_id.tz or "UTC")
            booking.arrival_hour = moment and (
                moment.replace(tzinfo=ZoneInfo("UTC"))
                .astimezone(zone)
                .strftime("%H:00")
            )

    @api.depends("state", "arrived_at", "docked_at", "left_at", "start", "stop")
    @api.depends_context("lang")
    def _compute_progress(self):
        now = fields.Datetime.now()
        for booking in self:
            since = {
                "booked": booking.start,
                "arrived": booking.arrived_at,
                "docked": booking.docked_at,
            }.get(booking.state)
            booking.is_overdue = bool(
                since
                and now > (booking.stop if booking.state == "docked" else booking.start)
            )
            spent = round(yard.minutes(since, now)) if since and since < now else 0
            booking.progress = False
            if booking.state == "left":
                booking.progress = self.env._(
                    "Waited %(waited)s min, at the door %(docked)s min",
                    waited=round(booking.waiting_minutes),
                    docked=round(booking.door_minutes),
                )
            elif booking.state == "docked":
                booking.progress = self.env._(
                    "At the door for %(spent)s of %(planned)s min",
                    spent=spent,
                    planned=round(yard.minutes(booking.start, booking.stop)),
                )
            elif booking.state == "arrived":
                booking.progress = self.env._("Waiting for %(spent)s min", spent=spent)
            elif booking.state == "booked" and spent:
                booking.progress = self.env._("Expected %(spent)s min ago", spent=spent)

    def _search_is_overdue(self, operator, value):
        if operator != "in":
            return NotImplemented
        waits = Domain("state", "in", ("booked", "arrived")) & Domain(
            "start", "<", "now"
        )
        stays = Domain("state", "=", "docked") & Domain("stop", "<", "now")
        return waits | stays

    @api.depends("batch_id")
    def _compute_pieces(self):
        for booking in self:
            booking.pieces = (
                booking.batch_id._get_vas_gate_quantity()
                if booking.batch_id
                else booking.pieces
            )

    @api.depends("start", "pieces", "pickers", "per_hour", "purpose")
    def _compute_picking_start(self):
        for booking in self:
            booking.picking_start = (
                yard.picking_start(
                    booking.start, booking.pieces, booking.per_hour, booking.pickers
                )
                if booking.start
                and booking.purpose != "unload"
                and min(booking.pieces, booking.per_hour, booking.pickers) > 0
                else False
            )

    @api.depends("door_id", "start", "stop", "state", "batch_id.scheduled_date")
    @api.depends_context("lang", "tz")
    def _compute_clash(self):
        """What speaks against this time, while it is being typed."""
        todo = self.filtered(
            lambda b: b.door_id and b.start and b.stop and b.state in ACTIVE
        )
        by_door = todo._get_others_by_door()
        for booking in self:
            booking.clash = False
            if booking not in todo:
                continue
            clash = booking._get_clash(by_door)
            departure = booking.batch_id.scheduled_date
            if clash:
                booking.clash = clash
            elif departure and booking.stop > departure:
                booking.clash = self.env._(
                    "%(trip)s leaves at %(departure)s; the door is booked until"
                    " %(stop)s.",
                    trip=booking.batch_id.name,
                    departure=self._show(departure),
                    stop=self._show(booking.stop),
                )

    # -------------------------------------------------------------- constraints
    def _show(self, moment):
        return format_datetime(self.env, moment, dt_format="short")

    def _get_others_by_door(self):
        """Bookings that stand at the doors of ``self``, in one query."""
        if not self:
            return {}
        return self.search_fetch(
            [
                ("door_id", "in", self.door_id.ids),
                ("state", "in", ACTIVE),
                ("stop", ">", min(self.mapped("start"))),
            ],
            ["door_id", "start", "stop", "license_plate"],
        ).grouped("door_id")

    def _get_clash(self, by_door):
        """The sentence that refuses a taken time and names the next free one."""
        self.ensure_one()
        own = self._origin or self
        others = by_door.get(self.door_id, self.browse()).filtered(
            lambda other: other != own and other.stop > self.start
        )
        clash = others.filtered(lambda other: other.start < self.stop).sorted("start")
        if not clash:
            return False
        free = yard.next_free(
            [(other.start, other.stop) for other in others],
            self.start,
            self.stop - self.start,
        )
        return self.env._(
            "%(door)s is taken by %(vehicle)s from %(start)s to %(stop)s."
            " Next free: %(free)s.",
            door=self.door_id.name,
            vehicle=clash[0].license_plate or clash[0].display_name,
            start=self._show(clash[0].start),
            stop=self._show(clash[0].stop),
            free=self._show(free),
        )

    @api.constrains("door_id", "start", "stop", "state")
    def _check_free(self):
        """Two vehicles are never booked at one door at the same time.

        The search gives the sentence with the next free time; a booking that another
        transaction makes right now is refused by the constraint of the database.
        """
        todo = self.filtered(lambda booking: booking.state in ACTIVE)
        if not todo:
            return
        by_door = todo._get_others_by_door()
        for booking in todo:
            clash = booking._get_clash(by_door)
            if clash:
                raise ValidationError(clash)
        # A later UPDATE of these rows would be checked only at the very end.
        todo.flush_recordset()
        self.env.cr.execute("SET CONSTRAINTS vas_door_booking_door_free IMMEDIATE")
        self.env.cr.execute("SET CONSTRAINTS vas_door_booking_door_free DEFERRED")

    @api.constrains("door_id", "vehicle_id")
    def _check_vehicle_class(self):
        for booking in self:
            allowed = booking.door_id.vas_door_category_ids
            category = booking.vehicle_id.category_id
            if allowed and category and category not in allowed:
                raise ValidationError(
                    self.env._(
                        "%(vehicle)s is a %(category)s and does not fit %(door)s, which"
                        " takes %(allowed)s.",
                        vehicle=booking.vehicle_id.display_name,
                        category=category.name,
                        door=booking.door_id.name,
                        allowed=", ".join(allowed.mapped("name")),
                    )
                )

    @api.constrains("door_id", "start")
    def _check_season(self):
        """Off season only the first doors are open (WHS-01)."""
        seasons = {
            company: self.env["vas.season"]._get_by_month(company)
            for company in self.company_id
        }
        for booking in self:
            day = fields.Datetime.context_timestamp(booking, booking.start)
            season = seasons[booking.company_id].get(day.month)
            if season and booking.door_id.vas_door_order > season.doors_max:
                raise ValidationError(
                    self.env._(
                        "%(door)s is closed in %(month)s: %(season)s opens at most"
                        " %(doors)s doors.",
                        door=booking.door_id.name,
                        month=day.strftime("%Y-%m"),
                        season=season.name,
                        doors=season.doors_max,
                    )
                )

    # ------------------------------------------------------------------ actions
    def _move_on(self, expected, values):
        self._lock_or_refuse()
        for booking in self:
            if booking.state not in expected:
                states = dict(self._fields["state"]._description_selection(self.env))
                raise UserError(
                    self.env._(
                        "%(booking)s is “%(state)s” already.",
                        booking=booking.display_name,
                        state=states[booking.state],
                    )
                )
        self.write(values)

    def action_arrive(self):
        now = fields.Datetime.now()
        self._move_on(("booked",), {"state": "arrived", "arrived_at": now})

    def action_dock(self):
        """To the door, once the vehicle before has left it."""
        now = fields.Datetime.now()
        standing = self.search(
            [("door_id", "in", self.door_id.ids), ("state", "=", "docked")]
        ).grouped("door_id")
        for booking in self:
            other = standing.get(booking.door_id)
            if other and other != booking:
                raise UserError(
                    self.env._(
                        "%(vehicle)s still stands at %(door)s. Mark it as left first,"
                        " or choose another door.",
                        vehicle=other[0].license_plate or other[0].display_name,
                        door=booking.door_id.name,
                    )
                )
        vals = {"state": "docked", "docked_at": now}
        waited = self.filtered("arrived_at")
        waited._move_on(("booked", "arrived"), vals)
        (self - waited)._move_on(("booked", "arrived"), {**vals, "arrived_at": now})

    def action_leave(self):
        now = fields.Datetime.now()
        self._move_on(("docked",), {"state": "left", "left_at": now})

    def action_cancel(self):
        self._move_on(("booked", "arrived"), {"state": "cancelled"})

    def action_rebook(self):
        self._move_on(("cancelled",), {"state": "booked"})

    def action_correct_times(self):
        """Mend a time that was noted too late or wrongly, with a reason."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "vas_logistics.vas_door_correct_action"
        )
        action["context"] = {
            "default_booking_id": self.id,
            "default_arrived_at": self.arrived_at,
            "default_docked_at": self.docked_at,
            "default_left_at": self.left_at,
        }
        return action

    # ------------------------------------------------------------------- trips
    @api.model
    def _propose(self, trip):
        """Door and time that let a trip leave on time: values of a new booking.

        Among the doors that are open and fit the vehicle, the latest free time before
        the departure; when there is none, the next free one.
        """
        company, departure = trip.company_id, trip.scheduled_date
        if not departure:
            raise UserError(
                self.env._(
                    "Trip %(trip)s has no departure yet: enter when it leaves.",
                    trip=trip.name,
                )
            )
        doors = self._get_doors(trip, departure)
        busy = {}
        for booking in self.search_fetch(
            [("door_id", "in", doors.ids), ("state", "in", ACTIVE)],
            ["door_id", "start", "stop"],
        ):
            busy.setdefault(booking.door_id, []).append((booking.start, booking.stop))
        now = fields.Datetime.now()
        before, after = [], []
        for door in doors:
            length = timedelta(minutes=door.vas_door_minutes)
            taken = busy.get(door, [])
            start = yard.last_free(taken, departure, length, now)
            if start:
                before.append((start, door))
            else:
                after.append((yard.next_free(taken, max(now, departure), length), door))
        # The first of equally good doors: they are in their opening order.
        if before:
            start, door = max(before, key=lambda slot: slot[0])
        else:
            start, door = min(after, key=lambda slot: slot[0])
        return {
            "company_id": company.id,
            "batch_id": trip.id,
            "door_id": door.id,
            "start": start,
            "stop": start + timedelta(minutes=door.vas_door_minutes),
        }

    @api.model
    def _get_doors(self, trip, day):
        """Doors a trip may use on a day: its own dock, else those of its outlet."""
        company, category = trip.company_id, trip.vehicle_id.category_id
        month = fields.Datetime.context_timestamp(self, day).month
        season = self.env["vas.season"]._get_by_month(company).get(month)
        doors = self.env["stock.location"].search(
            [
                ("vas_is_door", "=", True),
                ("vas_door_minutes", ">", 0),
                ("company_id", "=", company.id),
            ],
            order="vas_door_order, complete_name, id",
        )
        open_doors = doors.filtered(
            lambda door: (
                (not season or door.vas_door_order <= season.doors_max)
                and (
                    not category
                    or not door.vas_door_category_ids
                    or category in door.vas_door_category_ids
                )
            )
        )
        if not open_doors:
            raise UserError(
                self.env._(
                    "No door is open for trip %(trip)s: enter loading doors with their"
                    " usual time, or more doors of the season.",
                    trip=trip.name,
                )
            )
        first = trip.vas_stop_ids.sorted("sequence")[:1].outlet_id.warehouse_id
        return (
            (open_doors & trip.dock_id)
            or (first and open_doors.filtered(lambda d: d.warehouse_id == first))
            or open_doors
        )
