"""One planning problem: real outlets, lanes, vehicles and orders; the plan decides."""

from datetime import datetime, timedelta

START = datetime(2030, 1, 7)
HORIZON_H = 24
SOLVER_SECONDS = 2
# Two outlets at one place are two places; a lane has a length.
NEXT_DOOR_KM = 1e-9
FIELDS = {
    "id",
    "source",
    "outlets",
    "distance_km",
    "speed_kmh",
    "vehicles",
    "orders",
    "expect",
}
# What may be null may be left out.
VEHICLE = {"id", "kg", "m3", "start", "fixed_cost", "cost_per_km"}
ORDER = {"id", "shipper", "from", "to", "kg", "m3"}
# The product tells apart what the format calls by one name.
COARSE = {"hours": "time_window"}
REASONS = {"capacity", "time_window", "class", "no_vehicle", "unreachable"}
EXPECT = {
    "served",
    "unserved",
    "together",
    "apart",
    "max_cost",
    "max_vehicles",
    "load_rate",
}


def run(env, case: dict) -> list[str]:
    """Plan the case with real records and compare what is expected."""
    _check_format(case)
    plan, orders = _create(env, case)
    if _is_complete(case):
        plan.action_plan()
    else:
        plan.state = "running"  # a dispatcher is told what is missing first
        plan._run_plan()
    if plan.state != "planned":
        return [f"not planned: {plan.failure}"]
    names = {order: name for name, order in orders.items()}
    return _compare(case["expect"], plan, names)


def _is_complete(case: dict) -> bool:
    """Whether a dispatcher could press the button: nothing without a load or a size."""
    return (
        bool(case["vehicles"] and case["orders"])
        and all(order["kg"] or order["m3"] for order in case["orders"])
        and all(vehicle["kg"] and vehicle["m3"] for vehicle in case["vehicles"])
    )


def _create(env, case):
    company = env.company
    level = env.ref("vas_logistics.outlet_level_city")
    outlets = {
        name: env["vas.outlet"].create(
            {
                "name": name,
                "code": name,
                "level_id": level.id,
                "company_id": company.id,
            }
        )
        for name in case["outlets"]
    }
    env["vas.lane"].create(
        [
            {
                "origin_id": outlets[origin].id,
                "destination_id": outlets[destination].id,
                "distance_km": km or NEXT_DOOR_KM,
            }
            for origin, row in case["distance_km"].items()
            for destination, km in row.items()
            if origin != destination
        ]
    )
    classes = _classes(env, case)
    profile = env["vas.planning.profile"].create(
        {
            "name": "Case",
            "company_id": company.id,
            "solver_seconds": SOLVER_SECONDS,
            "background_orders": len(case["orders"]) + 1,
            "speed_kmh": case["speed_kmh"],
            "horizon_hours": HORIZON_H,
            "max_load_rate": 1,
            "warning_load_rate": 1,
            "share_method": "stand_alone",
            "default_priority": 9,
        }
    )
    vehicles = _vehicles(env, case, outlets, classes)
    orders = _orders(env, case, outlets, classes)
    plan = env["vas.codelivery.plan"].create(
        {
            "company_id": company.id,
            "profile_id": profile.id,
            "date_start": START,
            "picking_ids": [(6, 0, [order.id for order in orders.values()])],
            "vehicle_ids": [(6, 0, vehicles.ids)],
        }
    )
    return plan, orders


def _classes(env, case):
    names = {order["class"] for order in case["orders"] if order.get("class")}
    for vehicle in case["vehicles"]:
        names |= set(vehicle.get("classes") or ())
    names.add("case-nothing")  # for a vehicle that may carry no class at all
    return {
        name: env["vas.cargo.class"].create({"name": name, "code": f"case-{name}"})
        for name in sorted(names)
    }


def _vehicles(env, case, outlets, classes):
    brand = env["fleet.vehicle.model.brand"].create({"name": "Case"})
    model = env["fleet.vehicle.model"].create({"name": "Case", "brand_id": brand.id})
    vehicles = env["fleet.vehicle"]
    for data in case["vehicles"]:
        allowed = data.get("classes")
        if allowed is not None:
            allowed = [classes[name].id for name in allowed or ["case-nothing"]]
        category = env["fleet.vehicle.model.category"].create(
            {
                "name": f"Case {data['id']}",
                "weight_capacity": data["kg"],
                "volume_capacity": data["m3"],
                "vas_cargo_class_ids": [(6, 0, allowed or [])],
            }
        )
        vehicles |= env["fleet.vehicle"].create(
            {
                "model_id": model.id,
                "license_plate": data["id"],
                "category_id": category.id,
                "company_id": env.company.id,
                "vas_start_outlet_id": outlets[data["start"]].id,
                "vas_end_outlet_id": data.get("end") and outlets[data["end"]].id,
                "vas_fixed_cost": data["fixed_cost"],
                "vas_cost_per_km": data["cost_per_km"],
            }
        )
    return vehicles


def _orders(env, case, outlets, classes):
    kind = env["stock.picking.type"]._get_vas_transport_type(env.company)
    shippers = {
        name: env["res.partner"].create({"name": name})
        for name in sorted({str(order["shipper"]) for order in case["orders"]})
    }
    orders = {}
    contradictions = {}
    for data in case["orders"]:
        windows = {}
        for key, field in (("pickup", "vas_pickup"), ("deliver", "vas_deliver")):
            if data.get(key):
                windows[f"{field}_from"] = _time(data[key][0])
                windows[f"{field}_to"] = _time(data[key][1])
        late = {}
        if data.get("pickup") and data.get("deliver"):
            if data["deliver"][1] < data["pickup"][0]:
                late = {key: windows.pop(key) for key in list(windows)}
        order = env["stock.picking"].create(
            {
                "picking_type_id": kind.id,
                "owner_id": shippers[str(data["shipper"])].id,
                "vas_origin_id": outlets[data["from"]].id,
                "vas_destination_id": outlets[data["to"]].id,
                "vas_cargo_class_id": data.get("class") and classes[data["class"]].id,
                "vas_goods": data["id"],
                "vas_quantity": 1,
                "vas_declared_kg": data["kg"],
                "vas_declared_m3": data["m3"],
                **windows,
            }
        )
        if data.get("priority") is not None:
            order.vas_priority = data["priority"]
        orders[data["id"]] = order
        if late:
            contradictions[order] = late
    _contradict(env, contradictions)
    return orders


def _contradict(env, contradictions) -> None:
    """Windows that nobody could enter, as if they were in the database already: the
    planner says why such an order stays."""
    env.flush_all()
    for order, late in contradictions.items():
        names = ", ".join(f"{name} = %s" for name in late)
        env.cr.execute(
            f"UPDATE stock_picking SET {names} WHERE id = %s",
            [*late.values(), order.id],
        )
    env.invalidate_all()


def _time(hours):
    return START + timedelta(seconds=round(hours * 3600))


def _compare(expect, plan, names) -> list[str]:
    trips = [{names[order] for order in trip.picking_ids} for trip in plan.proposal_ids]
    differences = []
    served = set().union(*trips)
    if "served" in expect and served != set(expect["served"]):
        differences.append(f"served: {sorted(served)}")
    unserved = {
        names[line.picking_id]: COARSE.get(line.reason, line.reason)
        for line in plan.unserved_ids
    }
    if "unserved" in expect and unserved != expect["unserved"]:
        differences.append(f"unserved: {unserved}")
    for group in expect.get("together", ()):
        if not any(set(group) <= trip for trip in trips):
            differences.append(f"not together: {group}")
    for group in expect.get("apart", ()):
        if any(len(set(group) & trip) > 1 for trip in trips):
            differences.append(f"not apart: {group}")
    if plan.cost > expect.get("max_cost", plan.cost) + 0.005:
        differences.append(f"cost: {plan.cost} > {expect['max_cost']}")
    if len(trips) > expect.get("max_vehicles", len(trips)):
        differences.append(f"vehicles: {len(trips)} > {expect['max_vehicles']}")
    rates = {
        frozenset(trip): proposal.load_rate
        for trip, proposal in zip(trips, plan.proposal_ids, strict=True)
    }
    for group, rate in expect.get("load_rate", {}).items():
        found = rates.get(frozenset(key.strip() for key in group.split(",")))
        if found is None or abs(found - rate) > 0.0005:
            differences.append(f"load rate of {group}: expected {rate}, got {found}")
    return differences


def _check_format(case: dict) -> None:
    unknown = set(case) - FIELDS
    if unknown:
        raise ValueError(f"unknown fields: {', '.join(sorted(unknown))}")
    required = FIELDS - {"id", "source"}
    for key in sorted(required):
        if key not in case:
            raise ValueError(f"{key} is missing")
    for what, keys in (("vehicle", VEHICLE), ("order", ORDER)):
        for data in case[f"{what}s"]:
            lacks = sorted(keys - set(data))
            if lacks:
                name = data.get("id", "without id")
                raise ValueError(f"{what} {name}: {', '.join(lacks)} is missing")
    outlets = set(case["outlets"])
    places = [("vehicle", v["id"], v["start"]) for v in case["vehicles"]]
    places += [("vehicle", v["id"], v["end"]) for v in case["vehicles"] if v.get("end")]
    for end in ("from", "to"):
        places += [("order", o["id"], o[end]) for o in case["orders"]]
    for what, key, place in places:
        if place not in outlets:
            raise ValueError(f"{what} {key}: {place} is not among the outlets")
    for order in case["orders"]:
        for key in ("pickup", "deliver"):
            if order.get(key) and len(order[key]) != 2:
                raise ValueError(f"order {order['id']}: {key} is [from, to] or null")
    expect = case["expect"]
    unknown = set(expect) - EXPECT
    if unknown:
        raise ValueError(f"expect: unknown fields {', '.join(sorted(unknown))}")
    wrong = set(expect.get("unserved", {}).values()) - REASONS
    if wrong:
        raise ValueError(f"unserved: expected one of {', '.join(sorted(REASONS))}")
