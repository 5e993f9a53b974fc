"""Job 4: a vendor is scored and settled; the accountant finds a correct draft bill."""

import datetime
import re

from playwright.sync_api import expect

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


HEADINGS = (
    "供应商,日期,有效电话,重复拨打客户数,区域接通量,拨测合格,拨测样本,监听合格,监听样本,"
    "派单和转接,承接通话量,成立投诉"
)


def _import_figures(manager, vendor, day):
    """Import one row of hotline figures with the profile that is first in the list."""
    manager.open_action("vas_kpi.vas_observation_import_action")
    profile = manager.page.locator('.o_field_widget[name="profile_id"] input')
    profile.click()
    manager.wait_no_spinner()
    options = manager.page.locator(".o-autocomplete--dropdown-item")
    options.first.click()
    expect(options).to_have_count(0)  # chosen: the list is closed
    manager.see("有效电话")
    manager.wait_no_spinner()
    row = f"{vendor},{day},120000,150,1000,96,100,95,100,90,10000,2"
    upload = manager.page.locator('.o_field_widget[name="file"] input[type=file]')
    upload.set_input_files(
        {
            "name": "figures.csv",
            "mimeType": "text/csv",
            "buffer": f"{HEADINGS}\n{row}\n".encode(),
        }
    )
    manager.wait_no_spinner()
    manager.click_button("action_import")
    manager.screenshot("job-hotline-1-imported")


def _set_day(manager, day):
    field = manager.page.locator('.o_field_widget[name="day"]').last
    field.locator("button, input").first.click()
    box = field.locator("input").first
    box.fill(day.strftime("%Y/%m/%d"))
    box.press("Enter")
    manager.page.keyboard.press("Tab")
    manager.wait_no_spinner()


def _assess_and_confirm(manager, vendor_id, day):
    scorecard = manager.call(
        "vas.scorecard", "search", [[("code", "=", "hotline_10086")]], limit=1
    )
    manager.open_action("vas_kpi.vas_scorecard_action", scorecard[0])
    manager.page.locator(".o_statusbar_buttons button", has_text="…").first.click()
    manager.wait_no_spinner()
    _set_day(manager, day)
    manager.click_button("action_assess")
    found = manager.call(
        "vas.assessment",
        "search",
        [[("partner_id", "=", vendor_id), ("date_from", "=", str(day.replace(day=1)))]],
    )
    manager.open_action("vas_kpi.vas_assessment_action", found[0])
    manager.screenshot("job-hotline-2-assessed")
    manager.click_button("action_confirm")


def test_hotline_contract_from_the_file_to_the_bill_in_chinese(journey):
    """Figures of a month come in as a file and end in a draft bill and its PDF."""
    manager = journey("vendor", lang="zh_CN")
    agreement = manager.call(
        "vas.settlement.agreement",
        "search_read",
        [[("code", "=", "10086-HY"), ("version", "=", 1)]],
        fields=["id", "partner_id"],
    )[0]
    vendor_id, vendor = agreement["partner_id"]
    # Before the demo company's year: nothing is known about that month yet.
    day = datetime.date.today() - datetime.timedelta(days=500)
    _import_figures(manager, vendor, day)
    _assess_and_confirm(manager, vendor_id, day)

    manager.open_action("vas_kpi.vas_settlement_generate_action")
    _set_day(manager, day)
    manager.click_button("action_preview")
    # 102,000 for the calls, 1.6 % more for 34 points.
    manager.see("103,632")
    manager.screenshot("job-hotline-3-preview")
    manager.click_button("action_run")
    settlement = manager.call(
        "vas.settlement",
        "search",
        [
            [
                ("agreement_id", "=", agreement["id"]),
                ("date_from", "=", str(day.replace(day=1))),
            ]
        ],
    )[0]
    manager.open_action("vas_kpi.vas_settlement_action", settlement)
    manager.see("× 0.85")
    manager.screenshot("job-hotline-4-settlement")
    manager.click_button("action_check")
    manager.click_button("action_create_bill")
    manager.screenshot("job-hotline-5-billed")
    state = manager.call("vas.settlement", "read", [[settlement], ["state"]])
    assert state[0]["state"] == "billed"
    sheet = manager.page.request.get(
        f"{manager.url}/report/pdf/vas_kpi.report_vas_settlement/{settlement}"
    )
    assert sheet.status == 200
    assert sheet.body().startswith(b"%PDF")
