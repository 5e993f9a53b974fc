"""Job 1: one click assesses all customers; each page says which grade and why."""


def _first_graded(client, code):
    found = client.call(
        "res.partner",
        "search_read",
        [[("vas_grade_id.code", "=", code)]],
        fields=["name", "vas_grade_points", "vas_shipping_priority", "vas_next_visit"],
        limit=1,
    )
    assert found, f"no customer of grade {code} in the demo company"
    return found[0]


def test_manager_grades_all_customers(journey):
    business = journey("business")
    before = business.call("vas.partner.grade", "search_count", [[]])
    business.open_menu("VAS Service", "Customers", "Assess All Customers")
    business.click_button("Assess")
    business.page.wait_for_selector(".o_data_row")
    assert len(business.rows()) >= 20
    assert not business.page.get_by_role("button", name="Confirm grades").count()
    business.screenshot("job-grade-1-proposals")

    # Grades are approved by a manager (GRD-10).
    manager = journey("service")
    manager.open_menu("VAS Service", "Customers", "Grade Assessments")
    manager.page.wait_for_selector(".o_data_row")
    manager.page.locator("thead .o_list_record_selector input").check()
    manager.click_button("Confirm grades")
    confirm = manager.page.locator(".modal button.btn-primary")
    if confirm.count():
        confirm.first.click()
        manager.wait_no_spinner()
    after = manager.call("vas.partner.grade", "search_count", [[]])
    assert after - before >= 20, "every customer's history got a new grade"

    for code in ("A", "B", "C"):
        customer = _first_graded(manager, code)
        assert customer["vas_shipping_priority"] >= 1
        manager.open_action("vas_service.vas_customer_action", customer["id"])
        card = manager.page.locator(".o_vas_grade_card").first
        card.wait_for()
        text = card.inner_text()
        assert code in text
        assert f"{customer['vas_grade_points']:g}" in text
        manager.screenshot(f"job-grade-2-customer-{code}")


def test_the_card_in_chinese_and_on_a_phone(journey):
    client = journey("business", lang="zh_CN", viewport=(390, 844))
    customer = _first_graded(client, "A")
    client.open_action("vas_service.vas_customer_action", customer["id"])
    client.page.locator(".o_vas_grade_card").first.wait_for()
    client.screenshot("job-grade-3-phone-zh")
    width = client.page.evaluate("document.documentElement.scrollWidth")
    assert width <= 390, "the page scrolls sideways on a phone"


def test_only_the_business_manager_rates_strategic_influence(journey):
    """GRD-06: a salesperson's figure is refused with a sentence."""
    sales = journey("sales")
    metrics = sales.call(
        "vas.metric",
        "search_read",
        [[("kind", "=", "manual")]],
        fields=["entry_group_id"],
    )
    guarded = [metric for metric in metrics if metric["entry_group_id"]]
    assert guarded
    customer = _first_graded(sales, "A")
    answer = sales.page.request.post(
        f"{sales.url}/web/dataset/call_kw/vas.observation/create",
        data={
            "jsonrpc": "2.0",
            "params": {
                "model": "vas.observation",
                "method": "create",
                "args": [
                    [
                        {
                            "metric_id": guarded[0]["id"],
                            "res_id": customer["id"],
                            "date": "2026-01-01",
                            "value": 4,
                        }
                    ]
                ],
                "kwargs": {},
            },
        },
    ).json()
    assert answer["error"]["data"]["name"].endswith("AccessError")
