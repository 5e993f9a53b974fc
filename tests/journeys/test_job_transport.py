"""Job: a customer's order from the portal to the proof of delivery."""

import datetime
import re

from playwright.sync_api import expect
from transport_day import unfold_trips

PHONE = {"width": 360, "height": 740}


def place_order(customer, reference):
    """The customer enters goods from Shanghai to Kunshan in the portal."""
    page = customer.page
    page.goto(f"{customer.url}/my/transport-orders/new")
    page.fill("#goods", "茶叶")
    page.fill("#pieces", "24")
    page.fill("#kg", "480")
    page.fill("#m3", "2.4")
    page.select_option("#origin", "SH")
    page.select_option("#destination", "KS")
    page.fill("#reference", reference)
    customer.screenshot("job-transport-1-portal-new-zh")
    page.locator("form[action='/my/transport-orders/new'] button[type=submit]").click()
    page.wait_for_url(re.compile(r"/my/transport-orders/\d+"))
    customer.screenshot("job-transport-2-portal-order-zh")
    return int(re.search(r"/my/transport-orders/(\d+)", page.url)[1])


def plan_and_accept(dispatcher, order):
    """A plan of the outlets' orders, changed by menu on the board, then accepted."""
    page = dispatcher.page
    dispatcher.open_menu("VAS Logistics", "Planning", "Co-delivery Plans")
    dispatcher.click_button("New")
    day = datetime.datetime.now() + datetime.timedelta(days=5)
    page.locator(".o_field_widget[name=handler_filter] input").click()
    page.get_by_text("Orders of the outlets", exact=True).last.click()
    start = page.locator(".o_field_widget[name=date_start]")
    start.locator("button, input").first.click()
    start.locator("input").first.fill(day.strftime("%m/%d/%Y 06:00:00"))
    start.locator("input").first.press("Enter")
    dispatcher.save()
    dispatcher.click_button("action_load_orders")
    dispatcher.click_button("action_open_board")
    page.locator(".o_vas_board").wait_for()
    dispatcher.click_button("Plan")
    unfold_trips(page)
    dispatcher.wait_no_spinner()
    dispatcher.screenshot("job-transport-3-board")
    mine = page.locator(f".o_vas_order[data-id='{order}']")
    mine.locator("button[title^='Move to trip']").click()
    dialog = page.locator(".modal")
    expect(dialog.locator(".btn-primary")).to_be_enabled()
    dispatcher.screenshot("job-transport-4-move")
    dialog.locator(".btn-primary").click()
    expect(page.locator(".o_notification").last).to_contain_text("is on")
    dispatcher.wait_no_spinner()
    dispatcher.click_button("Accept Plan")
    dispatcher.click_button("Accept")
    expect(page.locator(".o_vas_totals")).to_contain_text("Accepted")
    [result] = dispatcher.call("stock.picking", "read", [[order], ["batch_id"]])
    return result["batch_id"]


def test_order_from_portal_to_proof(journey):
    customer = journey("customer.portal", lang="zh_CN", viewport=(360, 740))
    order = place_order(customer, f"J-{datetime.datetime.now():%H%M%S}")

    dispatcher = journey("dispatcher")
    trip, name = plan_and_accept(dispatcher, order)

    gate = journey("gate")
    gate.open_menu("VAS Logistics", "On the Road", "Gate")
    gate.page.locator(".o_kanban_record", has_text=name).get_by_role(
        "button", name="Gate Release"
    ).click()
    gate.wait_no_spinner()
    pieces = gate.field_value("expected")
    gate.set_field("counted", "1")
    gate.page.locator(".modal [name=slip_kept] input").check()
    gate.screenshot("job-transport-5-gate")
    with gate.expect_error("the gate counted 1. Not released"):
        gate.click_button("Release")
    gate.page.locator(".modal", has_text="Not released").get_by_role(
        "button", name="Close"
    ).last.click()
    gate.set_field("counted", pieces)
    gate.click_button("Release")

    [batch] = dispatcher.call(
        "stock.picking.batch", "read", [[trip], ["vas_driver_url", "vas_trip_status"]]
    )
    assert batch["vas_trip_status"] == "ready"
    link = re.sub(r"^https?://[^/]+", dispatcher.url, batch["vas_driver_url"])
    drive(dispatcher, link)

    page = customer.page
    page.goto(f"{customer.url}/my/transport-orders/{order}")
    expect(page.locator("img[src*='/proof/']")).to_be_visible()
    expect(page.get_by_text("李师傅").first).to_be_visible()
    customer.screenshot("job-transport-9-portal-delivered-zh")
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= 360, "the page scrolls sideways on a phone"


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
            context.set_offline(True)
            primary.click()
            expect(page.locator(".chip")).to_be_visible()
            path = dispatcher.screenshots / "job-transport-8-driver-offline.png"
            page.screenshot(path=path)
            context.set_offline(False)
            expect(page.locator(".chip")).to_have_count(0, timeout=30_000)
            offline = False
        else:
            primary.click()
        page.wait_for_timeout(400)
    expect(page.locator(".notice.good")).to_be_visible()
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= PHONE["width"], "the driver's page scrolls sideways"
    assert not errors, errors
    context.close()


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
