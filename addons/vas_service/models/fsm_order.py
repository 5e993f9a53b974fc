from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from .vas_dispatch_step import MOMENTS

#: What dispatchers decide; engineers work on what they were given.
PLANNING = frozenset(
    {
        *("person_id", "person_ids", "vas_station_id", "vas_dispatched_at"),
        *("company_id", "location_id", "ticket_id", "team_id", "vas_origin"),
        *("vas_cancelled_at", "vas_cancel_reason_id", "vas_wait_reason_id"),
    }
)


class FsmOrder(models.Model):
    """Work orders go through the four moments T1 to T4 and keep promises."""

    _name = "fsm.order"
    _inherit = ["fsm.order", "vas.lock.mixin"]
    _check_company_auto = True

    vas_station_id = fields.Many2one(
        "vas.service.station",
        string="Station",
        index="btree_not_null",
        tracking=True,
        check_company=True,
        copy=False,
    )
    vas_origin = fields.Selection(
        [
            ("dispatch", "Given out by the call centre"),
            ("station", "Created by the station"),
        ],
        string="Came from",
        required=True,
        default="dispatch",
        copy=False,
    )
    vas_dispatched_at = fields.Datetime(
        string="Given out on", readonly=True, copy=False, tracking=True
    )
    vas_accepted_at = fields.Datetime(string="T1", copy=False, tracking=True)
    vas_departed_at = fields.Datetime(string="T2", copy=False, tracking=True)
    vas_arrived_at = fields.Datetime(string="T3", copy=False, tracking=True)
    vas_repaired_at = fields.Datetime(string="T4", copy=False, tracking=True)
    vas_distance_km = fields.Float(
        string="Round trip (km)", copy=False, digits=(16, 1), aggregator="sum"
    )
    vas_departure_hours = fields.Float(
        string="On the way (hours)",
        compute="_compute_vas_hours",
        store=True,
        help="From T2 to T3, by the clock on the wall.",
    )
    vas_repair_hours = fields.Float(
        string="Repair (hours)",
        compute="_compute_vas_hours",
        store=True,
        help="From T3 to T4, by the clock on the wall.",
    )
    vas_work_hours = fields.Float(
        string="Work (hours)",
        compute="_compute_vas_hours",
        store=True,
        help="From T2 to T4, by the clock on the wall.",
    )
    vas_work_date = fields.Date(
        string="Working day",
        compute="_compute_vas_work_date",
        store=True,
        index="btree_not_null",
        help="The day it is planned for, or was given out on; it counts in the load "
        "of that day.",
    )
    vas_is_open = fields.Boolean(
        string="Unfinished", compute="_compute_vas_is_open", store=True
    )
    vas_cancelled_at = fields.Datetime(string="Cancelled on", readonly=True, copy=False)
    vas_cancel_reason_id = fields.Many2one(
        "vas.dispatch.reason",
        string="Reason of the cancellation",
        readonly=True,
        copy=False,
        ondelete="restrict",
    )
    vas_wait_reason_id = fields.Many2one(
        "vas.dispatch.reason",
        string="Waits for",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        tracking=True,
    )
    vas_event_ids = fields.One2many(
        "vas.dispatch.event", "order_id", string="Course of the work"
    )
    vas_skill_need_ids = fields.One2many(
        "vas.skill.need", "order_id", string="Skills and levels", copy=True
    )
    vas_next_step_id = fields.Many2one(
        "vas.dispatch.step", string="Next step", compute="_compute_vas_next_step"
    )
    vas_next_button = fields.Char(
        string="What to press next", compute="_compute_vas_next_step"
    )
    vas_photo = fields.Image(
        string="Photo", copy=False, max_width=1920, max_height=1920, attachment=True
    )

    # The unassigned column and the phone are read in the order of what is due.
    _vas_open_idx = models.Index("(company_id, vas_due_at, id) WHERE vas_is_open")

    # ------------------------------------------------------------------
    # Fields
    # ------------------------------------------------------------------

    @api.depends("vas_departed_at", "vas_arrived_at", "vas_repaired_at")
    def _compute_vas_hours(self):
        def hours(begin, end):
            return (end - begin).total_seconds() / 3600 if begin and end else 0.0

        for order in self:
            left, came = order.vas_departed_at, order.vas_arrived_at
            done = order.vas_repaired_at
            order.vas_departure_hours = hours(left, came)
            order.vas_repair_hours = hours(came, done)
            order.vas_work_hours = hours(left, done)

    @api.depends("scheduled_date_start", "vas_dispatched_at", "company_id")
    def _compute_vas_work_date(self):
        stations = self.env["vas.service.station"]
        for order in self:
            moment = order.scheduled_date_start or order.vas_dispatched_at
            order.vas_work_date = (
                moment and stations._get_local(moment, order.company_id).date()
            )

    @api.depends("stage_id.is_closed", "vas_cancelled_at")
    def _compute_vas_is_open(self):
        for order in self:
            order.vas_is_open = (
                not order.stage_id.is_closed and not order.vas_cancelled_at
            )

    @api.depends(*MOMENTS, "vas_station_id", "stage_id.is_closed")
    @api.depends_context("lang")
    def _compute_vas_next_step(self):
        course = self.env["vas.dispatch.step"]._get_course()
        for order in self:
            step = order._vas_next_step(course)
            order.vas_next_step_id = step
            order.vas_next_button = (
                f"{step.code} {step.button}" if step and not order.is_closed else False
            )

    def _vas_next_step(self, course):
        """Return the first step of the course that has not happened yet."""
        self.ensure_one()
        return course.filtered(lambda step: not self[step.moment])[:1]

    # ------------------------------------------------------------------
    # Entry rules of T1 to T4
    # ------------------------------------------------------------------

    @api.constrains(*MOMENTS)
    def _check_vas_moments(self):
        """Times follow each other, none lies in the future, none is left out."""
        course = self.env["vas.dispatch.step"]._get_course()
        now = fields.Datetime.now()
        for order in self:
            latest, missing = False, False
            for step in course:
                at = order[step.moment]
                if not at:
                    missing = missing or step
                    continue
                if missing:
                    raise ValidationError(
                        self.env._(
                            "%(order)s: %(step)s is entered, but %(missing)s is not. "
                            "Enter the times in their order.",
                            order=order.name,
                            step=step.display_name,
                            missing=missing.display_name,
                        )
                    )
                if at > fields.Datetime.add(now, minutes=step.tolerance_minutes):
                    raise ValidationError(
                        self.env._(
                            "%(order)s: %(step)s (%(time)s) is in the future. Enter "
                            "the time at which it happened.",
                            order=order.name,
                            step=step.display_name,
                            time=order._vas_words(at),
                        )
                    )
                if latest and at < order[latest.moment]:
                    raise ValidationError(
                        self.env._(
                            "%(order)s: %(step)s (%(time)s) is before %(earlier)s "
                            "(%(before)s). Times follow each other.",
                            order=order.name,
                            step=step.display_name,
                            time=order._vas_words(at),
                            earlier=latest.display_name,
                            before=order._vas_words(order[latest.moment]),
                        )
                    )
                latest = step

    @api.constrains("vas_distance_km")
    def _check_vas_distance(self):
        for order in self:
            if order.vas_distance_km < 0:
                raise ValidationError(
                    self.env._(
                        "%(order)s: the round trip is %(km)s km. Enter a distance of "
                        "0 or more.",
                        order=order.name,
                        km=order.vas_distance_km,
                    )
                )

    def _vas_words(self, moment):
        """Return a moment as the reader's clock shows it."""
        return fields.Datetime.context_timestamp(self, moment).strftime(
            "%Y-%m-%d %H:%M"
        )

    @api.model
    def _vas_get_asked(self, step):
        """Return the names of the fields that a step asks for; a hook."""
        asked = []
        if step.needs_distance:
            asked.append("vas_distance_km")
        if step.needs_photo:
            asked.append("vas_photo")
        return asked

    def _vas_check_asked(self, vals):
        """Refuse a step before what it asks for was filled in."""
        course = self.env["vas.dispatch.step"]._get_course()
        for step in course.filtered(lambda step: vals.get(step.moment)):
            for order in self.filtered(lambda o, s=step: not o[s.moment]):
                order._vas_check_filled_in(step, vals)

    def _vas_check_filled_in(self, step, vals):
        self.ensure_one()
        missing = [
            self._fields[name]._description_string(self.env)
            for name in self._vas_get_asked(step)
            if not vals.get(name, self[name])
        ]
        if missing:
            raise UserError(
                self.env._(
                    "%(order)s, %(step)s: please fill in first: %(missing)s.",
                    order=self.name,
                    step=step.display_name,
                    missing=", ".join(missing),
                )
            )

    # ------------------------------------------------------------------
    # Buttons
    # ------------------------------------------------------------------

    def action_vas_step(self):
        """What is next has happened now (the engineer's big button)."""
        self.ensure_one()
        self._lock_or_refuse()
        self.invalidate_recordset()
        step = self.vas_next_step_id
        if not self.vas_is_open or not step:
            raise UserError(
                self.env._(
                    "%(order)s is finished: no time is left to be entered.",
                    order=self.name,
                )
            )
        if self.vas_wait_reason_id:
            self._vas_end_wait()
        self.write({step.moment: fields.Datetime.now()})
        return True

    def _vas_enter(self, moments):
        """Follow the times that were entered: stages of the order and the ticket."""
        course = self.env["vas.dispatch.step"]._get_course()
        for order in self:
            last = course.filtered(lambda s, o=order: o[s.moment])[-1:]
            if last and order.stage_id != last.stage_id and not order.is_closed:
                order.write({"stage_id": last.stage_id.id})
            stage = last.ticket_stage_id
            # Engineers move the ticket by working, without rights on tickets.
            ticket_sudo = order.sudo().ticket_id
            if stage and ticket_sudo and not ticket_sudo.closed:
                if ticket_sudo.stage_id != stage:
                    ticket_sudo.stage_id = stage

    def _vas_check_rights(self, vals):
        """Engineers work on what they were given; they do not give it out."""
        if self.env.su or self.env.user.has_group("fieldservice.group_fsm_user"):
            return
        for name in sorted(PLANNING & vals.keys()):
            field = self._fields[name]
            new = field.convert_to_record(
                field.convert_to_cache(vals[name], self[:1]), self[:1]
            )
            if any(order[name] != new for order in self):
                raise AccessError(
                    self.env._(
                        "%(order)s: “%(field)s” is changed by dispatchers only.",
                        order=self[:1].name,
                        field=field._description_string(self.env),
                    )
                )

    def _vas_check_corrections(self, vals):
        """A time that was entered is changed with a reason only."""
        if self.env.su:
            return
        course = self.env["vas.dispatch.step"]._get_course()
        for step in course.filtered(lambda s: s.moment in vals):
            new = fields.Datetime.to_datetime(vals[step.moment])
            for order in self:
                if order[step.moment] and order[step.moment] != new:
                    raise UserError(
                        self.env._(
                            "%(order)s: %(step)s was entered at %(time)s. Use "
                            "“Correct Times” and say why.",
                            order=order.name,
                            step=step.display_name,
                            time=order._vas_words(order[step.moment]),
                        )
                    )
                oldest = step.back_hours and fields.Datetime.subtract(
                    fields.Datetime.now(), hours=step.back_hours
                )
                if new and not order[step.moment] and oldest and new < oldest:
                    raise UserError(
                        self.env._(
                            "%(order)s: %(step)s may be entered up to %(hours)s hours "
                            "afterwards. Use “Correct Times” and say why.",
                            order=order.name,
                            step=step.display_name,
                            hours=f"{step.back_hours:g}",
                        )
                    )

    def _vas_check_stage(self, stage_id):
        """Stages follow the times: moving to a stage enters what belongs to it.

        :return: the moment that moving there enters, if any
        """
        course = self.env["vas.dispatch.step"]._get_course()
        stage = self.env["fsm.stage"].browse(stage_id)
        entered = course.filtered(lambda step: step.stage_id == stage)[:1]
        cancelled = self.env.ref("fieldservice.fsm_stage_cancelled")
        for order in self.filtered("vas_station_id"):
            reached = course.filtered(lambda s, o=order: o[s.moment])
            if stage == reached[-1:].stage_id:
                continue
            if stage == cancelled and not order.vas_cancelled_at:
                raise UserError(
                    self.env._(
                        "%(order)s: use “Cancel Order” and say why.", order=order.name
                    )
                )
            ahead = order._vas_next_step(course)
            if stage.is_closed and stage != cancelled and ahead:
                raise UserError(
                    self.env._(
                        "%(order)s cannot be finished: %(step)s is not entered.",
                        order=order.name,
                        step=ahead.display_name,
                    )
                )
            if entered and entered not in reached:
                if ahead != entered:
                    raise UserError(
                        self.env._(
                            "%(order)s cannot move to “%(stage)s”: %(step)s comes "
                            "first.",
                            order=order.name,
                            stage=stage.name,
                            step=ahead.display_name,
                        )
                    )
            elif reached and not stage.is_closed:
                raise UserError(
                    self.env._(
                        "%(order)s cannot go back to “%(stage)s”: %(step)s has "
                        "happened. Use “Correct Times”.",
                        order=order.name,
                        stage=stage.name,
                        step=reached[-1:].display_name,
                    )
                )
        return entered.moment

    @api.model
    def _vas_me(self):
        """Return the field worker that the user is, if any."""
        # Engineers know themselves without rights on field workers.
        people_sudo = self.env["fsm.person"].sudo()
        return people_sudo.search(
            [("partner_id", "=", self.env.user.partner_id.id)], limit=1
        )

    @api.model
    def _vas_for_myself(self, vals_list):
        """What engineers create is their own work, created by the station."""
        if self.env.su or self.env.user.has_group("fieldservice.group_fsm_user"):
            return vals_list
        me = self._vas_me()
        if not me.vas_station_id:
            raise AccessError(
                self.env._(
                    "You belong to no station. Ask a dispatcher to create the work "
                    "order."
                )
            )
        own = {
            "person_id": me.id,
            "vas_station_id": me.vas_station_id.id,
            "vas_origin": "station",
        }
        forbidden = {*MOMENTS, *PLANNING} - {*own, "location_id", "team_id"}
        return [
            {name: vals[name] for name in vals if name not in forbidden} | own
            for vals in vals_list
        ]

    @api.model
    def _vas_prepare(self, vals_list):
        """Fill in what engineer and kind of work say, before the orders exist.

        Orders that are created for somebody are given out by that.
        """
        # Whoever creates it, the order follows its engineer and its kind.
        persons_sudo = self.env["fsm.person"].sudo()
        # As above.
        kinds_sudo = self.env["fsm.order.type"].sudo()
        stage = self.env.ref("vas_service.fsm_stage_dispatched")
        for vals in vals_list:
            hours = kinds_sudo.browse(vals.get("type") or []).vas_hours
            if hours and not vals.get("scheduled_duration"):
                vals["scheduled_duration"] = hours
            station = persons_sudo.browse(vals.get("person_id") or []).vas_station_id
            if station and not vals.get("vas_station_id"):
                vals["vas_station_id"] = station.id
            if vals.get("vas_station_id"):
                vals.setdefault("vas_dispatched_at", fields.Datetime.now())
                vals.setdefault("stage_id", stage.id)
        return vals_list

    @api.model_create_multi
    def create(self, vals_list):
        vals_list = self._vas_prepare(self._vas_for_myself(vals_list))
        orders = super().create(vals_list)
        orders._vas_take_over_needs()
        return orders

    def _vas_take_over_needs(self):
        """A work order asks for the skills of its kind unless it names its own."""
        needs = [
            {
                "order_id": order.id,
                "skill_id": need.skill_id.id,
                "skill_level_id": need.skill_level_id.id,
            }
            for order in self
            if not order.vas_skill_need_ids
            for need in order.type.vas_skill_need_ids
        ]
        if needs:
            # What the kind of work asks for holds whoever creates the order.
            self.env["vas.skill.need"].sudo().create(needs)

    def write(self, vals):
        self._vas_check_rights(vals)
        moments = [name for name in MOMENTS if name in vals]
        if moments:
            self._vas_check_corrections(vals)
            self._vas_check_asked(vals)
        elif "stage_id" in vals:
            moment = self._vas_check_stage(vals["stage_id"])
            if moment:
                served = self.filtered("vas_station_id")
                waiting = served.filtered(lambda order: not order[moment])
                super(FsmOrder, self - waiting).write(vals)
                if waiting:
                    waiting.write({moment: fields.Datetime.now()})
                return True
        result = super().write(vals)
        if moments:
            self._vas_enter(moments)
        return result
