"""The last visit of an agreement: used, over-used, approved; then the invoice."""

AGREEMENT = "Pujiang Bank teller machines"
TICKET = "Worn dispenser belts"


def _book_visit(agent, what: str) -> None:
    """Book one visit on the open ticket."""
    agent.click_button("action_vas_book")
    dialog = agent.page.locator(".modal")
    dialog.locator(".o_field_widget[name=name] input").fill(what)
    dialog.locator(".o_field_widget[name=unit] input").click()
    agent.page.locator(".o_select_menu_item", has_text="Visits").click()
    dialog.locator("footer button.btn-primary").first.click()
    dialog.wait_for(state="detached")
    agent.wait_no_spinner()


def test_last_visit_over_use_and_credit(journey):
    agent = journey("agent")
    agent.open_menu("VAS Service", "Tickets", "All Tickets")
    agent.search(TICKET)
    agent.page.locator(".o_data_row", has_text=TICKET).first.click()
    agent.wait_no_spinner()
    agent.open_tab("Agreement")
    agent.see("1 of 4 Visits left")
    _book_visit(agent, "The last visit")
    agent.see("0 of 4 Visits left")
    _book_visit(agent, "One visit more")
    agent.open_tab("Agreement")
    agent.see("Over-use waits for approval")
    agent.screenshot("job-agreement-1-over-use")

    manager = journey("service")
    manager.open_menu("VAS Service", "Agreements", "Over-use")
    manager.page.locator(".o_data_row", has_text=AGREEMENT).first.click()
    manager.wait_no_spinner()
    manager.click_button("action_approve")
    manager.see("Approved, free of charge")
    manager.screenshot("job-agreement-2-approved")

    accountant = journey("accountant")
    [line] = accountant.call(
        "account.move.line",
        "search_read",
        [[("vas_charge_id.kind", "=", "credit"), ("parent_state", "=", "draft")]],
        fields=["move_id", "price_subtotal", "name"],
    )
    assert line["price_subtotal"] == -1200
    assert "2 of 3" in line["name"] or "3" in line["name"]
    accountant.open_action("account.action_move_out_invoice_type", line["move_id"][0])
    accountant.see("ATM 维护保养")
    accountant.screenshot("job-agreement-3-invoice")
