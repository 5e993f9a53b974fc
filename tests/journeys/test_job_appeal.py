"""Job: a vendor reads its scorecard on a phone, appeals, and wins."""

from playwright.sync_api import expect

PHONE = (360, 740)


def _no_sideways_scroll(client) -> None:
    width = client.page.evaluate("document.documentElement.scrollWidth")
    assert width <= PHONE[0], f"the page is {width} px wide"


def _open_newest(vendor) -> str:
    """Open the newest result of the list that can be appealed; return its address."""
    vendor.page.goto(f"{vendor.url}/my/scorecards")
    vendor.wait_no_spinner()
    _no_sideways_scroll(vendor)
    vendor.screenshot("job-appeal-1-list")
    vendor.page.locator("a.list-group-item:has(.o_vas_deadline)").first.click()
    vendor.wait_no_spinner()
    return vendor.page.url


def test_vendor_appeals_and_wins(journey):
    vendor = journey("vendor.portal", lang="zh_CN", viewport=PHONE)
    address = _open_newest(vendor)
    _no_sideways_scroll(vendor)
    vendor.page.locator("details summary").first.click()
    _no_sideways_scroll(vendor)
    vendor.screenshot("job-appeal-2-sheet")
    before = vendor.page.locator("#result .display-5").inner_text()
    claim = "抽检样本缺少十二日的录音"
    vendor.page.fill("textarea[name=claim]", claim)
    vendor.page.locator("input[name^=claimed_]").first.fill("0.001")
    vendor.page.set_input_files(
        "input[name=evidence]",
        files=[{"name": "录音.csv", "mimeType": "text/csv", "buffer": b"a;b"}],
    )
    vendor.page.locator("form[action$='/appeal'] button[type=submit]").click()
    vendor.wait_no_spinner()
    vendor.see(claim)
    _no_sideways_scroll(vendor)
    vendor.screenshot("job-appeal-3-submitted")

    manager = journey("vendor", lang="en_US")
    manager.open_menu("VAS Scorecards", "Assessments", "Appeals")
    manager.screenshot("job-appeal-4-queue")
    manager.open_record(claim)
    manager.click_button("Take up")
    cell = manager.page.locator(".o_field_widget[name=line_ids] td[name=value]").first
    cell.click()
    box = cell.locator("input")
    box.fill("0.001")
    box.press("Tab")
    manager.open_tab("Decision")
    manager.set_field("decision_reason", "The recordings were found")
    manager.save()
    manager.click_button("Uphold")
    manager.click_button("Ok")
    manager.see("Upheld")
    manager.screenshot("job-appeal-5-upheld")

    vendor.page.goto(address)
    vendor.wait_no_spinner()
    vendor.see("The recordings were found")
    vendor.screenshot("job-appeal-6-replaced")
    vendor.page.locator("div.alert a[href^='/my/scorecards/']").first.click()
    vendor.wait_no_spinner()
    after = vendor.page.locator("#result .display-5")
    expect(after).not_to_have_text(before)
    _no_sideways_scroll(vendor)
    vendor.screenshot("job-appeal-7-revised")


def test_another_vendor_is_politely_not_found(journey):
    vendor = journey("vendor.portal", lang="zh_CN", viewport=PHONE)
    manager = journey("vendor")
    mine = vendor.call("vas.assessment", "search", [[]])
    others = manager.call(
        "vas.assessment", "search", [[("id", "not in", mine)]], limit=1
    )
    assert mine and others
    vendor.page.goto(f"{vendor.url}/my/scorecards/{others[0]}")
    expect(vendor.page.locator("a.btn[href='/my/scorecards']")).to_be_visible()
    _no_sideways_scroll(vendor)
