"""Job: a customer's order from the portal to the proof of delivery."""

import datetime
import re

from playwright.sync_api import expect
from transport_day import unfold_trips

# Answers of a busy machine may take a while.
expect.set_options(timeout=30_000)
PHONE = {"width": 360, "height": 740}
# Done when the phone has what it needs to open the page without network.
KEPT = """async () => {
    await navigator.serviceWorker.ready;
    while (!(await caches.match(location.href))) {
        await new Promise((resolve) => setTimeout(resolve, 100));
    }
}"""


def place_order(
    customer, reference, goods="茶叶", route=("SH", "KS"), load=None, receiver=None
):
    """The customer enters goods in the portal.

    :param route: codes of the outlets from where and to where
    :param load: pieces, kilograms, cubic metres
    :param receiver: fields of the consignee and what to write there
    """
    pieces, kg, m3 = load or ("24", "480", "2.4")
    lang = customer.lang[:2]
    page = customer.page
    page.goto(f"{customer.url}/my/transport-orders/new")
    page.fill("#goods", goods)
    page.fill("#pieces", pieces)
    page.fill("#kg", kg)
    page.fill("#m3", m3)
    page.select_option("#origin", route[0])
    page.select_option("#destination", route[1])
    for field, text in (receiver or {}).items():
        page.fill(f"#{field}", text)
    page.fill("#reference", reference)
    customer.screenshot(f"job-transport-1-portal-new-{lang}")
    page.locator("form[action='/my/transport-orders/new'] button[type=submit]").click()
    page.wait_for_url(re.compile(r"/my/transport-orders/\d+"))
    customer.screenshot(f"job-transport-2-portal-order-{lang}")
    return int(re.search(r"/my/transport-orders/(\d+)", page.url)[1])


def enter_at_counter(clerk, values):
    """The outlet clerk enters the order of a customer who came in person."""
    clerk.open_action("vas_logistics.stock_picking_action_transport_counter")
    clerk.page.locator(".o_form_view").wait_for()
    for name, value in values.items():
        clerk.set_field(name, value)
    clerk.screenshot(f"job-transport-3-counter-{clerk.lang[:2]}")
    clerk.click_button("action_vas_counter")
    expect(clerk.page.locator(".o_notification").last).to_be_visible()
    [entered] = clerk.call(
        "stock.picking",
        "search_read",
        [[("vas_customer_ref", "=", values["vas_customer_ref"])]],
        fields=["vas_status", "vas_handler"],
    )
    assert entered["vas_status"] == "waiting"
    return entered


def plan_and_accept(dispatcher, mark):
    """Both orders on the truck of Hefei, in Chinese: 1/2, then 1/2 + 1/3 of it."""
    page = dispatcher.page
    dispatcher.open_menu("增值物流", "计划", "共同配送计划")
    dispatcher.click_button("新建")
    in_five_days = datetime.date.today() + datetime.timedelta(days=5)
    day = datetime.datetime.combine(in_five_days, datetime.time(6))
    dispatcher.set_datetime("date_start", day)
    for plate in ("88210", "66315"):
        dispatcher.set_field("vehicle_ids", plate)
    dispatcher.add_rows("picking_ids", mark, count=2)
    dispatcher.save()
    dispatcher.click_button("action_open_board")
    page.locator(".o_vas_board").wait_for()
    # The menu above has the same word as the button.
    page.locator(".o_vas_board_action .btn-primary", has_text="计划").click()
    unfold_trips(page)
    dispatcher.wait_no_spinner()
    dispatcher.screenshot("job-transport-4-board-zh")
    lane = page.locator(".o_vas_lane", has=page.locator(".o_vas_order"))
    expect(lane).to_have_count(1)
    expect(lane).to_contain_text("皖A·88210")
    # Half of the truck from Hefei to Nanjing, five sixths from there to Shanghai.
    expect(lane).to_contain_text("50 %")
    expect(lane).to_contain_text("83 %")
    dispatcher.click_button("接受计划")
    dispatcher.click_button("接受")
    expect(page.locator(".o_vas_totals")).to_contain_text("已接受")
    [trip] = dispatcher.call(
        "stock.picking.batch",
        "search_read",
        [[("picking_ids.vas_customer_ref", "like", mark)]],
        fields=["name", "picking_ids", "vas_load_rate", "vas_driver_url"],
    )
    assert len(trip["picking_ids"]) == 2
    assert round(trip["vas_load_rate"], 4) == round(1 / 2 + 1 / 3, 4)
    return trip


def drive(dispatcher, link):
    """All stops of the trip on a phone without login, one of them without network."""
    context = dispatcher.context.browser.new_context(
        viewport=PHONE, locale="zh-CN", timezone_id="Asia/Shanghai"
    )
    page = context.new_page()
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(link)
    primary = page.locator("button.primary")
    primary.wait_for()
    page.screenshot(path=dispatcher.screenshots / "job-transport-6-driver-start.png")
    assert primary.count() == 1, "one primary button per state"
    assert primary.bounding_box()["height"] >= 48
    primary.click()
    expect(page.locator("header")).to_contain_text("2")
    offline = True
    for _step in range(20):
        if page.locator(".notice.good").count():
            break
        if page.locator("#receiver").count():
            page.fill("#receiver", "李师傅")
            box = page.locator("canvas").bounding_box()
            page.mouse.move(box["x"] + 20, box["y"] + 60)
            page.mouse.down()
            page.mouse.move(box["x"] + 160, box["y"] + 90, steps=6)
            page.mouse.up()
            path = dispatcher.screenshots / "job-transport-7-driver-proof.png"
            page.screenshot(path=path)
            primary.click()
        elif offline:
            # A report made without network waits on the phone and is sent later.
            page.evaluate(KEPT)
            context.set_offline(True)
            primary.click()
            expect(page.locator(".chip")).to_be_visible()
            path = dispatcher.screenshots / "job-transport-8-driver-offline.png"
            page.screenshot(path=path)
            # Opened again in flight mode, the page still knows it.
            page.reload()
            expect(page.locator(".chip")).to_be_visible()
            context.set_offline(False)
            expect(page.locator(".chip")).to_have_count(0, timeout=30_000)
            offline = False
        else:
            primary.click()
        page.wait_for_timeout(400)
    expect(page.locator(".notice.good")).to_be_visible()
    # Whoever closes the page before its last report is sent closes it too early.
    expect(page.locator(".chip")).to_have_count(0)
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= PHONE["width"], "the driver's page scrolls sideways"
    assert not errors, errors
    context.close()


def invoice(accountant, trip, expected):
    """The accountant, in Chinese: each customer pays the smaller of price and share."""
    page = accountant.page
    accountant.open_action("vas_logistics.vas_trip_ledger_action_invoice")
    accountant.search(trip["name"])
    expect(page.locator(".o_data_row")).to_have_count(1)
    accountant.open_record(trip["name"])
    for amount in expected.values():
        accountant.see(f"{amount:,.2f}")
    accountant.screenshot("job-transport-10-ledger-zh")
    accountant.click_button("action_create_invoices")
    expect(page.locator(".o_data_row")).to_have_count(len(expected))
    accountant.screenshot("job-transport-11-invoices-zh")
    drafts = accountant.call(
        "account.move.line",
        "search_read",
        [[("vas_ledger_line_id.ledger_id.batch_id", "=", trip["id"])]],
        fields=["partner_id", "price_subtotal", "move_id"],
    )
    billed = {line["partner_id"][0]: line["price_subtotal"] for line in drafts}
    assert billed == expected
    return {line["partner_id"][0]: line["move_id"][0] for line in drafts}


def fair_prices(client, trip):
    """What each of the two customers owes: worked out from the lanes, by hand.

    The truck costs 500 and 5 a kilometre. The cost is shared by capacity times direct
    distance, with a markup of a tenth; the contract says 1.8 a tonne-kilometre; the
    lower of the two is paid.
    """
    outlets = {
        row["code"]: row["id"]
        for row in client.call(
            "vas.outlet",
            "search_read",
            [[("code", "in", ["HF", "NJ", "SH"])]],
            fields=["code"],
        )
    }
    lanes = client.call(
        "vas.lane",
        "search_read",
        [[("origin_id", "in", [*outlets.values()])]],
        fields=["origin_id", "destination_id", "distance_km"],
    )
    km = {
        (lane["origin_id"][0], lane["destination_id"][0]): lane["distance_km"]
        for lane in lanes
    }
    hefei, nanjing, shanghai = (outlets[code] for code in ("HF", "NJ", "SH"))
    first, last = km[hefei, nanjing], km[nanjing, shanghai]
    cost = 500 + 5 * (first + last)
    direct = {hefei: km[hefei, shanghai], nanjing: last}
    loads = {hefei: (1 / 2, 6), nanjing: (1 / 3, 4)}
    weights = {place: loads[place][0] * direct[place] for place in loads}
    riding = client.call(
        "stock.picking", "read", [trip["picking_ids"], ["owner_id", "vas_origin_id"]]
    )
    owners = {row["vas_origin_id"][0]: row["owner_id"][0] for row in riding}
    return {
        owners[place]: round(
            min(
                1.1 * round(cost * weights[place] / sum(weights.values()), 2),
                1.8 * loads[place][1] * direct[place],
            )
            + 1e-6,  # half a cent is rounded up
            2,
        )
        for place in loads
    }


def test_half_and_third_of_a_truck_from_portal_to_invoice(journey):
    """The A–B–C example: A fills half of a truck, B on its way a third of it."""
    mark = f"ABC{datetime.datetime.now():%d%H%M%S}"
    customer = journey("customer.portal", viewport=(360, 740))
    load = ("12", "6000", "30")
    receiver = {
        "consignee": "Bund Tyres",
        "consignee_phone": "+86 21 5550 3141",
        "consignee_address": "8 Renmin South Road",
    }
    order = place_order(customer, f"{mark}-A", "Tyres", ("HF", "SH"), load, receiver)
    entered = enter_at_counter(
        journey("outlet"),
        {
            "owner_id": "永利",
            "vas_goods": "Tiles",
            "vas_quantity": "8",
            "vas_declared_kg": "4000",
            "vas_declared_m3": "20",
            "vas_origin_id": "Nanjing",
            "vas_destination_id": "Shanghai",
            "vas_customer_ref": f"{mark}-B",
        },
    )
    assert entered["vas_handler"] == "centre", "city to city is for the call centre"

    dispatcher = journey("dispatcher", lang="zh_CN")
    trip = plan_and_accept(dispatcher, mark)

    gate = journey("gate")
    gate.open_menu("VAS Logistics", "On the Road", "Gate")
    gate.page.locator(".o_kanban_record", has_text=trip["name"]).get_by_role(
        "button", name="Gate Release"
    ).click()
    gate.wait_no_spinner()
    assert float(gate.field_value("expected")) == 12
    gate.set_field("counted", "1")
    gate.page.locator(".modal [name=slip_kept] input").check()
    gate.screenshot("job-transport-5-gate")
    with gate.expect_error("the gate counted 1. Not released"):
        gate.click_button("Release")
    gate.page.locator(".modal", has_text="Not released").get_by_role(
        "button", name="Close"
    ).last.click()
    gate.set_field("counted", "12")
    gate.click_button("Release")

    link = re.sub(r"^https?://[^/]+", dispatcher.url, trip["vas_driver_url"])
    drive(dispatcher, link)

    page = customer.page
    page.goto(f"{customer.url}/my/transport-orders/{order}")
    expect(page.locator("img[src*='/proof/']")).to_be_visible()
    expect(page.get_by_text("李师傅").first).to_be_visible()
    customer.screenshot("job-transport-9-portal-delivered-en")
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= 360, "the page scrolls sideways on a phone"

    journey("admin").run_cron("vas_logistics.cron_trip_ledgers")
    expected = fair_prices(dispatcher, trip)
    accountant = journey("accountant", lang="zh_CN")
    moves = invoice(accountant, trip, expected)
    [owner] = dispatcher.call("stock.picking", "read", [[order], ["owner_id"]])
    owner = owner["owner_id"][0]
    accountant.open_action("account.action_move_out_invoice_type", moves[owner])
    accountant.click_button("action_post")
    [posted] = accountant.call(
        "account.move", "read", [[moves[owner]], ["amount_total"]]
    )
    page.reload()
    page.locator("a[href*='/my/invoices/']").first.click()
    expect(page.locator("body")).to_contain_text(f"{posted['amount_total']:,.2f}")
    customer.wait_no_spinner()  # the sheet inside the page is drawn last
    customer.screenshot("job-transport-12-portal-invoice-en")


def test_board_in_chinese(journey):
    dispatcher = journey("dispatcher", lang="zh_CN")
    dispatcher.open_action("vas_logistics.vas_dispatch_board_action")
    dispatcher.page.locator(".o_vas_board_action").wait_for()
    dispatcher.wait_no_spinner()
    dispatcher.screenshot("job-transport-board-zh")
    dispatcher.page.set_viewport_size(PHONE)
    dispatcher.page.wait_for_timeout(300)
    dispatcher.screenshot("job-transport-board-phone-zh")
    width = dispatcher.page.evaluate("document.documentElement.scrollWidth")
    assert width <= PHONE["width"], "the board scrolls sideways on a phone"
