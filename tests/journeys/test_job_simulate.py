"""A rule is tried before it counts; the dashboards open what they count."""

import re

CARD = "Response centre"


def _work_in_the_demo_company(client) -> None:
    """Choose the company that has results, as with the company menu."""
    [company] = client.call("res.company", "search", [[("name", "like", "Anda VAS")]])
    client.page.context.add_cookies(
        [{"name": "cids", "value": str(company), "url": client.url}]
    )


def test_administrator_adds_an_indicator_simulates_and_activates(journey):
    admin = journey("admin")
    _work_in_the_demo_company(admin)
    before = admin.call("vas.assessment", "search_count", [[]])
    admin.open_action("vas_kpi.vas_scorecard_action")
    admin.open_record(CARD)
    admin.click_button("New version")
    admin.page.locator(
        "[name=criterion_ids] .o_field_x2many_list_row_add :is(a, button)"
    ).first.click()
    admin.page.wait_for_selector(".modal .o_form_view")
    admin.set_field("name", "Activation cycle")
    admin.set_field("code", "cycle")
    admin.set_field("section_id", "Completion")
    admin.set_field("metric_id", "Activation cycle")
    admin.set_field("scale_id", "Mark: 0 to 100")
    admin.set_field("max_points", "100")
    admin.click_button("Save & Close")
    admin.save()

    admin.click_button("Simulate …")
    admin.click_button("Simulate")
    admin.see("Simulation, not applied.")
    admin.see("Arrow keys move, Enter lists.")
    admin.screenshot("job-simulate-1-matrix")
    assert admin.call("vas.assessment", "search_count", [[]]) == before
    results = admin.call(
        "vas.simulation.result",
        "search_read",
        [[("simulation_id.scorecard_id.state", "=", "draft")]],
        fields=["reason", "old_source", "delta"],
    )
    assert results
    assert {result["old_source"] for result in results} >= {"stored"}
    assert any(abs(r["delta"]) > 1 and r["reason"] for r in results)

    admin.page.locator(".o_breadcrumb a", has_text=CARD).last.click()
    admin.wait_no_spinner()
    admin.click_button("Put in force")
    admin.wait_no_spinner()
    versions = admin.call(
        "vas.scorecard",
        "search_read",
        [[("code", "=", "response_centre")]],
        fields=["version", "state"],
        order="version desc",
    )
    assert versions[0]["state"] == "active"
    assert versions[1]["state"] == "retired"


def test_overview_and_heat_map_open_what_they_show(journey):
    manager = journey("vendor")
    manager.open_action("vas_kpi.vas_kpi_dashboard_action")
    tile = manager.page.locator(".o_vas_tile", has_text="Which results wait for me?")
    count = int(re.sub(r"\D", "", tile.locator(".o_vas_tile_number").inner_text()))
    manager.screenshot("job-simulate-2-overview")
    tile.click()
    manager.page.wait_for_selector(".o_list_view")
    manager.wait_no_spinner()
    shown = manager.page.locator(".o_pager_limit").inner_text()
    assert int(re.sub(r"\D", "", shown)) == count

    manager.page.goto(f"{manager.url}/odoo/vas-heat-map")
    manager.page.wait_for_selector(".o_vas_heat_cell")
    manager.screenshot("job-simulate-3-heat-map")
    manager.page.locator("[data-cell='0-0']").focus()
    manager.page.keyboard.press("End")
    manager.page.wait_for_timeout(300)
    focused = manager.page.evaluate("document.activeElement.getAttribute('aria-label')")
    score = re.search(r": ([\d.]+)", focused).group(1)
    manager.page.keyboard.press("Enter")
    manager.page.wait_for_selector(".o_form_view")
    manager.wait_no_spinner()
    assert float(manager.field_value("score_text")) == float(score)
