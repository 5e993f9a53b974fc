from itertools import pairwise

from odoo import api, fields, models


class VasCodeliveryPlan(models.Model):
    """What the dispatcher's board draws.

    The number of queries does not grow with the orders or the trips: everything is read
    in sets, and the texts are put together from what was read.
    """

    _inherit = "vas.codelivery.plan"

    def action_open_board(self):
        """Open the dispatcher's board of this plan."""
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "vas_logistics.vas_dispatch_board_action"
        )
        return {**action, "params": {"plan_id": self.id}}

    @api.model
    def get_board(self, plan_id=False):
        """Everything that the board shows of one plan.

        :param plan_id: the plan; False: the newest one that is not decided yet
        :return: ``{"plan", "trips", "orders", "unplanned", "vehicles", "plans"}``;
            ``plan`` is False when there is none
        """
        plan = self.browse(plan_id or []).exists() or self.search(
            [
                ("company_id", "in", self.env.companies.ids),
                ("state", "in", ("draft", "running", "planned")),
            ],
            limit=1,
        )
        plan.check_access("read")
        open_plans = self.search_fetch(
            [
                ("company_id", "in", self.env.companies.ids),
                ("state", "in", ("draft", "running", "planned")),
            ],
            ["name", "date_start"],
            limit=20,
        )
        return {
            "plan": plan._get_board_plan() if plan else False,
            "plans": [
                {"id": other.id, "name": other.name} for other in open_plans | plan
            ],
            **(plan._get_board_parts() if plan else plan._get_board_nothing()),
        }

    @api.model
    def _get_board_nothing(self):
        return {"trips": [], "orders": {}, "unplanned": [], "vehicles": []}

    @api.model
    def create_for_board(self):
        """Open orders and free vehicles of the company as a new plan, ready to plan."""
        plan = self.create({"company_id": self.env.company.id})
        plan.action_load_orders()
        return plan.id

    def _get_board_plan(self):
        self.ensure_one()
        trips = self.proposal_ids.filtered(lambda trip: trip.state != "rejected")
        states = dict(self._fields["state"]._description_selection(self.env))
        seen = self.get_board_version()
        return {
            "id": self.id,
            "name": self.name,
            "state": self.state,
            "state_word": states[self.state],
            "start": fields.Datetime.to_string(self.date_start),
            "end": fields.Datetime.to_string(self.date_end),
            "served": len(trips._get_riding()),
            "total": len(self.picking_ids),
            "trips": len(trips),
            "km": sum(trips.mapped("km")),
            "cost": sum(trips.mapped("cost")),
            "separate": sum(trips.mapped("separate_cost")),
            "previous": self.previous_cost,
            "load": (sum(trips.mapped("load_rate")) / len(trips) if trips else 0.0),
            "currency": self.currency_id.id,
            "warning": self.profile_id.warning_load_rate,
            "failure": self.failure or "",
            "writable": self.has_access("write"),
            **{key: seen[key] for key in ("version", "user", "date")},
        }

    def _get_board_parts(self):
        self.ensure_one()
        trips = self.proposal_ids.filtered(lambda trip: trip.state != "rejected")
        orders = self.picking_ids
        unserved = {line.picking_id: line for line in self.unserved_ids}
        riding = trips._get_riding()
        waiting = orders.filtered(
            lambda order: (
                order not in riding
                and not order.batch_id
                and order.state not in ("done", "cancel")
            )
        )
        used = trips.vehicle_id
        # What left an accepted trip weighs nothing there any more.
        legs = trips.batch_id._get_vas_legs()
        return {
            "trips": [
                self._get_board_trip(trip, legs.get(trip.batch_id.id)) for trip in trips
            ],
            "orders": {
                order.id: self._get_board_order(order, unserved.get(order))
                for order in riding | waiting
            },
            "unplanned": waiting.sorted(
                lambda order: (order.vas_priority, order.id)
            ).ids,
            "vehicles": [
                self._get_board_vehicle(vehicle) for vehicle in self.vehicle_ids - used
            ],
        }

    @api.model
    def _get_board_vehicle(self, vehicle):
        return {
            "id": vehicle.id,
            "name": vehicle.license_plate or vehicle.display_name,
            "kind": vehicle.category_id.name or "",
            "kg": vehicle.vas_kg_capacity,
            "m3": vehicle.vas_m3_capacity,
            "classes": vehicle.category_id.vas_cargo_class_ids.ids,
        }

    @api.model
    def _get_board_trip(self, trip, legs=None):
        """One lane of the board.

        :param legs: loads of an accepted trip as it is now, see ``_get_vas_legs``
        """
        vehicle = trip.vehicle_id
        stops = trip.stop_ids
        gone = trip._get_gone()
        loads = [leg[2:] for leg in legs or ()] or [(s.kg, s.m3) for s in stops[:-1]]
        return {
            "id": trip.id,
            "version": trip.plan_id._get_lane_version(trip),
            "vehicle": self._get_board_vehicle(vehicle),
            "driver": trip.driver_id.name or "",
            "state": trip.state,
            "batch": trip.batch_id.id,
            "batch_name": trip.batch_id.name or "",
            "road": bool(trip.batch_id.vas_departure_date),
            "running": trip.batch_id.state == "in_progress",
            "locked": trip.locked,
            "locked_by": trip.locked_user_id.name or "",
            "locked_since": fields.Datetime.to_string(trip.locked_date) or "",
            "reason": trip.manual_reason or "",
            "start": fields.Datetime.to_string(trip.date_start),
            "end": fields.Datetime.to_string(trip.date_end),
            "km": trip.km,
            "cost": trip.cost,
            "saving": trip.saving,
            "load": trip.batch_id.vas_load_rate if trip.batch_id else trip.load_rate,
            "empty": trip.empty_km,
            "why": trip.order_reasons,
            "pinned": trip.pinned_picking_ids.ids,
            "orders": trip._get_riding().ids,
            "stops": [
                {
                    "id": stop.id,
                    "number": number,
                    "outlet": stop.outlet_id.name,
                    "arrival": fields.Datetime.to_string(stop.date_arrival),
                    "departure": fields.Datetime.to_string(stop.date_departure),
                    "km": stop.leg_km,
                    "kg": stop.kg,
                    "m3": stop.m3,
                    "pickups": (stop.pickup_ids - gone).ids,
                    "deliveries": (stop.delivery_ids - gone).ids,
                    "late": self._get_board_lateness(stop),
                }
                for number, stop in enumerate(stops, 1)
            ],
            "legs": [
                {
                    "number": number,
                    "from": first.outlet_id.name,
                    "to": second.outlet_id.name,
                    "kg": kg,
                    "m3": m3,
                }
                for number, ((first, second), (kg, m3)) in enumerate(
                    zip(pairwise(stops), loads, strict=True), 1
                )
            ],
        }

    @api.model
    def _get_board_lateness(self, stop):
        """Minutes by which work at a stop begins after a window ended; 0: in time.

        Work begins after the set-up, and one order after the other: as the planner and
        the check of a move count, not when the vehicle arrives.
        """
        ends = {
            **{("delivery", o.id): o.vas_deliver_to for o in stop.delivery_ids},
            **{("pickup", o.id): o.vas_pickup_to for o in stop.pickup_ids},
        }
        get_time = stop.proposal_id.plan_id._get_time
        late = [
            (get_time(at) - ends[kind, key]).total_seconds() / 60
            for kind, key, at in stop.handled or ()
            if ends.get((kind, key))
        ]
        return max(round(max(late, default=0)), 0)

    @api.model
    def _get_board_order(self, order, unserved):
        return {
            "id": order.id,
            "name": order.name,
            "shipper": order.owner_id.name or "",
            "origin": order.vas_origin_id.name or "",
            "destination": order.vas_destination_id.name or "",
            "goods": order._get_vas_goods(),
            "kg": order.vas_kg,
            "m3": order.vas_m3,
            "pickup_to": fields.Datetime.to_string(order.vas_pickup_to) or "",
            "deliver_to": fields.Datetime.to_string(order.vas_deliver_to) or "",
            "priority": order.vas_priority,
            # On a trip that was accepted: where the order is by now.
            "status": self._get_board_status(order),
            "cargo_class": order.vas_cargo_class_id.id,
            "cargo_name": order.vas_cargo_class_id.name or "",
            "why": unserved._get_board_words() if unserved else False,
        }

    @api.model
    def _get_board_status(self, order):
        """Where an accepted order is, in words and by its key; False before that."""
        if not order.batch_id and order.state not in ("done", "cancel"):
            return False
        labels = dict(order._fields["vas_status"]._description_selection(self.env))
        return {"code": order.vas_status, "word": labels.get(order.vas_status, "")}


class VasCodeliveryUnserved(models.Model):
    _inherit = "vas.codelivery.unserved"

    def _get_board_words(self):
        """Reason, details and cure of an order that is not planned."""
        self.ensure_one()
        labels = dict(self._fields["reason"]._description_selection(self.env))
        return {
            "code": self.reason,
            "reason": labels[self.reason],
            "text": self.explanation or "",
            "cure": self.cure or "",
            "line": self.id,
            "kind": self.cure_kind or "",
            "label": self.cure_label or "",
            # Left out for lack of vehicles is not the same as impossible.
            "possible": self.reason in ("no_vehicle", "no_time", "taken_off"),
        }
