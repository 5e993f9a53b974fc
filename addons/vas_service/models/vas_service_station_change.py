from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain


class VasServiceStationChange(models.Model):
    """Request to change what a station covers or can take (DSP-01, DSP-03).

    Asked by one person, approved by another; it takes effect from a day on, and what
    held before stays in the lines of the station.
    """

    _name = "vas.service.station.change"
    _description = "Change of Coverage or Capacity"
    _inherit = ["mail.thread", "mail.activity.mixin", "vas.lock.mixin"]
    _order = "id desc"
    _check_company_auto = True

    name = fields.Char(
        string="Number", required=True, readonly=True, copy=False, default="/"
    )
    station_id = fields.Many2one(
        "vas.service.station",
        required=True,
        index=True,
        check_company=True,
        tracking=True,
    )
    company_id = fields.Many2one(
        related="station_id.company_id", store=True, index=True, precompute=True
    )
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("submitted", "To approve"),
            ("approved", "Approved"),
            ("refused", "Refused"),
        ],
        required=True,
        default="draft",
        copy=False,
        tracking=True,
    )
    date_from = fields.Date(
        string="Effective from",
        required=True,
        default=lambda self: fields.Date.context_today(self),
        tracking=True,
    )
    reason = fields.Text(required=True)
    change_capacity = fields.Boolean(string="Change the capacity")
    orders_before = fields.Integer(
        string="Orders per day before", compute="_compute_before"
    )
    limit_before = fields.Integer(
        string="Open orders at most before", compute="_compute_before"
    )
    orders_per_day = fields.Integer(
        string="Orders per day", help="0: without limit.", tracking=True
    )
    open_limit = fields.Integer(
        string="Open orders at most", help="0: without limit.", tracking=True
    )
    add_area_ids = fields.Many2many(
        "res.territory", "vas_station_change_add_rel", string="Areas to add"
    )
    remove_area_ids = fields.Many2many(
        "res.territory",
        "vas_station_change_remove_rel",
        string="Areas to give up",
        domain="[('id', 'in', covered_area_ids)]",
    )
    covered_area_ids = fields.Many2many(
        "res.territory", string="Areas covered before", compute="_compute_before"
    )
    user_id = fields.Many2one(
        "res.users",
        string="Requested by",
        required=True,
        readonly=True,
        copy=False,
        default=lambda self: self.env.user,
    )
    decided_by_id = fields.Many2one(
        "res.users", string="Decided by", readonly=True, copy=False
    )
    decided_at = fields.Datetime(string="Decided on", readonly=True, copy=False)
    refusal = fields.Char(string="Reason of the refusal", copy=False, tracking=True)

    _positive_check = models.Constraint(
        "CHECK (orders_per_day >= 0 AND open_limit >= 0)",
        "Capacity is not negative; 0 means without limit.",
    )

    @api.depends("station_id", "date_from")
    def _compute_before(self):
        capacities = self.env["vas.service.station.capacity"]
        coverages = self.env["vas.service.station.coverage"]
        for day, changes in self.grouped("date_from").items():
            at = day or fields.Date.context_today(self)
            capacity = capacities._in_force(changes.station_id, at)
            coverage = coverages._in_force(changes.station_id, at)
            for change in changes:
                line = capacity.get(change.station_id._origin)
                change.orders_before = line.orders_per_day if line else 0
                change.limit_before = line.open_limit if line else 0
                change.covered_area_ids = coverage[
                    change.station_id._origin
                ].territory_id

    @api.model_create_multi
    def create(self, vals_list):
        sequence = self.env["ir.sequence"]
        for vals in vals_list:
            if vals.get("name", "/") == "/":
                vals["name"] = (
                    sequence.next_by_code("vas.service.station.change") or "/"
                )
        changes = super().create(vals_list)
        changes._check_still_open({"state"} & set().union(*vals_list))
        return changes

    #: What the two people decide; by the buttons only.
    _DECISION = frozenset({"state", "decided_by_id", "decided_at", "user_id"})

    def _check_still_open(self, names):
        """The decision is made by the buttons, and what was decided stays."""
        if self.env.su or not self:
            return
        if names & self._DECISION:
            raise AccessError(
                self.env._(
                    "%(request)s: use the buttons to submit, approve or refuse.",
                    request=self[:1].name,
                )
            )

    def write(self, vals):
        content = vals.keys() & {
            *("station_id", "date_from", "change_capacity", "orders_per_day"),
            *("open_limit", "add_area_ids", "remove_area_ids", "reason"),
        }
        self._check_still_open(vals.keys())
        if content and not self.env.su:
            for change in self:
                if change.state != "draft":
                    raise UserError(
                        self.env._(
                            "%(request)s is no longer a draft and stays as it was "
                            "submitted.",
                            request=change.name,
                        )
                    )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_only_drafts(self):
        for change in self:
            if change.state != "draft":
                raise UserError(
                    self.env._(
                        "%(request)s was submitted and is kept as a record.",
                        request=change.name,
                    )
                )

    def _in_state(self, *states):
        """Lock these requests; refuse when somebody was faster."""
        self._lock_or_refuse()
        self.invalidate_recordset()
        names = dict(self._fields["state"]._description_selection(self.env))
        for change in self:
            if change.state not in states:
                raise UserError(
                    self.env._(
                        "%(request)s is “%(state)s” already.",
                        request=change.name,
                        state=names[change.state],
                    )
                )

    def action_submit(self):
        """Hand the request in."""
        self.check_access("write")
        self._in_state("draft", "refused")
        for change in self:
            if not (
                change.change_capacity or change.add_area_ids or change.remove_area_ids
            ):
                raise UserError(
                    self.env._(
                        "%(request)s changes nothing. Name areas or a capacity.",
                        request=change.name,
                    )
                )
        # Who hands in is who is asked about it; the decision is another's.
        self.sudo().write({"state": "submitted", "user_id": self.env.uid})
        return True

    def _check_decides(self):
        if not self.env.user.has_group("vas_service.group_vas_service_manager"):
            raise AccessError(
                self.env._("Changes of stations are decided by service managers.")
            )
        for change in self:
            if change.user_id == self.env.user:
                raise UserError(
                    self.env._(
                        "%(request)s was handed in by you; another manager decides.",
                        request=change.name,
                    )
                )

    def action_approve(self):
        """Put the change in force from its day on."""
        self._check_decides()
        self._in_state("submitted")
        self.station_id._lock_or_refuse()
        for change in self:
            # Lines of stations change by approved requests only.
            change.sudo()._apply()
        # As above.
        self.sudo().write(
            {
                "state": "approved",
                "decided_by_id": self.env.uid,
                "decided_at": fields.Datetime.now(),
            }
        )
        return True

    def action_refuse(self):
        self._check_decides()
        self._in_state("submitted")
        for change in self:
            if not (change.refusal or "").strip():
                raise UserError(
                    self.env._(
                        "%(request)s: say why it is refused.", request=change.name
                    )
                )
        # Deciders write the decision, not the document.
        self.sudo().write(
            {
                "state": "refused",
                "decided_by_id": self.env.uid,
                "decided_at": fields.Datetime.now(),
            }
        )
        return True

    def action_draft(self):
        """Work on a refused request again."""
        self.check_access("write")
        self._in_state("refused")
        # The state is moved by the buttons only.
        self.sudo().write(
            {"state": "draft", "decided_by_id": False, "decided_at": False}
        )
        return True

    def _apply(self):
        """Write the lines of the station that hold from the day on."""
        self.ensure_one()
        if self.change_capacity:
            self._apply_capacity()
        coverages = self.env["vas.service.station.coverage"]
        present = coverages._in_force(self.station_id, self.date_from)[self.station_id]
        ended = present.filtered(lambda line: line.territory_id in self.remove_area_ids)
        yesterday = fields.Date.subtract(self.date_from, days=1)
        same_day = ended.filtered(lambda line: line.date_from == self.date_from)
        same_day.unlink()
        (ended - same_day).write({"date_to": yesterday, "change_id": self.id})
        missing = self.add_area_ids - present.territory_id
        later = coverages.search(
            Domain("station_id", "=", self.station_id.id)
            & Domain("territory_id", "in", missing.ids)
            & Domain("date_from", ">", self.date_from),
            order="date_from",
        )
        starts = {}
        for line in later:
            starts.setdefault(line.territory_id, line.date_from)
        coverages.create(
            [
                {
                    "station_id": self.station_id.id,
                    "territory_id": area.id,
                    "date_from": self.date_from,
                    "date_to": area in starts
                    and fields.Date.subtract(starts[area], days=1),
                    "change_id": self.id,
                }
                for area in missing
            ]
        )

    def _apply_capacity(self):
        lines = self.station_id.capacity_ids
        values = {
            "orders_per_day": self.orders_per_day,
            "open_limit": self.open_limit,
            "change_id": self.id,
        }
        same_day = lines.filtered(lambda line: line.date_from == self.date_from)
        if same_day:
            same_day.write(values)
        else:
            lines.create(
                {
                    "station_id": self.station_id.id,
                    "date_from": self.date_from,
                    **values,
                }
            )
