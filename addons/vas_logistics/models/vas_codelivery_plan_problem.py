from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from odoo import models

from ..tools.problem import Order, Problem, Vehicle

# Before every shipping priority, which are above zero.
PINNED = -1


class VasCodeliveryPlan(models.Model):
    """What the planner is told of a plan: orders, vehicles, roads and windows.

    Plain data in hours and kilometres from here on; no record crosses the line.
    """

    _name = "vas.codelivery.plan"
    _inherit = "vas.codelivery.plan"

    def _prepare_problem(self, orders, vehicles, pins=None, more_outlets=None):
        """The plan as plain data for a solver; ids are those of the records.

        Queries do not grow with the orders: one for the lanes, the rest prefetched.

        :param pins: ``{order: vehicle}`` chosen by hand
        :param more_outlets: other places whose roads are wanted
        """
        self.ensure_one()
        profile = self.profile_id
        outlets = (
            orders.vas_origin_id
            | orders.vas_destination_id
            | vehicles.vas_start_outlet_id
            | vehicles.vas_end_outlet_id
        )
        if more_outlets:
            outlets |= more_outlets
        distance, hours, estimated = self._get_roads(outlets)
        shift = self._get_shift()
        tariffs, prices = self.env["vas.lane.cost"]._get_prices(outlets, vehicles)
        addresses = orders.partner_id | orders.vas_pickup_partner_id
        customers = addresses._get_vas_loading_hours(
            self.company_id, self.date_start, profile.horizon_hours
        )
        return Problem(
            orders=tuple(
                self._prepare_order(order, (pins or {}).get(order), customers)
                for order in orders
            ),
            vehicles=tuple(
                self._prepare_vehicle(vehicle, shift, tariffs.get(vehicle.id))
                for vehicle in vehicles
            ),
            distance_km=distance,
            drive_h=hours,
            speed_kmh=profile.speed_kmh,
            horizon_h=profile.horizon_hours,
            setup_h=profile.setup_minutes / 60,
            forbidden=self.env["vas.cargo.class"]._get_forbidden_pairs(),
            estimated=estimated,
            open_h=outlets._get_opening_hours(self.date_start, profile.horizon_hours),
            lane_cost=prices,
        )

    def _get_time(self, hours):
        """The moment so many hours after the plan's start, to the second."""
        return self.date_start + timedelta(seconds=round(hours * 3600))

    def _get_roads(self, outlets):
        """Lanes among the outlets, and estimates where the profile allows them."""
        lanes = self.env["vas.lane"]
        distance, hours = lanes._get_matrix(outlets)
        if self.profile_id.straight_line:
            factor = self.profile_id.detour_factor
            estimates = lanes._get_estimates(outlets, distance, factor)
            return distance | estimates, hours, frozenset(estimates)
        return distance, hours, frozenset()

    def _get_shift(self):
        """When drivers may be on the way, in hours from the plan's start; None: always.

        The hours of the profile are those of the clock where the company is.
        """
        self.ensure_one()
        profile = self.profile_id
        if profile.shift_from == profile.shift_to:
            return None
        zone = ZoneInfo(self.company_id.partner_id.tz or self.env.user.tz or "UTC")
        start = self.date_start.replace(tzinfo=ZoneInfo("UTC"))
        day = start.astimezone(zone).date()
        for days in (-1, 0, 1):
            midnight = datetime.combine(day + timedelta(days), time(), zone)
            opens = (midnight - start).total_seconds() / 3600 + profile.shift_from
            length = (profile.shift_to - profile.shift_from) % 24 or 24
            if opens + length > 0:
                return max(opens, 0.0), opens + length
        return None

    def _prepare_order(self, order, vehicle=None, customers=None):
        """One transport order for the solver, windows in hours from the plan's start

        :param customers: ``{partner id: hours}`` of the addresses of the orders
        """
        customers = customers or {}
        profile = self.profile_id
        horizon = profile.horizon_hours

        def window(start, end):
            if not start and not end:
                return None
            opens = (start - self.date_start).total_seconds() / 3600 if start else 0.0
            closes = (end - self.date_start).total_seconds() / 3600 if end else horizon
            # A window that opens after the horizon stays closed, and is said so.
            return opens, max(opens, closes)

        return Order(
            id=str(order.id),
            origin=str(order.vas_origin_id.id),
            destination=str(order.vas_destination_id.id),
            kg=order.vas_kg,
            m3=order.vas_m3,
            shipper=str(order.owner_id.id),
            cargo_class=(
                str(order.vas_cargo_class_id.id) if order.vas_cargo_class_id else None
            ),
            pickup=window(order.vas_pickup_from, order.vas_pickup_to),
            deliver=window(order.vas_deliver_from, order.vas_deliver_to),
            # What a person pinned is not left behind for anybody.
            priority=PINNED if vehicle else order.vas_priority,
            load_h=profile.load_minutes / 60,
            unload_h=profile.unload_minutes / 60,
            vehicles=frozenset([str(vehicle.id)]) if vehicle else None,
            pickup_open=customers.get(order.vas_pickup_partner_id.id),
            deliver_open=customers.get(order.partner_id.id),
        )

    def _prepare_vehicle(self, vehicle, shift=None, tariff=None):
        """One vehicle for the solver, its capacity cut to the load limit (AMB-16)."""
        profile = self.profile_id
        limit = profile.max_load_rate
        classes = vehicle.category_id.vas_cargo_class_ids
        end = vehicle.vas_end_outlet_id
        return Vehicle(
            id=str(vehicle.id),
            kg=vehicle.vas_kg_capacity * limit,
            m3=vehicle.vas_m3_capacity * limit,
            start=str(vehicle.vas_start_outlet_id.id),
            end=str(end.id) if end else None,
            fixed_cost=vehicle.vas_fixed_cost,
            cost_per_km=vehicle.vas_cost_per_km,
            classes=frozenset(str(i) for i in classes.ids) if classes else None,
            shift=shift,
            max_hours=profile.driver_hours or None,
            trips=profile.max_trips,
            tariff=tariff,
        )
