"""Job 3: seven orders become trips that several customers share."""

import datetime
import re

from playwright.sync_api import expect
from transport_day import unfold_trips


def test_dispatcher_plans_and_accepts(journey):
    dispatcher = journey("dispatcher")
    dispatcher.open_menu("VAS Logistics", "Planning", "Co-delivery Plans")
    drafts = dispatcher.call(
        "vas.codelivery.plan",
        "search_read",
        [[("state", "=", "draft")]],
        fields=["display_name", "picking_ids"],
    )
    assert len(drafts) == 1
    assert len(drafts[0]["picking_ids"]) == 7
    plan = drafts[0]["id"]
    dispatcher.open_record(drafts[0]["display_name"])
    dispatcher.screenshot("job-combine-1-draft")
    dispatcher.click_button("Plan")
    dispatcher.page.locator(".o_vas_stop_chain").first.wait_for()
    dispatcher.see("83.3")
    dispatcher.screenshot("job-combine-2-planned")

    [result] = dispatcher.call(
        "vas.codelivery.plan", "read", [[plan], ["saving", "proposal_ids", "state"]]
    )
    assert result["saving"] > 0
    dispatcher.click_button("Accept Plan")
    dispatcher.wait_no_spinner()
    batches = dispatcher.call(
        "stock.picking.batch",
        "search_read",
        [[("vas_proposal_id.plan_id", "=", plan)]],
        fields=["state", "vehicle_id", "picking_ids", "vas_load_rate"],
    )
    assert batches
    assert all(batch["state"] == "in_progress" for batch in batches)
    assert all(batch["vehicle_id"] for batch in batches)
    assert any(abs(batch["vas_load_rate"] - 0.8333) < 0.0005 for batch in batches)
    dispatcher.click_button("action_view_batches")
    dispatcher.screenshot("job-combine-3-batches")


def move_off(client, order):
    """Take an order off its trip with the menu of the board."""
    card = client.page.locator(f".o_vas_order[data-id='{order}']")
    card.locator("button[title^='Move to trip'], button[title^='移至']").first.click()
    client.page.locator("#vas_target").select_option("off")
    client.wait_no_spinner()
    client.page.locator(".modal .btn-primary").click()
    client.wait_no_spinner()


def place(dispatcher, loads, mark):
    """Orders of two shippers in turn, from Shanghai to Hangzhou."""
    shippers = [
        dispatcher.call("res.partner", "search", [[("name", "ilike", name)]], limit=1)[
            0
        ]
        for name in ("Huarui Electronics", "永利")
    ]
    answers = dispatcher.call(
        "stock.picking",
        "vas_place_orders",
        [
            [
                {
                    "shipper": str(shippers[number % 2]),
                    "reference": f"{mark}-{number}",
                    "origin": "SH",
                    "destination": "HZ",
                    "goods": "Displays",
                    "pieces": 10,
                    **load,
                }
                for number, load in enumerate(loads)
            ]
        ],
    )
    orders = [answer["id"] for answer in answers]
    assert all(orders), answers
    return orders


def small_plan(admin, dispatcher, mark, loads):
    """A truck and a profile of their own: nobody else plans these meanwhile."""
    [truck] = admin.call(
        "fleet.vehicle",
        "search_read",
        [[("license_plate", "=", "沪B·52077")]],
        fields=["model_id", "category_id", "company_id", "vas_start_outlet_id"],
    )
    links = {name: value[0] for name, value in truck.items() if name != "id"}
    vehicle = admin.call(
        "fleet.vehicle",
        "create",
        [
            {
                **links,
                "license_plate": mark,
                "vas_fixed_cost": 600,
                "vas_cost_per_km": 5.5,
            }
        ],
        context={"allowed_company_ids": [links["company_id"]]},
    )
    [standard] = admin.call("vas.planning.profile", "search", [[]], order="id", limit=1)
    [profile] = admin.call(
        "vas.planning.profile", "copy", [[standard], {"name": mark, "sequence": 99}]
    )
    orders = place(dispatcher, loads, mark)
    plan = dispatcher.call(
        "vas.codelivery.plan",
        "create",
        [
            {
                "picking_ids": [[6, 0, orders]],
                "vehicle_ids": [[6, 0, [vehicle]]],
                "profile_id": profile,
            }
        ],
    )
    return plan, orders, profile


def test_two_dispatchers_on_one_board(journey):
    """What one changes is told to the other, who does not overwrite it unseen."""
    admin = journey("admin")
    one, other = journey("dispatcher"), journey("outlet", lang="en_US")
    mark = f"B{datetime.datetime.now():%H%M%S}"
    plan, placed, _profile = small_plan(admin, one, mark, [{"kg": 400, "m3": 2}] * 4)
    one.call("vas.codelivery.plan", "action_plan", [[plan]])
    for client in (one, other):
        client.open_action("vas_logistics.vas_codelivery_plan_action", plan)
        client.click_button("action_open_board")
        unfold_trips(client.page)
    lane = other.page.locator(".o_vas_lane:has(.o_vas_order + .o_vas_order)").first
    trip = lane.get_attribute("data-trip")
    orders = [
        int(card.get_attribute("data-id"))
        for card in lane.locator(".o_vas_order").all()
    ]
    move_off(one, orders[0])
    banner = other.page.locator(f"[data-trip='{trip}'] .o_vas_changed")
    expect(banner).to_contain_text(re.compile(r"Changed by Liu Yang .*at \d\d:\d\d"))
    other.screenshot("job-combine-5-changed-by")
    move_off(other, orders[1])
    told = other.page.locator(".o_notification").last
    expect(told).to_contain_text(
        re.compile(r"was changed by Liu Yang .*The board shows")
    )
    other.screenshot("job-combine-6-refused")
    expect(banner).to_have_count(0)
    shown = other.page.locator(
        f"[data-target='off'] .o_vas_order[data-id='{orders[0]}']"
    )
    expect(shown).to_have_count(1)
    move_off(other, orders[1])
    expect(other.page.locator(".o_notification").last).to_contain_text("off all trips")
    one.call("vas.codelivery.plan", "action_cancel", [[plan]])
    one.call("stock.picking", "action_cancel", [placed])


def in_demo_company(client):
    """Choose the company of the demo, as with the company menu."""
    [company] = client.call("res.company", "search", [[("name", "like", "Anda VAS")]])
    client.context.add_cookies(
        [{"name": "cids", "value": str(company), "url": client.url}]
    )
    return company


def choose(client, name, label):
    """Choose a value of a selection of the form."""
    field = client.page.locator(f".o_field_widget[name={name}]")
    field.locator("input").click()
    client.page.locator(".o_select_menu_item", has_text=label).first.click()
    client.wait_no_spinner()


def seafood_waits_for_a_vehicle(admin, dispatcher, mark):
    """A class of cargo that is new: no vehicle takes it until a class may."""
    admin.open_menu("VAS Logistics", "Configuration", "Cargo Classes")
    admin.click_button("New")
    admin.set_field("name", f"Live seafood {mark}")
    admin.set_field("code", mark)
    admin.save()
    plan, orders, profile = small_plan(
        admin, dispatcher, mark, ({"kg": 4000, "m3": 2}, {"kg": 400, "m3": 10})
    )
    [cargo] = admin.call("vas.cargo.class", "search", [[("code", "=", mark)]])
    admin.call("stock.picking", "write", [orders[1], {"vas_cargo_class_id": cargo}])
    admin.open_action("vas_logistics.vas_codelivery_plan_action", plan)
    admin.click_button("action_plan")
    admin.see("1 / 2")
    admin.see(f"Live seafood {mark}")
    admin.screenshot("job-rules-1-class-missing")
    admin.open_action("vas_logistics.vas_cargo_class_action", cargo)
    admin.set_field("vehicle_category_ids", "13 m 厢式")
    admin.save()
    admin.open_action("vas_logistics.vas_codelivery_plan_action", plan)
    admin.click_button("action_plan")
    admin.see("2 / 2")
    return plan, orders, profile


def costs_are_shared_by_tonnes(admin, plan, profile):
    """Another rule of sharing, seen on the same plan."""
    admin.open_action("vas_logistics.vas_planning_profile_action", profile)
    choose(admin, "share_method", "By tonne-kilometres")
    admin.save()
    admin.open_action("vas_logistics.vas_codelivery_plan_action", plan)
    admin.click_button("action_plan")
    [trip] = admin.call(
        "vas.codelivery.proposal",
        "search_read",
        [[("plan_id", "=", plan), ("state", "=", "proposed")]],
        fields=["cost"],
    )
    shares = admin.call(
        "vas.codelivery.share",
        "search_read",
        [[("proposal_id", "=", trip["id"])]],
        fields=["amount"],
    )
    # Both go the same way: 4,000 kg beside 400 kg.
    assert sorted(share["amount"] for share in shares) == [
        round(trip["cost"] / 11, 2),
        round(trip["cost"] * 10 / 11, 2),
    ]


def outlets_handle_cities(admin, dispatcher, mark):
    """Orders from city to city go to the outlets: their plan loads a new one."""
    [level] = admin.call("vas.routing.level", "search", [[("code", "=", "city_city")]])
    admin.open_action("vas_logistics.vas_routing_level_action", level)
    choose(admin, "handler", "Outlet")
    admin.save()
    [order] = place(dispatcher, [{"kg": 100, "m3": 1}], f"{mark}-L")
    [placed] = dispatcher.call("stock.picking", "read", [[order], ["name"]])
    dispatcher.open_menu("VAS Logistics", "Planning", "Co-delivery Plans")
    dispatcher.click_button("New")
    choose(dispatcher, "handler_filter", "Orders of the outlets")
    dispatcher.click_button("action_load_orders")
    dispatcher.see(placed["name"])
    dispatcher.screenshot("job-rules-2-level")
    dispatcher.click_button("action_cancel")
    dispatcher.call("stock.picking", "action_cancel", [[order]])
    return [level]


def freight_costs_77(admin, company):
    """Another price: the invoice of a finished trip follows it."""
    admin.open_action("vas_logistics.vas_freight_agreement_action")
    admin.page.locator(".o_data_row").first.click()
    admin.page.locator(".o_form_view").wait_for()
    row = admin.page.locator(".o_field_widget[name=tariff_ids] .o_data_row").first
    for name, value in (("price", "0.001"), ("minimum", "77")):
        row.locator(f"td[name={name}]").click()
        row.locator(f"td[name={name}] input").fill(value)
    admin.save()
    admin.screenshot("job-rules-3-price")
    [ledger, *_others] = admin.call(
        "vas.trip.ledger",
        "search_read",
        [[("state", "=", "open"), ("company_id", "=", company)]],
        fields=["batch_id"],
        order="id desc",
    )
    admin.open_action("vas_logistics.vas_trip_ledger_action", ledger["id"])
    admin.click_button("action_refresh")
    admin.click_button("action_create_invoices")
    admin.screenshot("job-rules-4-invoice")
    lines = admin.call(
        "account.move.line",
        "search_read",
        [[("vas_ledger_line_id.ledger_id", "=", ledger["id"])]],
        fields=["price_subtotal"],
    )
    # Goods that came back cost half of the way out: so says the same agreement.
    orders, returns = (
        admin.call(model, "search_count", [[("batch_id", "=", ledger["batch_id"][0])]])
        for model in ("stock.picking", "vas.trip.return")
    )
    assert orders
    total = sum(line["price_subtotal"] for line in lines)
    assert round(total, 2) == 77 * orders + 38.5 * returns


def test_administrator_changes_rules_without_code(journey):
    """Classes, sharing, levels and prices in the client: plans and invoices follow."""
    admin, dispatcher = journey("admin"), journey("dispatcher")
    company = in_demo_company(admin)
    mark = f"R{datetime.datetime.now():%H%M%S}"
    plan, orders, profile = seafood_waits_for_a_vehicle(admin, dispatcher, mark)
    costs_are_shared_by_tonnes(admin, plan, profile)
    admin.call("vas.codelivery.plan", "action_cancel", [[plan]])
    dispatcher.call("stock.picking", "action_cancel", [orders])
    # What follows changes rules that other journeys count on: put back afterwards.
    [tariff] = admin.call(
        "vas.freight.tariff", "search_read", [[]], fields=["price", "minimum"], limit=1
    )
    level = outlets_handle_cities(admin, dispatcher, mark)
    admin.call("vas.routing.level", "write", [level, {"handler": "centre"}])
    freight_costs_77(admin, company)
    admin.call("vas.freight.tariff", "write", [[tariff.pop("id")], tariff])


def test_plan_on_a_phone_in_chinese(journey):
    dispatcher = journey("dispatcher", lang="zh_CN", viewport=(390, 844))
    plans = dispatcher.call(
        "vas.codelivery.plan", "search", [[("state", "!=", "draft")]], limit=1
    )
    dispatcher.open_action("vas_logistics.vas_codelivery_plan_action", plans[0])
    dispatcher.page.locator(".o_form_view").wait_for()
    dispatcher.screenshot("job-combine-4-phone-zh")
    width = dispatcher.page.evaluate("document.documentElement.scrollWidth")
    assert width <= 390, "the page scrolls sideways on a phone"
