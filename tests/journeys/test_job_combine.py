"""Job 3: seven orders become trips that several customers share."""


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
