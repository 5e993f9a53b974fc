import hashlib

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools.misc import format_datetime


class VasCodeliveryWatch(models.AbstractModel):
    """Several dispatchers, one board: who changed what, and nobody overwrites unseen.

    Part of ``vas.codelivery.plan``. Each trip has a version, made from what the board
    draws of it. A board says which versions it shows; what was changed meanwhile is
    refused with who and when. Open boards are told by the bus, and ask now and then.
    """

    _name = "vas.codelivery.watch"
    _description = "Changes of a Co-delivery Plan as Others See Them"
    _inherit = ["bus.listener.mixin"]

    board_user_id = fields.Many2one(
        comodel_name="res.users", string="Last Changed By", readonly=True, copy=False
    )
    board_date = fields.Datetime(string="Last Changed On", readonly=True, copy=False)
    shown_version = fields.Char(
        string="Version Shown",
        compute="_compute_shown_version",
        help="What a form shows of the proposed trips: its buttons refuse to change "
        "what somebody else changed since.",
    )

    def _compute_shown_version(self):
        for plan in self:
            plan.shown_version = plan._get_proposed_version()

    def _get_proposed_version(self):
        """Changes with every proposed trip, not with what drivers report."""
        trips = self.proposal_ids.filtered(lambda trip: trip.state == "proposed")
        trips.picking_ids.fetch(["vas_status", "batch_id", "state"])
        return self._digest([self._get_lane_version(trip) for trip in trips])

    def _note_change(self):
        """Remember who changed the plan, and tell the boards that show it.

        Written into the plan's own row: of two dispatchers at the same moment the
        database lets one go first and the other look again.
        """
        self.write({"board_user_id": self.env.uid, "board_date": self.env.cr.now()})
        for plan in self:
            plan._bus_send("vas_board", {"plan_id": plan.id})

    def _lock_or_refuse(self):
        """What the dispatcher has not seen is not changed."""
        result = super()._lock_or_refuse()
        seen = self.env.context.get("vas_board_seen")
        if seen and len(self) == 1:
            changes = self._get_unseen_changes(seen)
            if changes:
                raise UserError(" ".join(changes))
        return result

    def get_board_version(self):
        """What the boards ask: the versions of the trips, and who changed them when.

        :return: ``{"version", "user", "date", "lanes": {trip id: {"version", "user",
            "date"}}}``
        """
        self.ensure_one()
        self.check_access("read")
        trips = self.proposal_ids.filtered(lambda trip: trip.state != "rejected")
        # For all trips at once; the lanes look at their own orders one by one.
        trips.picking_ids.fetch(["vas_status", "batch_id", "state"])
        lanes = {
            trip.id: {"version": self._get_lane_version(trip), **self._get_who(trip)}
            for trip in trips
        }
        orders = sorted(self.picking_ids.ids)
        seen = self.state, orders, [lane["version"] for lane in lanes.values()]
        return {"version": self._digest(seen), **self._get_who(), "lanes": lanes}

    def _digest(self, seen):
        text = repr(seen).encode()
        return hashlib.sha1(text, usedforsecurity=False).hexdigest()

    def _get_lane_version(self, trip):
        """Changes when what a board shows of the trip changes."""
        return self._digest(
            (
                *(trip.state, trip.locked, trip.km, trip.cost, trip.load_rate),
                *(trip.date_start, trip.date_end, trip.vehicle_id.id),
                sorted(trip.pinned_picking_ids.ids),
                sorted((order.id, order.vas_status) for order in trip._get_riding()),
                bool(trip.batch_id.vas_departure_date),
            )
        )

    def _get_who(self, trip=None):
        """Who changed a trip last, and when; without a trip: the plan."""
        left = trip and trip.batch_id.vas_departure_date
        if left:
            # The driver's report, which writes on the trip itself only.
            user, date = trip.driver_id.name or "", left
        elif trip:
            user, date = trip.write_uid.name, trip.write_date
        else:
            user = (self.board_user_id or self.write_uid).name
            date = self.board_date or self.write_date
        return {"user": user, "date": fields.Datetime.to_string(date)}

    def _get_unseen_changes(self, seen):
        """Sentences about what a board shows differently from what is.

        :param seen: ``{"lanes": {trip id as text: version}, "order": id of an order,
            "trip": the trip that it rides on, or False, "vehicle": id of one without
            trip, "lane": [trip id, version], "proposed": version of all proposed
            trips}``; each part may be missing
        """
        self.invalidate_recordset(["proposal_ids"])
        trips = {str(trip.id): trip for trip in self.proposal_ids}
        changes = []
        lanes = dict(seen.get("lanes") or {})
        if seen.get("lane"):
            lanes |= [seen["lane"]]
        if seen.get("proposed", False) and (
            seen["proposed"] != self._get_proposed_version()
        ):
            changes.append(self._get_change_text(None))
        for key, version in lanes.items():
            trip = trips.get(str(key))
            gone = not trip or trip.state == "rejected"
            if gone or self._get_lane_version(trip) != version:
                changes.append(self._get_change_text(trip if not gone else None))
        live = self.proposal_ids.filtered(lambda trip: trip.state != "rejected")
        taken = live.filtered(lambda trip: trip.vehicle_id.id == seen.get("vehicle"))
        if taken and not changes:
            changes.append(self._get_change_text(taken))
        if seen.get("order") and not changes:
            riding = live.filtered(lambda trip: seen["order"] in trip._get_riding().ids)
            if riding.id != (seen.get("trip") or False):
                changes.append(self._get_change_text(riding or None))
        return list(dict.fromkeys(changes))

    def _get_change_text(self, trip):
        who = self._get_who(trip)
        values = {
            "user": who["user"],
            "time": format_datetime(self.env, who["date"], dt_format="HH:mm"),
        }
        if not trip:
            return self.env._("The plan was changed by %(user)s at %(time)s.", **values)
        return self.env._(
            "%(vehicle)s was changed by %(user)s at %(time)s.",
            vehicle=trip.vehicle_id.license_plate or trip.vehicle_id.display_name,
            **values,
        )
