"""Job: a day of 300 orders, from portal, counter, file and interface to invoice."""

import datetime
import re
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import expect
from test_job_transport import enter_at_counter, place_order
from transport_day import TOWNS, import_file, orders, unfold_trips

# 300 orders on a busy machine: answers of the server may take a while.
expect.set_options(timeout=60_000)
ORDERS = 300
PHONE = {"width": 360, "height": 740}


class Day:
    """What the people of the day share."""

    mark = f"D{datetime.datetime.now():%d%H%M%S}"
    plan = profile = kg = 0
    trips: list = []


def prepare(admin):
    """Outlets in towns and counties, a dozen hired vehicles, nine customers."""
    names = [f"demo_customer_{number:02}" for number in (1, 2, 3, 4, 5, 6, 7, 9, 22)]
    found = admin.call(
        "ir.model.data",
        "search_read",
        [[("module", "=", "vas_service"), ("name", "in", names)]],
        fields=["res_id"],
    )
    demo = admin.call(
        "vas.outlet",
        "search_read",
        [[("code", "in", ["SH", "NJ", "HF", "WX", "SZ", "HZ"])]],
        fields=["code", "company_id", "location_id"],
    )
    company = demo[0]["company_id"][0]
    context = {"allowed_company_ids": [company]}
    levels = {
        level["code"]: level["id"]
        for level in admin.call(
            "vas.outlet.level", "search_read", [[]], fields=["code"]
        )
    }
    parents = admin.call(
        "stock.location", "read", [[demo[0]["location_id"][0]], ["location_id"]]
    )
    known = admin.call("vas.outlet", "search_count", [[("code", "=", TOWNS[0][0])]])
    if not known:
        places = admin.call(
            "stock.location",
            "create",
            [
                [
                    {"name": name, "location_id": parents[0]["location_id"][0]}
                    for _code, name, *_rest in TOWNS
                ]
            ],
            context=context,
        )
        admin.call(
            "vas.outlet",
            "create",
            [
                [
                    {
                        "code": code,
                        "name": name,
                        "level_id": levels[level],
                        "company_id": company,
                        "latitude": latitude,
                        "longitude": longitude,
                        "location_id": place,
                    }
                    for place, (code, name, level, latitude, longitude) in zip(
                        places, TOWNS, strict=True
                    )
                ]
            ],
            context=context,
        )
    [truck] = admin.call(
        "fleet.vehicle",
        "search_read",
        [[("license_plate", "=", "沪B·52077")]],
        fields=["model_id", "category_id"],
    )
    carrier = admin.call(
        "res.partner",
        "create",
        [{"name": "长三角运力 Delta Hauliers"}],
        context=context,
    )
    drivers = admin.call(
        "res.partner",
        "create",
        [
            [
                {"name": f"司机{n} Driver {n}", "phone": f"1380000{n:04}"}
                for n in range(20)
            ]
        ],
        context=context,
    )
    vehicles = admin.call(
        "fleet.vehicle",
        "create",
        [
            [
                {
                    "model_id": truck["model_id"][0],
                    "category_id": truck["category_id"][0],
                    "license_plate": f"{Day.mark}-{number}",
                    "company_id": company,
                    "driver_id": driver,
                    "vas_start_outlet_id": demo[number % len(demo)]["id"],
                    "vas_fixed_cost": 600,
                    "vas_cost_per_km": 5.5,
                    "vas_carrier_id": carrier,
                }
                for number, driver in enumerate(drivers)
            ]
        ],
        context=context,
    )
    # A profile of its own: more planning time than the standard one.
    [standard] = admin.call("vas.planning.profile", "search", [[]], order="id", limit=1)
    Day.profile = admin.call(
        "vas.planning.profile",
        "copy",
        [[standard], {"name": Day.mark, "sequence": 99, "solver_seconds": 10}],
    )[0]
    return [str(row["res_id"]) for row in found], vehicles


def import_orders(dispatcher, rows):
    """The dispatcher reads a customer's file in the list of orders."""
    page = dispatcher.page
    dispatcher.open_menu("VAS Logistics", "Orders", "All Orders")
    page.locator(".o_cp_action_menus button, .o_control_panel .fa-cog").first.click()
    page.get_by_text("Import records", exact=True).click()
    dispatcher.wait_no_spinner()
    page.locator(
        ".o_import_action input[type=file], input.o_input_file"
    ).first.set_input_files(
        {"name": "orders.csv", "mimeType": "text/csv", "buffer": import_file(rows)}
    )
    page.locator(".o_import_data_content").wait_for()
    dispatcher.wait_no_spinner()
    dispatcher.screenshot("job-day-1-import")
    page.get_by_role("button", name="Import", exact=True).click()
    page.locator(".o_list_view").wait_for(timeout=60_000)
    dispatcher.wait_no_spinner()
    entered = dispatcher.call(
        "stock.picking",
        "search_count",
        [
            [
                ("vas_customer_ref", "=like", f"{Day.mark}-F%"),
                ("vas_status", "=", "waiting"),
            ]
        ],
    )
    assert entered == len(rows)


def counter(clerk):
    """The clerk enters the order of a customer without computer, in Chinese."""
    enter_at_counter(
        clerk,
        {
            "owner_id": "安",
            "vas_goods": "家具",
            "vas_quantity": "6",
            "vas_declared_kg": "240",
            "vas_declared_m3": "1.8",
            "vas_origin_id": "昆山",
            "vas_destination_id": "上海",
            "vas_customer_ref": f"{Day.mark}-C",
        },
    )


def plan(dispatcher, vehicles, portal_order):
    """Planned in the background, one order moved by hand, everything accepted."""
    page = dispatcher.page
    mine = dispatcher.call(
        "stock.picking",
        "search",
        [
            [
                "|",
                ("vas_customer_ref", "=like", f"{Day.mark}%"),
                ("id", "=", portal_order),
            ]
        ],
    )
    assert len(mine) == ORDERS
    loads = dispatcher.call("stock.picking", "read", [mine, ["vas_kg"]])
    assert round(sum(order["vas_kg"] for order in loads)) == Day.kg
    dispatcher.open_menu("VAS Logistics", "Planning", "Co-delivery Plans")
    dispatcher.click_button("New")
    # Twenty hours ago: every arrival is due by now, so the late list has work.
    now = datetime.datetime.now(ZoneInfo("Asia/Shanghai")).replace(tzinfo=None)
    dispatcher.set_datetime("date_start", now - datetime.timedelta(hours=20))
    dispatcher.set_field("profile_id", Day.mark)
    dispatcher.add_tags("vehicle_ids", Day.mark, count=len(vehicles))
    dispatcher.add_rows("picking_ids", Day.mark, count=ORDERS)
    dispatcher.save()
    dispatcher.screenshot("job-day-3-plan")
    [Day.plan] = dispatcher.call(
        "vas.codelivery.plan", "search", [[("profile_id", "=", Day.profile)]]
    )
    dispatcher.click_button("action_open_board")
    page.locator(".o_vas_board").wait_for()
    dispatcher.click_button("Plan")
    page.locator(".o_vas_progress_box").wait_for()
    dispatcher.screenshot("job-day-4-progress")
    page.locator(".o_vas_lane").first.wait_for(timeout=90_000)
    dispatcher.wait_no_spinner()
    dispatcher.screenshot("job-day-5-board")
    unfold_trips(page)
    [result] = dispatcher.call(
        "vas.codelivery.plan", "read", [[Day.plan], ["served_count", "saving", "cost"]]
    )
    # A busy machine plans fewer in its seconds: the others wait, with their reasons.
    served = result["served_count"]
    assert served > ORDERS // 2
    waiting = page.locator("button", has_text=f"Not served ({ORDERS - served})")
    expect(waiting).to_be_visible()
    assert result["saving"] > 0
    lanes = page.locator(".o_vas_lane:has(.o_vas_order)")
    count = lanes.count()
    assert count > 1
    # The smallest order of the first trip goes onto the second, by menu.
    order = lanes.first.locator(".o_vas_order").first
    number = int(order.get_attribute("data-id"))
    order.locator("button[title^='Move to trip']").click()
    dialog = page.locator(".modal")
    expect(
        dialog.locator(".text-success, .text-warning, .text-danger").first
    ).to_be_visible()
    dispatcher.screenshot("job-day-6-move")
    if dialog.locator(".text-warning").count():
        dialog.locator("textarea, input[type=text]").last.fill(
            "客户同意 agreed by phone"
        )
    if dialog.locator(".text-danger").count():
        dialog.locator(".btn-secondary").click()
    else:
        dialog.locator(".btn-primary").click()
    dispatcher.wait_no_spinner()
    assert page.locator(f".o_vas_order[data-id='{number}']").count() == 1
    dispatcher.click_button("Accept Plan")
    dispatcher.click_button("Accept")
    expect(page.locator(".o_vas_totals")).to_contain_text("Accepted", timeout=60_000)
    dispatcher.screenshot("job-day-6-accepted")
    trips = dispatcher.call(
        "stock.picking.batch",
        "search_read",
        [[("vas_proposal_id.plan_id", "=", Day.plan)]],
        fields=["name", "picking_ids", "vas_driver_url", "vas_trip_status"],
    )
    assert sum(len(trip["picking_ids"]) for trip in trips) == served
    assert {trip["vas_trip_status"] for trip in trips} == {"gate"}
    return trips


def release(gate, trips):
    """One trip at the screen of the gate; the others the same way, by its interface."""
    gate.open_action("vas_logistics.stock_picking_batch_action_gate")
    gate.search(trips[0]["name"])
    gate.page.locator(".o_kanban_record", has_text=trips[0]["name"]).locator(
        "button"
    ).first.click()
    gate.wait_no_spinner()
    gate.set_field("counted", gate.field_value("expected"))
    gate.page.locator(".modal [name=slip_kept] input").check()
    gate.screenshot("job-day-7-gate-zh")
    gate.page.locator(".modal .btn-primary").click()
    gate.wait_no_spinner()
    for trip in trips[1:]:
        # A first try with a wrong count would say how many there should be.
        [release_id] = gate.call(
            "vas.gate.release",
            "create",
            [
                [
                    {
                        "batch_id": trip["id"],
                        "counted": gate_count(gate, trip),
                        "slip_kept": True,
                    }
                ]
            ],
        )
        assert release_id


def gate_count(gate, trip):
    """Pieces that the first stop loads, as the form of the gate shows them."""
    answer = gate.call(
        "vas.gate.release",
        "onchange",
        [[], {"batch_id": trip["id"]}, ["batch_id"], {"batch_id": {}, "expected": {}}],
    )
    return answer["value"]["expected"]


class Phone:
    """Reports of one driver, sent as the page sends them."""

    def __init__(self, client, trip):
        path = re.sub(r"^https?://[^/]+", "", trip["vas_driver_url"])
        self.link = f"{client.url}{path}"
        self.request = client.page.request
        self.number = 0

    def state(self):
        return self.request.get(f"{self.link}/state").json()["state"]

    def report(self, kind, stop="", orders=(), receiver=""):
        self.number += 1
        answer = self.request.post(
            f"{self.link}/report",
            multipart={
                "key": f"journey-{self.number:04}",
                "kind": kind,
                "stop": stop,
                "orders": ",".join(map(str, orders)),
                "receiver": receiver,
                **dict.fromkeys(("date", "reason", "note", "signature"), ""),
            },
        )
        assert answer.ok, answer.text()
        return answer.json()["state"]

    def settle(self, stop, receiver="签收人 Li"):
        """Everything at one stop."""
        self.report("arrived", stop["key"])
        loads = [order["id"] for order in stop["pickups"] if not order["done"]]
        if loads:
            self.report("loaded", stop["key"], loads)
        hands = [order["id"] for order in stop["deliveries"] if not order["done"]]
        if hands:
            self.report("delivered", stop["key"], hands, receiver)


def drive_by_hand(dispatcher, trip, order):
    """The driver of the customer's goods: on the phone until they are handed over."""
    phone = Phone(dispatcher, trip)
    state = phone.report("start")
    for stop in state["stops"]:
        if any(one["id"] == order for one in stop["deliveries"]):
            break
        if not stop["done"]:
            phone.settle(stop)
    context = dispatcher.context.browser.new_context(
        viewport=PHONE, locale="zh-CN", timezone_id="Asia/Shanghai"
    )
    page = context.new_page()
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(phone.link)
    primary = page.locator("button.primary")
    primary.wait_for()
    primary.click()  # arrived
    expect(page.locator("button.primary")).to_be_visible()
    page.wait_for_timeout(500)
    page.screenshot(path=dispatcher.screenshots / "job-day-9-driver-stop-zh.png")
    # One order of another customer is refused, if there is one.
    stop = next(
        stop
        for stop in phone.state()["stops"]
        if any(one["id"] == order for one in stop["deliveries"])
    )
    loads = [one["id"] for one in stop["pickups"] if not one["done"]]
    if loads:
        phone.report("loaded", stop["key"], loads)
        page.reload()
        primary.wait_for()
    if not page.locator("#receiver").count():
        primary.click()
    page.locator("#receiver").fill("李师傅")
    page.locator("input[type=file]").set_input_files(
        {"name": "door.png", "mimeType": "image/png", "buffer": page.screenshot()}
    )
    box = page.locator("canvas").bounding_box()
    page.mouse.move(box["x"] + 20, box["y"] + 60)
    page.mouse.down()
    page.mouse.move(box["x"] + 160, box["y"] + 90, steps=6)
    page.mouse.up()
    page.screenshot(path=dispatcher.screenshots / "job-day-10-driver-proof-zh.png")
    primary.click()
    page.wait_for_timeout(800)
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= PHONE["width"], "the driver's page scrolls sideways"
    assert not errors, errors
    context.close()
    finish(phone)


def finish(phone):
    for stop in phone.state()["stops"]:
        if not stop["done"]:
            phone.settle(stop)


def late_list(dispatcher):
    """Who should have arrived and has not reported."""
    dispatcher.open_menu("VAS Logistics", "Orders", "Waiting for Feedback")
    dispatcher.page.locator(".o_data_row").first.wait_for()
    dispatcher.screenshot("job-day-8-late")


def invoice(accountant, trips):
    """Finished trips become drafts: customers pay what the ledger says, to the cent."""
    page = accountant.page
    ids = [trip["id"] for trip in trips]
    ledgers = []
    for _attempt in range(40):
        ledgers = accountant.call(
            "vas.trip.ledger",
            "search_read",
            [[("batch_id", "in", ids)]],
            fields=["name", "state", "revenue", "planned_cost", "line_ids"],
        )
        if len(ledgers) == len(trips):
            break
        page.wait_for_timeout(1000)
    assert len(ledgers) == len(trips), "a finished trip has its ledger within a minute"
    assert {ledger["state"] for ledger in ledgers} == {"open"}
    lines = accountant.call(
        "vas.trip.ledger.line",
        "search_read",
        [[("ledger_id", "in", [ledger["id"] for ledger in ledgers])]],
        fields=["ledger_id", "agreement_id", "share", "charge", "cost"],
    )
    [agreement] = accountant.call(
        "vas.freight.agreement",
        "search_read",
        [[("id", "in", list({line["agreement_id"][0] for line in lines}))]],
        fields=["markup"],
    )
    for ledger in ledgers:
        shares = [x["share"] for x in lines if x["ledger_id"][0] == ledger["id"]]
        planned = ledger["planned_cost"] * (1 + agreement["markup"])
        # The markup is rounded to the cent for each customer.
        assert abs(sum(shares) - planned) <= 0.005 * len(shares) + 1e-6
    accountant.open_action("vas_logistics.vas_trip_ledger_action_invoice")
    page.locator(".o_data_row").first.wait_for()
    page.locator("thead .o_list_record_selector input").check()
    accountant.screenshot("job-day-11-trips-to-invoice")
    accountant.click_button("action_create_invoices")
    page.locator(".o_data_row").first.wait_for()
    accountant.screenshot("job-day-12-invoices")
    drafts = accountant.call(
        "account.move.line",
        "search_read",
        [[("vas_ledger_line_id.ledger_id", "in", [x["id"] for x in ledgers])]],
        fields=["price_subtotal", "parent_state"],
    )
    assert round(sum(x["price_subtotal"] for x in drafts), 2) == round(
        sum(x["charge"] for x in lines), 2
    )
    accountant.open_action("vas_logistics.vas_trip_ledger_action")
    page.locator(".o_searchview_input").fill("Delta Hauliers")
    page.locator(
        ".o_searchview_autocomplete .dropdown-item", has_text="Carrier"
    ).click()
    expect(page.locator(".o_data_row")).to_have_count(len(ledgers))
    page.locator("thead .o_list_record_selector input").check()
    accountant.click_button("action_create_bills")
    page.locator(".o_form_view").wait_for()
    accountant.screenshot("job-day-13-bill")
    # Back as a person goes: a page left by its address says that the bill has no date.
    page.locator(".o_breadcrumb a, .breadcrumb-item a").first.click()
    page.locator(".o_list_view").wait_for()
    accountant.wait_no_spinner()
    bills = accountant.call(
        "account.move.line",
        "search_read",
        [[("vas_ledger_id", "in", [x["id"] for x in ledgers])]],
        fields=["price_subtotal"],
    )
    assert round(sum(x["price_subtotal"] for x in bills), 2) == round(
        sum(x["planned_cost"] for x in ledgers), 2
    )


def test_day_of_300_orders(journey):
    admin = journey("admin")
    customers, vehicles = prepare(admin)
    names = [
        partner["name"]
        for partner in admin.call(
            "res.partner", "read", [[int(one) for one in customers], ["name"]]
        )
    ]
    customer = journey("customer.portal", lang="zh_CN", viewport=(360, 740))
    mine = place_order(customer, f"P-{Day.mark}")

    dispatcher = journey("dispatcher")
    rows = orders(ORDERS - 14, customers, Day.mark)
    more = orders(12, names, f"{Day.mark}-F", seed=12)
    # One order of the portal, one of the counter.
    Day.kg = 480 + 240 + sum(row["kg"] for row in rows + more)
    answers = dispatcher.call("stock.picking", "vas_place_orders", [rows])
    assert {answer["status"] for answer in answers} == {"created"}
    again = dispatcher.call("stock.picking", "vas_place_orders", [rows[:3]])
    assert {answer["status"] for answer in again} == {"duplicate"}
    import_orders(dispatcher, more)
    counter(journey("outlet", lang="zh_CN"))

    trips = plan(dispatcher, vehicles, mine)
    release(journey("gate", lang="zh_CN"), trips)
    late_list(dispatcher)
    riding = [order for trip in trips for order in trip["picking_ids"]]
    if mine not in riding:
        # The customer follows another of her orders of the day instead.
        [owner] = dispatcher.call("stock.picking", "read", [[mine], ["owner_id"]])
        shipper = ("owner_id", "=", owner["owner_id"][0])
        [mine] = dispatcher.call(
            "stock.picking", "search", [[shipper, ("id", "in", riding)]], limit=1
        )
    own = next(trip for trip in trips if mine in trip["picking_ids"])
    drive_by_hand(dispatcher, own, mine)
    for trip in trips:
        if trip is not own:
            phone = Phone(dispatcher, trip)
            phone.report("start")
            finish(phone)
    done = dispatcher.call(
        "stock.picking.batch",
        "search_count",
        [[("id", "in", [trip["id"] for trip in trips]), ("state", "=", "done")]],
    )
    assert done == len(trips)

    admin.run_cron("vas_logistics.cron_trip_ledgers")
    accountant = journey("accountant")
    invoice(accountant, trips)
    [line] = accountant.call(
        "account.move.line",
        "search_read",
        [
            [
                ("vas_ledger_line_id.picking_ids", "in", [mine]),
                ("parent_state", "=", "draft"),
            ]
        ],
        fields=["move_id"],
    )
    accountant.open_action("account.action_move_out_invoice_type", line["move_id"][0])
    accountant.click_button("action_post")
    accountant.screenshot("job-day-14-posted")

    page = customer.page
    page.goto(f"{customer.url}/my/transport-orders/{mine}")
    expect(page.locator("img[src*='/proof/']").first).to_be_visible()
    expect(page.locator("a[href*='/my/invoices/']").first).to_be_visible()
    customer.screenshot("job-day-15-portal-proof-zh")
    page.goto(f"{customer.url}/my/invoices")
    expect(page.locator("table")).to_contain_text("INV")
    customer.screenshot("job-day-16-portal-invoice-zh")


SCREENS = {
    "dispatcher": [
        "vas_logistics.stock_picking_action_transport_all",
        "vas_logistics.vas_dispatch_board_action",
        "vas_logistics.vas_dashboard_action",
        "vas_logistics.stock_picking_batch_action_trips",
        "vas_logistics.stock_picking_action_transport_coming_back",
        "vas_logistics.vas_trip_return_action",
        "vas_logistics.vas_production_notice_action",
        "vas_logistics.vas_slip_gap_action",
    ],
    "gate": ["vas_logistics.stock_picking_batch_action_gate"],
    "accountant": [
        "vas_logistics.vas_trip_ledger_action_invoice",
        "vas_logistics.vas_trip_return_action",
    ],
}


@pytest.mark.parametrize("login", SCREENS)
def test_screens_of_the_day(journey, login):
    """The day's screens open in both languages without a complaint."""
    client = journey(login, lang="zh_CN")
    for lang in ("zh_CN", "en_US"):
        client.speak(lang)
        for action in SCREENS[login]:
            client.open_action(action)
            client.screenshot(f"job-day-{action.split('.')[1]}-{lang}")
