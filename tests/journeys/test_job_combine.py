"""Job 3: seven orders become trips that several customers share."""

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


def small_plan(admin, dispatcher):
    """A truck of its own with four orders: nobody else plans these meanwhile."""
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
                "license_plate": "沪B·20002",
                "vas_fixed_cost": 600,
                "vas_cost_per_km": 5.5,
            }
        ],
        context={"allowed_company_ids": [links["company_id"]]},
    )
    shipper = dispatcher.call(
        "res.partner", "search", [[("name", "ilike", "Huarui Electronics")]], limit=1
    )
    answers = dispatcher.call(
        "stock.picking",
        "vas_place_orders",
        [
            [
                {
                    "shipper": str(shipper[0]),
                    "origin": "SH",
                    "destination": "HZ",
                    "goods": "Displays",
                    "pieces": 10,
                    "kg": 400,
                    "m3": 2,
                }
            ]
            * 4
        ],
    )
    orders = [answer["id"] for answer in answers]
    assert all(orders), answers
    plan = dispatcher.call(
        "vas.codelivery.plan",
        "create",
        [{"picking_ids": [[6, 0, orders]], "vehicle_ids": [[6, 0, [vehicle]]]}],
    )
    dispatcher.call("vas.codelivery.plan", "action_plan", [[plan]])
    return plan, orders


def test_two_dispatchers_on_one_board(journey):
    """What one changes is told to the other, who does not overwrite it unseen."""
    admin = journey("admin")
    one, other = journey("dispatcher"), journey("outlet", lang="en_US")
    plan, placed = small_plan(admin, one)
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
