from odoo import models

from ..tools.insertion import Insertion, urgency
from ..tools.routes import build_route


class VasCodeliveryPlan(models.Model):
    """Orders that leave a plan that is not accepted: one truth on every screen."""

    _name = "vas.codelivery.plan"
    _inherit = "vas.codelivery.plan"

    def _drop_cancelled(self, orders):
        """Take cancelled orders off the proposed trips, and out of the plan.

        A search that runs at this moment is refused by the database when it ends, as
        this plan was changed, and looks again without them.
        """
        self.ensure_one()
        mine = orders & self.picking_ids
        trips = self.proposal_ids.filtered(
            lambda trip: trip.state == "proposed" and mine & trip.picking_ids
        )
        names = ", ".join(trips.vehicle_id.mapped("license_plate"))
        for trip in trips:
            trip._take_off(mine)
        for lines in (self.unserved_ids, self.suggestion_ids):
            lines.filtered(lambda line: line.picking_id in mine).unlink()
        self.picking_ids -= mine
        values = {"orders": ", ".join(mine.mapped("name")), "user": self.env.user.name}
        self.message_post(
            body=self.env._(
                "%(orders)s: cancelled by %(user)s, taken off %(vehicles)s.",
                vehicles=names,
                **values,
            )
            if names
            else self.env._("%(orders)s: cancelled by %(user)s.", **values)
        )
        self._note_change()


class VasCodeliveryProposal(models.Model):
    _name = "vas.codelivery.proposal"
    _inherit = "vas.codelivery.proposal"

    def _get_gone(self):
        """What an accepted trip does not carry any more: cancelled, or taken off."""
        accepted = self.filtered("batch_id")
        off = accepted.picking_ids - accepted.batch_id.picking_ids
        return off.filtered(lambda order: order.state != "done")

    def _get_route_without(self, problem, orders):
        """The way of a trip without some of its orders.

        :param problem: of all its orders
        :return: the route and what it leaves behind; no route where nothing is left
        """
        gone = {str(key) for key in orders.ids}
        known = {order.id: order for order in problem.orders}
        vehicle = next(v for v in problem.vehicles if v.id == str(self.vehicle_id.id))
        tasks = [task for task in self._get_tasks(known) if task.order.id not in gone]
        if not tasks:
            return None, ()
        try:
            return build_route(problem, vehicle, tasks), ()
        except ValueError:
            # The way led over the place of what is gone: another one is looked for.
            rest = dict.fromkeys(task.order for task in tasks)
            work = Insertion(problem)
            work.vehicles = {vehicle.id: vehicle}
            left = work.place_all(sorted(rest, key=urgency))
            routes = work.solution({}).routes
            return routes[0] if routes else None, tuple(order.id for order in left)

    def _take_off(self, orders):
        """Make the trip anew without these orders; one that is empty then is gone."""
        self.ensure_one()
        plan = self.plan_id
        problem = plan._prepare_problem(self.picking_ids, self.vehicle_id)
        route, left = self._get_route_without(problem, orders)
        self.pinned_picking_ids -= orders
        if route:
            self._rewrite(problem, route)
        else:
            self.unlink()
        self.env["vas.codelivery.unserved"].create(
            [
                {
                    "plan_id": plan.id,
                    "picking_id": int(key),
                    "reason": "unreachable",
                    "cure_kind": "insert",
                }
                for key in left
            ]
        )
