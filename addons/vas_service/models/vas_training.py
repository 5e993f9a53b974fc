from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command


class VasTraining(models.Model):
    """One training session for customers: invited, held, attended."""

    _name = "vas.training"
    _description = "Training Session"
    _inherit = ["mail.thread", "mail.activity.mixin", "vas.lock.mixin"]
    _order = "start desc, id desc"
    _check_company_auto = True

    name = fields.Char(required=True, tracking=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    topic_id = fields.Many2one(
        "vas.training.topic", required=True, index=True, ondelete="restrict"
    )
    topic_color = fields.Integer(related="topic_id.color", string="Colour of the topic")
    start = fields.Datetime(string="Begins", required=True, tracking=True)
    stop = fields.Datetime(
        string="Ends",
        required=True,
        compute="_compute_stop",
        store=True,
        readonly=False,
        precompute=True,
        tracking=True,
    )
    hours = fields.Float(
        string="Duration (hours)", compute="_compute_hours", store=True
    )
    place = fields.Char(help="Room, address or link of the meeting.")
    user_id = fields.Many2one(
        "res.users",
        string="Trainer",
        default=lambda self: self.env.user,
        index="btree_not_null",
        domain="[('share', '=', False)]",
        tracking=True,
    )
    contract_id = fields.Many2one(
        "contract.contract",
        string="Agreement",
        check_company=True,
        index="btree_not_null",
        help="The agreement that contains this training. Empty: open to all customers.",
    )
    seats = fields.Integer(help="0: no limit.")
    state = fields.Selection(
        [
            ("draft", "Planned"),
            ("invited", "Invited"),
            ("held", "Held"),
            ("cancelled", "Cancelled"),
        ],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        tracking=True,
    )
    attendee_ids = fields.One2many(
        "vas.training.attendee", "training_id", string="Attendees", copy=True
    )
    event_id = fields.Many2one(
        "calendar.event",
        string="Meeting",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )
    attendee_count = fields.Integer(
        string="Invited people", compute="_compute_counts", store=True
    )
    present_count = fields.Integer(
        string="Took part", compute="_compute_counts", store=True
    )
    description = fields.Html(string="Programme")

    _stop_check = models.Constraint(
        "CHECK (stop > start)", "A training session ends after it begins."
    )
    _seats_check = models.Constraint(
        "CHECK (seats >= 0)", "Seats are not negative; 0 means no limit."
    )

    @api.depends("start")
    def _compute_stop(self):
        for training in self:
            if training.start and (
                not training.stop or training.stop <= training.start
            ):
                training.stop = fields.Datetime.add(training.start, hours=1)

    @api.depends("start", "stop")
    def _compute_hours(self):
        for training in self:
            span = training.start and training.stop and training.stop - training.start
            training.hours = span.total_seconds() / 3600 if span else 0

    @api.depends("attendee_ids.state")
    def _compute_counts(self):
        for training in self:
            states = training.attendee_ids.mapped("state")
            training.attendee_count = len(states)
            training.present_count = states.count("present")

    @api.constrains("seats", "attendee_ids")
    def _check_seats(self):
        for training in self:
            if training.seats and len(training.attendee_ids) > training.seats:
                raise ValidationError(
                    self.env._(
                        "Training “%(training)s” has %(seats)s seats and %(count)s "
                        "attendees. Expected: as many seats as people.",
                        training=training.name,
                        seats=training.seats,
                        count=len(training.attendee_ids),
                    )
                )

    # ------------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------------

    def _check_state(self, *states):
        self.ensure_one()
        self.check_access("write")
        self._lock_or_refuse()
        if self.state not in states:
            labels = dict(self._fields["state"]._description_selection(self.env))
            raise UserError(
                self.env._(
                    "Training “%(training)s” is %(state)s: this is no longer possible.",
                    training=self.name,
                    state=labels[self.state],
                )
            )

    def action_invite(self):
        """Put the session in the calendars of all; Odoo sends the invitations."""
        self._check_state("draft", "invited")
        people = self.attendee_ids.partner_id
        if not people:
            raise UserError(
                self.env._(
                    "Training “%(training)s” has no attendees yet. Expected: at least "
                    "one before invitations are sent.",
                    training=self.name,
                )
            )
        people |= self.user_id.partner_id
        values = {
            "name": self.name,
            "start": self.start,
            "stop": self.stop,
            "location": self.place,
            "description": self.description,
            "user_id": self.user_id.id,
            "partner_ids": [Command.set(people.ids)],
        }
        if self.event_id:
            # Whoever plans trainings invites to the trainer's meeting.
            self.event_id.sudo().write(values)
        else:
            # As above.
            self.event_id = self.env["calendar.event"].sudo().create(values)
        self.state = "invited"

    def action_hold(self):
        """The session took place: those not marked as absent took part."""
        self._check_state("draft", "invited")
        if not self.attendee_ids:
            raise UserError(
                self.env._(
                    "Training “%(training)s” has no attendees: enter who took part.",
                    training=self.name,
                )
            )
        self.attendee_ids.filtered(
            lambda attendee: attendee.state in ("invited", "accepted")
        ).write({"state": "present"})
        self.state = "held"

    def action_cancel(self):
        self._check_state("draft", "invited")
        # The meeting belongs to the trainer.
        self.event_id.sudo().action_archive()
        self.state = "cancelled"

    def action_draft(self):
        self._check_state("cancelled")
        self.event_id = False
        self.state = "draft"

    def action_read_answers(self):
        """Take over who accepted or declined the invitation."""
        self._check_state("invited")
        # The meeting may be private; only the answers to its invitation are read.
        invited_sudo = self.event_id.sudo().attendee_ids
        answers = {attendee.partner_id: attendee.state for attendee in invited_sudo}
        for attendee in self.attendee_ids:
            answer = answers.get(attendee.partner_id)
            if answer in ("accepted", "declined") and attendee.state in (
                *("invited", "accepted", "declined"),
            ):
                attendee.state = answer

    def action_view_event(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "calendar.event",
            "res_id": self.event_id.id,
            "views": [(False, "form")],
        }
