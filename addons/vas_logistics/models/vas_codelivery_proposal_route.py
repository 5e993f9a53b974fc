from odoo import api, models
from odoo.fields import Command

from ..tools.allocation import MOST_PLAYERS, proportional, share_trip
from ..tools.coalitions import group_costs
from ..tools.explain import empty_way_back, explain
from ..tools.feasibility import separate_cost
from ..tools.problem import load_rate, route_load_rate
from ..tools.routes import Task, departure_slack, route_tasks


class VasCodeliveryProposal(models.Model):
    """A route of the planner becomes a proposed trip: stops, loads, cost shares."""

    _name = "vas.codelivery.proposal"
    _inherit = "vas.codelivery.proposal"

    @api.model
    def _prepare_from_route(self, plan, number, route, problem, alone, rate):
        """Values of one proposal with stops and cost shares.

        :param alone: ``{order id: money of the order alone}``
        :param rate: load rate on the fullest leg, share of the whole vehicle
        """
        orders = {order.id: order for order in problem.orders}
        stops = [
            Command.create(
                {
                    "sequence": position,
                    "outlet_id": int(stop.outlet),
                    "date_arrival": plan._get_time(stop.arrival),
                    "date_departure": plan._get_time(stop.departure),
                    "leg_km": stop.leg_km,
                    "is_estimated": position > 1
                    and (route.stops[position - 2].outlet, stop.outlet)
                    in problem.estimated,
                    "kg": stop.kg,
                    "m3": stop.m3,
                    "pickup_ids": [Command.set([int(key) for key in stop.pickups])],
                    "delivery_ids": [Command.set([int(k) for k in stop.deliveries])],
                    "handled": [[kind, int(k), at] for kind, k, at in stop.handled],
                }
            )
            for position, stop in enumerate(route.stops, 1)
        ]
        shares, note = self._prepare_shares(plan, route, problem, orders, alone)
        vehicle = next(v for v in problem.vehicles if v.id == route.vehicle)
        tasks = route_tasks(route, orders)
        slack = departure_slack(problem, vehicle, route, tasks)[1]
        large = plan.profile_id.large_share
        empty_from, empty_km = empty_way_back(route)
        return {
            "plan_id": plan.id,
            "sequence": number,
            "vehicle_id": int(route.vehicle),
            "picking_ids": [Command.set([int(key) for key in route.orders])],
            "stop_ids": stops,
            "share_ids": shares,
            "share_method": plan.profile_id.share_method,
            "share_note": note or False,
            "reason_data": explain(problem, vehicle, route, tasks, alone, large),
            "empty_outlet_id": int(empty_from) if empty_from else False,
            "empty_km": empty_km,
            "latest_departure": plan._get_time(route.stops[0].departure + slack),
            "co2_kg": self._get_co2_kg(int(route.vehicle), route.km),
            "date_start": plan._get_time(route.stops[0].departure),
            "date_end": plan._get_time(route.stops[-1].departure),
            "km": route.km,
            "cost": route.cost,
            "separate_cost": sum(alone[key] for key in route.orders),
            "load_rate": rate,
        }

    @api.model
    def _prepare_shares(self, plan, route, problem, orders, alone):
        """Each customer's part of the trip's cost and CO₂, to the cent (COD-05).

        :return: the commands, and a note about the rule
        """
        vehicle = next(v for v in problem.vehicles if v.id == route.vehicle)
        measures = {}
        for key in route.orders:
            order = orders[key]
            km = problem.km(order.origin, order.destination) or 0.0
            measure = measures.setdefault(
                order.shipper,
                {
                    "id": order.shipper,
                    "stand_alone": 0.0,
                    "kg": 0.0,
                    "m3": 0.0,
                    "capacity": 0.0,
                    "km": 1,
                },
            )
            measure["stand_alone"] += alone[key]
            # Load and distance belong together, so they are multiplied per order and
            # the sums are given to the sharing rule as loads over one kilometre.
            measure["kg"] += order.kg * km
            measure["m3"] += order.m3 * km
            share = load_rate([(order.kg, order.m3)], vehicle.kg, vehicle.m3)
            measure["capacity"] += share * km
        customers = list(measures.values())
        values = self._get_group_costs(problem, vehicle, route, orders, customers)
        shared = share_trip(
            plan.profile_id.share_method,
            route.cost,
            customers,
            values,
            plan.currency_id.rounding,
        )
        co2 = self._get_co2_kg(int(route.vehicle), route.km)
        emitted = proportional(co2, {c["id"]: c["capacity"] for c in customers})
        return [
            Command.create(
                {
                    "partner_id": int(shipper),
                    "separate_cost": measures[shipper]["stand_alone"],
                    "amount": amount,
                    "co2_kg": emitted[shipper],
                }
            )
            for shipper, amount in shared.amounts.items()
        ], shared.note

    @api.model
    def _get_group_costs(self, problem, vehicle, route, orders, customers):
        """Money of every group of customers of the trip; each customer's own becomes
        the cost alone: order by order, or this trip without the others."""
        if len(customers) > MOST_PLAYERS:
            return ()
        number = {customer["id"]: n for n, customer in enumerate(customers)}
        values = group_costs(
            problem,
            vehicle,
            route,
            {key: number[orders[key].shipper] for key in route.orders},
            [customer["stand_alone"] for customer in customers],
        )
        for customer in customers:
            customer["stand_alone"] = values[1 << number[customer["id"]]]
        if len(customers) == 1:
            customers[0]["stand_alone"] = max(customers[0]["stand_alone"], route.cost)
        return values

    @api.model
    def _get_co2_kg(self, vehicle_id, km):
        """CO₂ of a trip from the emission of the vehicle, grams per kilometre."""
        vehicle = self.env["fleet.vehicle"].browse(vehicle_id)
        return round(vehicle.co2 * km / 1000, 2)

    def _get_tasks(self, orders):
        """The tasks of a trip in the order in which they happen.

        :param orders: ``{id: Order}``, as in the problem
        """
        return [
            Task(kind, orders[str(key)])
            for stop in self.stop_ids.sorted("sequence")
            for kind, key, _begin in (stop.handled or stop._guess_handled())
        ]

    def _rewrite(self, problem, route):
        """Give a trip another route: stops, shares and numbers anew."""
        self.ensure_one()
        orders = {order.id: order for order in problem.orders}
        alone = {key: separate_cost(problem, orders[key]) for key in route.orders}
        vehicle = next(v for v in problem.vehicles if v.id == route.vehicle)
        rate = route_load_rate(route, vehicle) * self.plan_id.profile_id.max_load_rate
        values = self._prepare_from_route(
            self.plan_id, self.sequence, route, problem, alone, rate
        )
        for name in ("stop_ids", "share_ids"):
            values[name] = [Command.clear(), *values[name]]
        self.write(values)
