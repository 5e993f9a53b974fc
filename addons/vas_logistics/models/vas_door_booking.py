from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import format_datetime

from ..tools import yard


class VasDoorBooking(models.Model):
    """A vehicle's time at a door, planned and real (WHS-01, LRP-02)."""

    _name = "vas.door.booking"
    _description = "Door Booking"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "start, id"
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
    note = fields.Char()

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
        def minutes(begin, end):
            return (end - begin).total_seconds() / 60 if begin and end else 0.0

        for booking in self:
            booking.waiting_minutes = minutes(booking.arrived_at, booking.docked_at)
            booking.door_minutes = minutes(booking.docked_at, booking.left_at)

    # -------------------------------------------------------------- constraints
    @api.constrains("door_id", "start", "stop", "state")
    def _check_free(self):
        """Two vehicles are never booked at one door at the same time.

        The door's row is locked first: of two people who book at once, the second
        one waits and then sees the first one's booking.
        """
        self.door_id.lock_for_update()

        def show(moment):
            return format_datetime(self.env, moment, dt_format="short")

        todo = self.filtered(lambda b: b.state not in ("cancelled", "left"))
        if not todo:
            return
        by_door = self.search_fetch(
            [
                ("door_id", "in", todo.door_id.ids),
                ("state", "not in", ("cancelled", "left")),
                ("stop", ">", min(todo.mapped("start"))),
            ],
            ["door_id", "start", "stop", "license_plate"],
        ).grouped("door_id")
        for booking in todo:
            others = by_door.get(booking.door_id, todo.browse()).filtered(
                lambda o, b=booking: o != b and o.stop > b.start
            )
            clash = others.filtered(lambda o, b=booking: o.start < b.stop)
            if clash:
                free = yard.next_free(
                    [(other.start, other.stop) for other in others],
                    booking.start,
                    booking.stop - booking.start,
                )
                raise ValidationError(
                    self.env._(
                        "%(door)s is taken by %(vehicle)s from %(start)s to %(stop)s."
                        " Next free: %(free)s.",
                        door=booking.door_id.name,
                        vehicle=clash[0].license_plate or clash[0].display_name,
                        start=show(clash[0].start),
                        stop=show(clash[0].stop),
                        free=show(free),
                    )
                )

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
        self.lock_for_update()
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
        now = fields.Datetime.now()
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
