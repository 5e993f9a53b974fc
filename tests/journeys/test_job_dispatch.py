"""Job: a work order finds its engineer with reasons and goes T1 to T4 on a phone."""

import re

PHONE = (360, 740)
NUMBER = re.compile(r"FO\d+")


def test_manager_gives_out_the_most_urgent_with_reasons(journey):
    manager = journey("service", lang="en_US")
    manager.open_action("vas_service.fsm_order_action_vas_board")
    column = manager.page.locator(".o_kanban_group").first
    column.wait_for()
    assert "Not given out" in column.inner_text()
    manager.screenshot("job-dispatch-1-board")
    card = column.locator(".o_kanban_record").first
    number = NUMBER.search(card.inner_text()).group()
    card.locator("button[name='action_vas_suggest']").click()
    manager.wait_no_spinner()
    dialog = manager.page.locator(".modal")
    dialog.get_by_text("candidates can do it").wait_for()
    words = dialog.inner_text()
    assert "excluded" in words and "straight line" in words
    manager.screenshot("job-dispatch-2-reasons")
    dialog.locator("button[name='action_give_out']", has_text="Give Out").click()
    dialog.wait_for(state="detached")
    manager.wait_no_spinner()
    (order,) = manager.call(
        "fsm.order",
        "search_read",
        [[("name", "=", number)]],
        fields=["person_id", "vas_station_id", "vas_dispatch_why"],
    )
    assert order["person_id"] and order["vas_station_id"] and order["vas_dispatch_why"]
    manager.open_action("vas_service.fsm_person_action_load")
    bars = manager.page.locator(".o_vas_load_words")
    bars.first.wait_for()
    assert any("overloaded" in text for text in bars.all_inner_texts())
    manager.screenshot("job-dispatch-3-load")


def test_engineer_works_on_the_phone(journey):
    engineer = journey("engineer", lang="zh_CN", viewport=PHONE)
    engineer.open_action("vas_service.fsm_order_action_vas_mine")
    card = engineer.page.locator(".o_kanban_record:not(.o_kanban_ghost)", has_text="T1")
    card.first.wait_for()
    engineer.screenshot("job-dispatch-4-phone-list")
    width = engineer.page.evaluate("document.documentElement.scrollWidth")
    assert width <= PHONE[0], "the page scrolls sideways"
    number = NUMBER.search(card.first.inner_text()).group()
    card.first.get_by_text(number).click()
    engineer.wait_no_spinner()
    step = engineer.page.locator(".o_form_view button[name='action_vas_step']")
    for code in ("T1", "T2", "T3"):
        step.filter(has_text=code).click()
        engineer.wait_no_spinner()
    engineer.screenshot("job-dispatch-5-phone-on-site")
    step.filter(has_text="T4").wait_for()
    engineer.set_field("vas_done", "更换读卡器")
    engineer.set_field("vas_distance_km", "12.5")
    step.filter(has_text="T4").click()
    engineer.wait_no_spinner()
    finish = engineer.page.locator(".o_form_view button[name='action_complete']")
    finish.wait_for()
    engineer.screenshot("job-dispatch-6-phone-repaired")
    (order,) = engineer.call(
        "fsm.order",
        "search_read",
        [[("name", "=", number)]],
        fields=["vas_repaired_at", "vas_done", "vas_distance_km"],
    )
    assert order["vas_repaired_at"] and order["vas_distance_km"] == 12.5  # noqa: PLR2004
    assert order["vas_done"] == "更换读卡器"
