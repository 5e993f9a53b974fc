"""Job 2: a ticket's promises run, pause and break in words and colour."""

import re

WORDS = ("Running", "At risk", "Paused", "Breached", "Met")


def test_agent_sees_what_is_due_first(journey):
    agent = journey("agent")
    agent.open_menu("VAS Service", "Tickets", "All Tickets")
    clocks = agent.page.locator(".o_vas_sla_clock, .o_vas_sla_chip")
    clocks.first.wait_for()
    shown = " ".join(clocks.all_inner_texts())
    assert any(word in shown for word in WORDS)
    agent.screenshot("job-clock-1-list")


def test_ticket_strip_pauses_and_resolves(journey):
    agent = journey("agent")
    found = agent.call(
        "vas.sla.clock",
        "search_read",
        [[("state", "=", "running"), ("ticket_id", "!=", False)]],
        fields=["ticket_id", "policy_id"],
        limit=1,
    )
    assert found, "the demo company has no running promise"
    ticket = found[0]["ticket_id"][0]
    agent.open_action("vas_service.helpdesk_ticket_action_vas", ticket)
    strip = agent.page.locator(".o_vas_sla_strip")
    strip.first.wait_for()
    assert re.search("Running|At risk", strip.first.inner_text())
    agent.screenshot("job-clock-2-running")

    rules = agent.call(
        "vas.sla.pause.rule",
        "search_read",
        [[("policy_id", "=", found[0]["policy_id"][0])]],
        fields=["stage_id"],
    )
    stage = rules[0]["stage_id"][1]
    agent.page.locator(
        ".o_statusbar_status button, .o_arrow_button_wrapper button"
    ).filter(has_text=stage).first.click()
    agent.wait_no_spinner()
    if agent.page.locator(".modal").count():
        agent.screenshot("job-clock-3-pause-reason")
    agent.page.wait_for_function(
        "() => /Paused/.test(document.querySelector('.o_vas_sla_strip')?.innerText)"
    )
    agent.screenshot("job-clock-3-paused")


def test_breach_is_told_in_words(journey):
    manager = journey("service")
    manager.open_action("vas_service.vas_sla_clock_action_breached")
    manager.see("Breached")
    manager.screenshot("job-clock-4-breached")


def test_report_beside_the_logs_own_verdict(journey):
    """The incident log that ships with the demo: made and missed by priority."""
    manager = journey("service")
    count = manager.call(
        "helpdesk.ticket", "search_count", [[("vas_log_made_sla", "!=", False)]]
    )
    assert count > 800
    manager.open_action("vas_service.vas_sla_clock_action_log")
    manager.page.locator(".o_pivot, .o_data_row").first.wait_for()
    manager.screenshot("job-clock-5-log-comparison")
