"""Job 4: a vendor is scored and settled; the accountant finds a correct draft bill."""

import re

AGREEMENT = "Inbound hotline service"
SCORECARD = "Hotline vendors"
VENDOR = "通达呼叫外包"


def _number(text: str) -> float:
    return float(re.sub(r"[^\d.\-]", "", text))


def _score_last_month(manager) -> None:
    """Assess all hotline vendors for last month and confirm the results."""
    manager.open_menu("VAS Scorecards", "Assessments", "Scorecards")
    manager.open_record(SCORECARD)
    manager.click_button("Assess …")
    manager.click_button("Assess")
    manager.page.wait_for_selector(".o_data_row")
    manager.screenshot("job-score-0-computed")
    manager.page.locator("thead .o_list_record_selector input").check()
    manager.click_button("Confirm")
    confirm = manager.page.locator(".modal button.btn-primary")
    if confirm.count():
        confirm.first.click()
    manager.wait_no_spinner()


def test_vendor_manager_settles_and_accountant_finds_the_bill(journey):
    manager = journey("vendor")
    _score_last_month(manager)
    manager.open_menu("VAS Scorecards", "Settlements", "Agreements")
    manager.open_record(AGREEMENT)
    manager.click_button("Settle last period")
    manager.see(VENDOR)
    manager.click_button("Compute again")
    quantity = _number(manager.field_value("quantity_text"))
    base = manager.page.locator(".o_data_row", has_text="Base fee")
    assert "× 0.85" in base.inner_text()
    total = _number(manager.field_value("total"))
    amounts = [
        _number(cell)
        for cell in manager.page.locator(
            ".o_data_row td[name=amount]"
        ).all_inner_texts()
    ]
    assert abs(amounts[0] - round(quantity * 0.85, 2)) < 0.005
    assert abs(sum(amounts) - total) < 0.005
    manager.screenshot("job-settle-1-settlement")

    manager.click_button("Accept figures")
    manager.click_button("Create draft bill")
    manager.page.wait_for_timeout(500)
    manager.wait_no_spinner()
    manager.screenshot("job-settle-2-bill")

    accountant = journey("accountant")
    bills = accountant.call(
        "account.move",
        "search_read",
        [[("move_type", "=", "in_invoice"), ("state", "=", "draft")]],
        fields=["id", "amount_untaxed", "partner_id", "ref"],
        order="id",
    )
    mine = [bill for bill in bills if VENDOR in bill["partner_id"][1]]
    assert [round(bill["amount_untaxed"], 2) for bill in mine][-1:] == [total]
    accountant.open_action("account.action_move_in_invoice_type", mine[-1]["id"])
    accountant.see("0.85")
    accountant.screenshot("job-settle-3-accountant")


def test_the_same_period_is_settled_once(journey):
    manager = journey("vendor")
    before = manager.call("vas.settlement", "search_count", [[]])
    for _again in range(2):
        manager.open_menu("VAS Scorecards", "Settlements", "Agreements")
        manager.open_record(AGREEMENT)
        manager.click_button("Settle last period")
    after = manager.call("vas.settlement", "search_count", [[]])
    assert after - before <= 1


def test_vendor_sheet_can_be_recomputed_by_hand(journey):
    """Value, calculation, points and total of a published sheet agree."""
    manager = journey("vendor")
    manager.open_menu("VAS Scorecards", "Assessments", "Ranking")
    manager.screenshot("job-score-1-ranking")
    found = manager.call(
        "vas.assessment",
        "search_read",
        [[("state", "=", "published"), ("partner_id.name", "like", VENDOR)]],
        fields=["score"],
        limit=1,
    )
    manager.open_action("vas_kpi.vas_assessment_action", found[0]["id"])
    shown = manager.page.locator("td[name=contribution]").all_inner_texts()
    assert abs(sum(map(_number, shown)) - found[0]["score"]) < 0.02
    manager.screenshot("job-score-2-sheet")
