from datetime import timedelta
from math import ceil

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from ..tools.insertion import Insertion
from ..tools.remedy import Places, cheapest_vehicle, wider_windows

# Reasons that another vehicle may do away with, and those that a second try may.
OTHER_VEHICLE = ("capacity", "class", "unreachable", "no_vehicle", "time_window")
SECOND_TRY = ("no_time", "taken_off")


class VasCodeliveryPlan(models.Model):
    """The cheapest remedy of what a plan leaves behind."""

    _name = "vas.codelivery.plan"
    _inherit = "vas.codelivery.plan"

    def _get_other_vehicles(self):
        """Vehicles of the company that are free in the plan's time, but not in it."""
        self.ensure_one()
        others = self.env["fleet.vehicle"].search(
            [
                ("vas_start_outlet_id.company_id", "=", self.company_id.id),
                ("company_id", "in", (self.company_id.id, False)),
                ("id", "not in", self.vehicle_ids.ids),
            ]
        )
        ready = others.filtered(
            lambda vehicle: vehicle.vas_kg_capacity and vehicle.vas_m3_capacity
        )
        return ready - self._get_busy_vehicles(ready)

    def _get_remedies(self, problem, unserved, routes=()):
        """Values of the remedy per order: a promise is kept before it is moved.

        :param unserved: ``{order id: reason}``
        :param routes: the trips, which have room or not
        :return: ``{order id: values}``
        """
        todo = {key for key, reason in unserved.items() if reason in OTHER_VEHICLE}
        others = self._get_other_vehicles() if todo else self.env["fleet.vehicle"]
        outside = None
        wider = {}
        if others:
            orders = self.env["stock.picking"].browse(sorted(int(key) for key in todo))
            outside = self._prepare_problem(orders, others)
        known = {order.id: order for order in problem.orders}
        fresh = {order.id: order for order in outside.orders} if outside else {}
        remedies = {}
        for key, reason in unserved.items():
            if reason in SECOND_TRY:
                remedies[key] = {"cure_kind": "insert"}
                continue
            found = key in fresh and cheapest_vehicle(outside, fresh[key])
            if found:
                remedies[key] = {
                    "cure_kind": "vehicle",
                    "cure_vehicle_id": int(found[0].id),
                    "cure_cost": found[1],
                }
            elif reason == "unreachable":
                remedies[key] = {"cure_kind": "lane"}
            elif reason == "time_window":
                wider[key] = wider_windows(problem, known[key])
        places = Places(problem, routes, wider)
        for key, windows in wider.items():
            remedies[key] = self._prepare_wider(known[key], windows)
            if windows and not places.has(key):
                # Late on every vehicle that it could have, and those are full.
                remedies[key] = {"cure_kind": False}
        return remedies

    def _prepare_wider(self, order, wider):
        """Values for moving the ends of the windows, to the full minute."""
        if not wider:
            return {}

        def moved(old, new):
            if not old or new[1] <= old[1]:
                return False
            return self.date_start + timedelta(minutes=ceil(round(new[1] * 60, 6)))

        return {
            "cure_kind": "window",
            "cure_cost": wider.cost,
            "cure_pickup_to": moved(order.pickup, wider.pickup),
            "cure_deliver_to": moved(order.deliver, wider.deliver),
        }

    def _put_where_cheapest(self, order):
        """Put an order on the trip, or on the free vehicle, that takes it for least.

        :return: what ``action_move_order`` says
        """
        self.ensure_one()
        trips = self.proposal_ids.filtered(
            lambda trip: trip.state == "proposed" and not trip.locked
        )
        vehicles = trips.vehicle_id | self._get_vehicles_to_plan()
        problem = self._prepare_problem(trips.picking_ids | order, vehicles)
        known = {one.id: one for one in problem.orders}
        tours = {str(trip.vehicle_id.id): trip._get_tasks(known) for trip in trips}
        work = Insertion(problem, tours)
        if not work.place(known[str(order.id)]):
            raise UserError(
                self.env._(
                    "No trip of plan %(plan)s and none of its free vehicles can take "
                    "%(order)s.",
                    plan=self.name,
                    order=order.name,
                )
            )
        vehicle_id = next(
            int(key) for key, tasks in work.tours.items() if tasks != tours.get(key)
        )
        return self._move_or_refuse(order, vehicle_id)

    def _move_or_refuse(self, order, vehicle_id):
        answer = self.action_move_order(order.id, vehicle_id=vehicle_id, pin=False)
        if not answer["written"]:
            raise UserError(" ".join(answer["messages"]))
        return answer


class VasCodeliveryUnserved(models.Model):
    _name = "vas.codelivery.unserved"
    _inherit = "vas.codelivery.unserved"

    currency_id = fields.Many2one(related="company_id.currency_id")
    cure_kind = fields.Selection(
        selection=[
            ("vehicle", "Add a vehicle"),
            ("window", "Widen the window"),
            ("insert", "Put on a trip"),
            ("lane", "Add a lane"),
        ],
        string="Remedy",
        readonly=True,
        help="What the button does. Empty: there is nothing that a press can mend.",
    )
    cure_vehicle_id = fields.Many2one(
        comodel_name="fleet.vehicle",
        string="Vehicle to Add",
        readonly=True,
        index="btree_not_null",
        help="The cheapest vehicle of the company that is free and takes the order.",
    )
    cure_cost = fields.Monetary(
        string="Cost of the Remedy",
        readonly=True,
        help="What the order costs alone on the vehicle that takes it.",
    )
    cure_pickup_to = fields.Datetime(string="Pick up Until Then", readonly=True)
    cure_deliver_to = fields.Datetime(string="Deliver Until Then", readonly=True)
    cure_label = fields.Char(string="Cheapest Remedy", compute="_compute_cure_label")

    @api.depends("cure_kind", "cure_vehicle_id", "cure_cost", "plan_id.state")
    @api.depends_context("lang", "uid")
    def _compute_cure_label(self):
        # Not everybody who plans may add lanes.
        may_add_lane = self.env["vas.lane"].has_access("create")
        for line in self:
            # A plan that is decided is not changed any more.
            match line.plan_id.state == "planned" and line.cure_kind:
                case "vehicle":
                    line.cure_label = self.env._(
                        "Add %(vehicle)s (%(cost)s)",
                        vehicle=line._get_cure_vehicle_name(),
                        cost=line.currency_id.format(line.cure_cost),
                    )
                case "window":
                    line.cure_label = self.env._(
                        "Widen Window by %(time)s",
                        time=line._get_time_text(line._get_wider_minutes()),
                    )
                case "insert":
                    line.cure_label = self.env._("Put on Cheapest Trip")
                case "lane" if may_add_lane:
                    line.cure_label = self.env._("Add Lane")
                case _:
                    line.cure_label = False

    def _get_cure_vehicle_name(self):
        vehicle = self.cure_vehicle_id
        return vehicle.license_plate or vehicle.display_name

    def _get_wider_minutes(self):
        """Minutes by which the ends of the windows move together."""
        order = self.picking_id
        moved = [
            (new - old).total_seconds() / 60
            for new, old in (
                (self.cure_pickup_to, order.vas_pickup_to),
                (self.cure_deliver_to, order.vas_deliver_to),
            )
            if new and old and new > old
        ]
        return round(sum(moved))

    def _get_texts(self):
        explanation, cure = super()._get_texts()
        if self.reason == "hours":
            explanation = self.env._(
                "Not even a direct trip ends within the working time of the drivers: "
                "it is %(time)s too long.",
                time=self._get_missing_time(),
            )
            cure = self.env._(
                "Plan from an earlier hour, or lengthen the working time in the "
                "planning profile."
            )
        if self.cure_kind == "vehicle":
            cure = self.env._(
                "%(vehicle)s is free and not in the plan: it takes the order for "
                "%(cost)s.",
                vehicle=self._get_cure_vehicle_name(),
                cost=self.currency_id.format(self.cure_cost),
            )
        return explanation, cure

    @api.depends("cure_kind", "cure_vehicle_id", "cure_cost")
    def _compute_texts(self):
        return super()._compute_texts()

    def action_cure(self):
        """Do what helps, with one press; a second press finds nothing to do.

        Everything or nothing is written: where the remedy does not help after all, the
        reason is said and the plan and the order stay as they were.
        """
        self.ensure_one()
        plan = self.plan_id
        plan._lock_in_states("planned")
        if not self.exists() or self.picking_id.batch_id:
            raise UserError(self.env._("This order was taken care of already."))
        # What was shown has been compared; what follows is this press.
        plan = plan.with_context(vas_board_seen=False)
        order = self.picking_id
        match self.cure_kind:
            case "vehicle":
                plan.vehicle_ids = [Command.link(self.cure_vehicle_id.id)]
                plan._move_or_refuse(order, self.cure_vehicle_id.id)
            case "window":
                self._widen_window()
                plan._put_where_cheapest(order)
            case "insert":
                plan._put_where_cheapest(order)
            case "lane":
                return self._get_lane_action()
            case _:
                raise UserError(
                    self.env._(
                        "Nothing that can be pressed helps order %(order)s. %(cure)s",
                        order=order.name,
                        cure=self.cure or "",
                    )
                )
        trip = plan.proposal_ids.filtered(
            lambda trip: trip.state == "proposed" and order in trip.picking_ids
        )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._(
                    "%(order)s is on %(trip)s now.",
                    order=order.name,
                    trip=trip.display_name,
                ),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def _widen_window(self):
        """The customer agreed to a later hour; order and plan say so."""
        order = self.picking_id
        minutes = self._get_wider_minutes()
        values = {}
        if self.cure_pickup_to:
            values["vas_pickup_to"] = self.cure_pickup_to
        if self.cure_deliver_to:
            values["vas_deliver_to"] = self.cure_deliver_to
        order.write(values)
        body = self.env._(
            "Window of %(order)s made %(time)s wider, as agreed with the customer.",
            order=order.name,
            time=self._get_time_text(minutes),
        )
        order.message_post(body=body)
        self.plan_id.message_post(body=body)

    def _get_lane_action(self):
        """A new lane for the road that is missing, ready to fill in."""
        order = self.picking_id
        outlets = order.vas_origin_id | order.vas_destination_id
        ends = order.vas_origin_id, order.vas_destination_id
        starts = self.plan_id.vehicle_ids.vas_start_outlet_id
        roads = self.plan_id._get_roads(outlets | starts)[0]
        if (str(ends[0].id), str(ends[1].id)) in roads and starts:
            ends = starts[0], order.vas_origin_id
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Add Lane"),
            "res_model": "vas.lane",
            "views": [(False, "form")],
            "target": "new",
            "context": {
                "default_origin_id": ends[0].id,
                "default_destination_id": ends[1].id,
            },
        }
