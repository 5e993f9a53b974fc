from odoo import api, fields, models
from odoo.exceptions import UserError

from ..tools.feasibility import separate_cost
from ..tools.insertion import Network
from ..tools.problem import route_load_rate
from ..tools.routes import Task, build_route, route_issues

# Words of a check: the worst message decides.
OK, WARNING, REFUSED = "ok", "warning", "refused"
# Somebody else changed the trip since the board was drawn.
STALE = "stale"


class VasCodeliveryBoard(models.AbstractModel):
    """What a dispatcher changes in a plan by hand, checked before it is written.

    Part of ``vas.codelivery.plan``. Every method first locks the plan, so two
    dispatchers never change it at the same time.
    """

    _name = "vas.codelivery.board"
    _description = "Changes of a Co-delivery Plan by Hand"

    # ------------------------------------------------------------------
    # Moving
    # ------------------------------------------------------------------

    @api.readonly
    def check_move(self, order_id, proposal_id=False, position=None, vehicle_id=False):
        """Whether an order may ride on a trip, and what changes; nothing is written.

        :param proposal_id: the trip; False with a vehicle: a new trip of that vehicle;
            False without: off all trips
        :param position: number of the stop (1 is the start) after which it is
            unloaded; None: where it costs least
        :return: ``{"level": "ok" | "warning" | "refused", "messages": [text],
            "cost": money of the trip after, "cost_delta", "km", "load_rate",
            "stops": [{"outlet", "arrival", "departure", "kg", "m3"}]}``
        """
        self.ensure_one()
        self.check_access("read")
        move = self._prepare_move(order_id, proposal_id, position, vehicle_id)
        return move.answer()

    def action_move_order(
        self,
        order_id,
        proposal_id=False,
        position=None,
        vehicle_id=False,
        reason=None,
        pin=True,
        seen=None,
    ):
        """Put an order on a trip, on a new trip of a vehicle, or off all trips.

        Refused moves are never written; one with a warning only with a reason, which
        goes into the chatter, and the trip is then locked: planning again leaves it.

        :param seen: what the board showed, see ``_get_unseen_changes``; a move onto or
            off a trip that was changed meanwhile has the level ``stale``
        :return: as ``check_move``, and ``"written"``, ``"proposal_id"`` (the trip it
            is on now) and ``"changed"``: ids of the trips to draw again
        """
        self.ensure_one()
        self._lock_in_states("planned")
        unseen = seen and self._get_unseen_changes(
            {
                **seen,
                "order": order_id,
                "vehicle": vehicle_id if not proposal_id else None,
            }
        )
        if unseen:
            return {
                "level": STALE,
                "messages": unseen,
                "written": False,
                "changed": [],
            }
        move = self._prepare_move(order_id, proposal_id, position, vehicle_id)
        answer = {**move.answer(), "written": False, "changed": []}
        if move.level == REFUSED or (move.level == WARNING and not reason):
            return answer
        trips = move.store(pin)
        self._note_change()
        if move.level == WARNING:
            move.trip.write({"locked": True, "manual_reason": reason})
            self.message_post(
                body=self.env._(
                    "%(order)s put on %(trip)s in spite of: %(warnings)s Reason: "
                    "%(reason)s",
                    order=move.order.name,
                    trip=move.trip.display_name,
                    warnings=" ".join(move.messages),
                    reason=reason,
                )
            )
        return {
            **answer,
            "written": True,
            "proposal_id": move.trip.id,
            "changed": trips.ids,
        }

    def _prepare_move(self, order_id, proposal_id, position, vehicle_id):
        order = self.env["stock.picking"].browse(order_id).exists()
        if order not in self.picking_ids:
            raise UserError(
                self.env._(
                    "Order %(order)s is not part of plan %(plan)s.",
                    order=order.name or order_id,
                    plan=self.name,
                )
            )
        trip = self.env["vas.codelivery.proposal"].browse(proposal_id or []).exists()
        vehicle = self.env["fleet.vehicle"].browse(vehicle_id or []).exists()
        if proposal_id and (trip.plan_id != self or trip.state == "rejected"):
            raise UserError(self.env._("This trip is not part of the plan any more."))
        if vehicle and not trip:
            trip = self.proposal_ids.filtered(
                lambda trip: trip.vehicle_id == vehicle and trip.state != "rejected"
            )
        return _Move(self, order, trip, vehicle or trip.vehicle_id, position)

    # ------------------------------------------------------------------
    # Pinning and locking
    # ------------------------------------------------------------------

    def action_pin(self, order_ids, pinned=True):
        """Pin orders to the vehicle that they are on, or let go of them."""
        self.ensure_one()
        self._lock_in_states("planned")
        orders = self.env["stock.picking"].browse(order_ids) & self.picking_ids
        for trip in self.proposal_ids.filtered(lambda trip: trip.state == "proposed"):
            mine = orders & trip.picking_ids
            if not mine:
                continue
            if pinned:
                trip.pinned_picking_ids |= mine
            else:
                trip.pinned_picking_ids -= mine
        self._note_change()
        return True

    def _get_pins(self):
        """``{order: vehicle}`` of the proposed trips that are not locked as a whole."""
        return {
            order: trip.vehicle_id
            for trip in self.proposal_ids
            if trip.state == "proposed" and not trip.locked
            for order in trip.pinned_picking_ids
        }

    # ------------------------------------------------------------------
    # Words
    # ------------------------------------------------------------------

    def _get_issue_text(self, issue, route, vehicle, orders):
        """One issue of a route as a sentence for the dispatcher."""
        names = {str(order.id): order.name for order in orders}
        late_at = self.env["res.partner"]
        if issue.closed:
            order = orders.browse(int(issue.order))
            late_at = (
                order.vas_pickup_partner_id
                if issue.closed == "pickup"
                else order.partner_id
            )
        outlet = self.env["vas.outlet"].browse(int(route.stops[issue.stop - 1].outlet))
        values = {
            "order": names.get(issue.order, ""),
            "vehicle": vehicle.display_name,
            "outlet": outlet.display_name,
            "leg": issue.stop,
            "amount": issue.amount,
            "minutes": max(round(issue.amount * 60), 1),
        }
        match issue.kind:
            case "kg":
                return self.env._(
                    "Over by %(amount).0f kg on leg %(leg)s.",
                    amount=values["amount"],
                    leg=values["leg"],
                )
            case "m3":
                return self.env._(
                    "Over by %(amount).1f m³ on leg %(leg)s.",
                    amount=values["amount"],
                    leg=values["leg"],
                )
            case "class":
                return self.env._(
                    "%(vehicle)s may not carry the cargo class of %(order)s.",
                    vehicle=values["vehicle"],
                    order=values["order"],
                )
            case "forbidden":
                return self.env._(
                    "%(order)s must not ride with %(other)s.",
                    order=values["order"],
                    other=names.get(issue.other, ""),
                )
            case "pinned":
                return self.env._(
                    "%(order)s is pinned to another vehicle.", order=values["order"]
                )
            case "late" if late_at:
                return self.env._(
                    "%(order)s: %(minutes)s min too late for %(partner)s.",
                    order=values["order"],
                    minutes=values["minutes"],
                    partner=late_at.display_name,
                )
            case "late":
                return self.env._(
                    "%(order)s: %(minutes)s min too late at %(outlet)s.",
                    order=values["order"],
                    minutes=values["minutes"],
                    outlet=values["outlet"],
                )
            case "shift":
                return self.env._(
                    "The driver would work %(minutes)s min too long.",
                    minutes=values["minutes"],
                )
            case "horizon":
                return self.env._(
                    "The trip would end %(minutes)s min after the plan.",
                    minutes=values["minutes"],
                )
            case _:
                return self.env._(
                    "%(order)s would be unloaded before it is loaded.",
                    order=values["order"],
                )


class _Move:
    """One order on its way from where it rides to where it should."""

    def __init__(self, plan, order, trip, vehicle, position):
        self.plan = plan
        self.env = plan.env
        self.order = order
        self.trip = trip
        self.vehicle = vehicle
        self.position = position
        self.source = plan.proposal_ids.filtered(
            lambda other: other.state != "rejected" and order in other._get_riding()
        )
        self.level = OK
        self.messages = []
        self.route = None
        self.left = None
        self._look_at_states()
        if self.level == OK:
            self._try()

    def _refuse(self, message):
        self.level = REFUSED
        self.messages.append(message)

    def _look_at_states(self):
        for trip in self.source | self.trip:
            if trip.state == "accepted":
                self._refuse(
                    self.env._("%(trip)s is accepted already.", trip=trip.display_name)
                )
            elif trip.locked:
                self._refuse(self.env._("%(trip)s is locked.", trip=trip.display_name))
        order = self.order
        if order.state in ("done", "cancel") or order.batch_id:
            self._refuse(
                self.env._(
                    "Order %(order)s is done, cancelled or on a trip of its own.",
                    order=order.name,
                )
            )
        new = self.vehicle and not self.trip
        if new and self.vehicle not in self.plan._get_free_vehicles():
            self._refuse(
                self.env._(
                    "Vehicle %(vehicle)s has another trip in this time.",
                    vehicle=self.vehicle.display_name,
                )
            )

    def _try(self):
        plan = self.plan
        trips = self.source | self.trip
        self.orders = trips.picking_ids | self.order
        vehicles = trips.vehicle_id | self.vehicle
        self.problem = plan._prepare_problem(self.orders, vehicles)
        self.known = {order.id: order for order in self.problem.orders}
        self.fleet = {vehicle.id: vehicle for vehicle in self.problem.vehicles}
        if not self.vehicle:
            self._look_at_what_is_left()
            return
        vehicle = self.fleet[str(self.vehicle.id)]
        kept = [
            task
            for task in self.trip._get_tasks(self.known)
            if task.order.id != str(self.order.id)
        ]
        self.tasks = self._insert(vehicle, kept)
        if self.tasks is None:
            self._refuse(
                self.env._(
                    "There is no lane for %(vehicle)s to %(order)s.",
                    vehicle=self.vehicle.display_name,
                    order=self.order.name,
                )
            )
            return
        self.route = build_route(self.problem, vehicle, self.tasks)
        if self.source and self.source != self.trip:
            self._look_at_what_is_left()
        issues = route_issues(self.problem, vehicle, self.route, self.tasks)
        for issue in issues:
            text = plan._get_issue_text(issue, self.route, self.vehicle, self.orders)
            if text not in self.messages:
                self.messages.append(text)
        if issues and self.level != REFUSED:
            self.level = REFUSED if issues[0].hard else WARNING

    def _insert(self, vehicle, kept):
        """The best place, one without fault if there is any; None without a lane."""
        order = self.known[str(self.order.id)]
        if self.position is None:
            found = Network(self.problem).insert(vehicle, kept, order)
            if found:
                return found[1]
        before = self._count_before(vehicle, kept)
        best = None
        for last in before or range(len(kept) + 1):
            for first in range(last + 1):
                tasks = [
                    *kept[:first],
                    Task("pickup", order),
                    *kept[first:last],
                    Task("delivery", order),
                    *kept[last:],
                ]
                try:
                    route = build_route(self.problem, vehicle, tasks)
                except ValueError:
                    continue
                issues = route_issues(self.problem, vehicle, route, tasks)
                rank = (
                    sum(issue.hard for issue in issues),
                    sum(issue.amount for issue in issues if not issue.hard),
                    route.cost,
                )
                if best is None or rank < best[0]:
                    best = rank, tasks
        return best and best[1]

    def _count_before(self, vehicle, kept):
        """Places among the tasks that lie right after the wished stop."""
        if self.position is None:
            return None
        number = 1
        place = vehicle.start
        places = []
        for index, task in enumerate(kept):
            if number == self.position:
                places.append(index)
            if task.outlet != place:
                number += 1
                place = task.outlet
        places.append(len(kept))
        if number == self.position:
            return places
        return places[:-1] or [len(kept)]

    def answer(self):
        """What the board shows."""
        plan = self.plan
        route = self.route
        before = sum((self.source | self.trip).mapped("cost"))
        after = route.cost if route else 0.0
        if self.level != REFUSED and self.source and self.source != self.trip:
            after += self.left.cost if self.left else 0.0
        elif self.source != self.trip:
            after += sum(self.source.mapped("cost"))
        outlets = self.env["vas.outlet"]
        limit = plan.profile_id.max_load_rate
        return {
            "level": self.level,
            "messages": self.messages,
            "cost": route.cost if route else 0.0,
            "cost_delta": after - before if self.level != REFUSED else 0.0,
            "km": route.km if route else 0.0,
            "load_rate": (
                route_load_rate(route, self.fleet[route.vehicle]) * limit
                if route
                else 0.0
            ),
            "stops": [
                {
                    "outlet": outlets.browse(int(stop.outlet)).display_name,
                    "arrival": fields.Datetime.to_string(plan._get_time(stop.arrival)),
                    "departure": fields.Datetime.to_string(
                        plan._get_time(stop.departure)
                    ),
                    "kg": stop.kg,
                    "m3": stop.m3,
                }
                for stop in (route.stops if route else ())
            ],
        }

    def _look_at_what_is_left(self):
        """What the trip that it leaves becomes."""
        if not self.source:
            return
        self.left, stranded = self.source._get_route_without(self.problem, self.order)
        if stranded:
            self._refuse(
                self.env._(
                    "Without %(order)s there is no lane for the rest of %(trip)s.",
                    order=self.order.name,
                    trip=self.source.display_name,
                )
            )

    def store(self, pin):
        """Both trips anew, the order pinned; return the trips to draw again."""
        plan = self.plan
        order = self.order
        source = self.source
        changed = source | self.trip
        if source and source != self.trip:
            source.pinned_picking_ids -= order
            if self.left:
                source._rewrite(self.problem, self.left)
            else:
                changed -= source
                source.unlink()
        plan.unserved_ids.filtered(lambda line: line.picking_id == order).unlink()
        if not self.vehicle:
            self.env["vas.codelivery.unserved"].create(
                {
                    "plan_id": plan.id,
                    "picking_id": order.id,
                    "reason": "taken_off",
                    "cure_kind": "insert",
                }
            )
            return changed
        if not self.trip:
            proposals = self.env["vas.codelivery.proposal"]
            number = max(plan.proposal_ids.mapped("sequence"), default=0) + 1
            alone = {
                one.id: separate_cost(self.problem, one) for one in self.problem.orders
            }
            rate = route_load_rate(self.route, self.fleet[self.route.vehicle])
            self.trip = proposals.create(
                proposals._prepare_from_route(
                    plan,
                    number,
                    self.route,
                    self.problem,
                    alone,
                    rate * plan.profile_id.max_load_rate,
                )
            )
            changed |= self.trip
        else:
            self.trip._rewrite(self.problem, self.route)
        if pin:
            self.trip.pinned_picking_ids |= order
        return changed
