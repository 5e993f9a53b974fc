"""Service reports: the pivot, what is behind a number, the printed table, a limit."""

import re

REPORT = "vas_service.vas_service_report_action_{}"


def test_operation_on_screen_and_on_paper(journey):
    """Devices by type, a click on a number, the tickets behind it, the sheet."""
    manager = journey("service", lang="en_US")
    page = manager.page
    manager.open_action(REPORT.format("operation"))
    headings = page.locator(".o_pivot th").all_inner_texts()
    for measure in ("Devices", "Fault time per device (h)", "Faults per device"):
        assert measure in headings
    manager.screenshot("job-reports-1-pivot")
    page.locator(".o_pivot_cell_value").first.click()
    page.locator(".o_list_view .o_data_row").first.wait_for()
    page.locator(".o_data_row .o_data_cell").first.click()
    page.locator(".o_breadcrumb, .breadcrumb").get_by_text(
        "Behind this number"
    ).wait_for()
    manager.screenshot("job-reports-2-behind")
    manager.open_menu("VAS Service", "Reporting", "Print Service Report")
    with page.expect_download(timeout=120_000) as download:
        manager.click_button("action_print")
    assert download.value.path().read_bytes().startswith(b"%PDF")


def test_a_limit_is_a_record(journey):
    """异常服务: the administrator raises the limits, the list follows."""
    admin = journey("admin", lang="zh_CN")
    admin.open_action(REPORT.format("abnormal"))
    before = len(admin.rows())
    assert before
    admin.screenshot("job-reports-3-abnormal")
    admin.open_action("vas_service.vas_abnormal_rule_action")
    admin.page.locator(".o_data_row .o_data_cell[name=name]").first.click()
    admin.page.locator(".o_form_view").wait_for()
    old = {
        name: admin.field_value(name)
        for name in ("repeat_count", "fault_over", "repair_over")
    }
    assert re.match(r"\d", old["fault_over"])
    try:
        for name in old:
            admin.set_field(name, "9999")
        admin.save()
        admin.open_action(REPORT.format("abnormal"))
        assert not admin.rows()
    finally:
        admin.open_action("vas_service.vas_abnormal_rule_action")
        admin.page.locator(".o_data_row .o_data_cell[name=name]").first.click()
        admin.page.locator(".o_form_view").wait_for()
        for name, value in old.items():
            admin.set_field(name, value)
        admin.save()
    admin.open_action(REPORT.format("abnormal"))
    assert len(admin.rows()) == before
