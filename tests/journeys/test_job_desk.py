"""A day at the service desk: call, promise, pause, breach list, the bank's answer."""

import re

import pytest

WORDS = {
    "en_US": {
        "wants": "ATM does not dispense",
        "paused": "Paused",
        "going": "Running|At risk|Breached",
        "done": "Met",
    },
    "zh_CN": {
        "wants": "ATM 吐钞故障",
        "paused": "已暂停",
        "going": "运行中|将超时|已超时",
        "done": "已达成|超时完成",
    },
}


def _wait_for(client, pattern):
    client.page.wait_for_function(
        "pattern => new RegExp(pattern).test("
        "document.querySelector('.o_vas_sla_strip')?.innerText)",
        arg=pattern,
    )


@pytest.mark.parametrize("lang", ["en_US", "zh_CN"])
def test_call_to_solution(journey, lang):
    """Screen pop, ticket from the knowledge base, pause with a reason, solved."""
    words = WORDS[lang]
    agent = journey("agent", lang=lang, by_form=True)
    page = agent.page
    page.locator(".o_vas_screen_pop").click()
    page.locator("#o_vas_screen_pop_number").fill("138 0013 8000")
    page.keyboard.press("Enter")
    agent.wait_no_spinner()
    page.locator(".o_field_widget[name=open_ticket_ids] .o_data_row").first.wait_for()
    assert (
        "徐静" in page.locator(".o_field_widget[name=partner_id] input").input_value()
    )
    agent.screenshot(f"job-desk-1-call-{lang}")
    agent.set_field("knowledge_id", words["wants"])
    agent.click_button("action_create_and_assign")
    page.locator(".o_vas_sla_strip").wait_for()
    _wait_for(agent, words["going"])
    agent.screenshot(f"job-desk-2-ticket-{lang}")
    agent.click_button("action_vas_pause")
    page.locator(".modal .o_field_widget[name=reason] input").fill("PJ-0032?")
    page.locator(".modal button[name=action_pause]").click()
    agent.wait_no_spinner()
    _wait_for(agent, words["paused"])
    agent.click_button("action_vas_resume")
    agent.wait_no_spinner()
    _wait_for(agent, f"^(?![^]*{words['paused']})[^]*({words['going']})")
    agent.click_button("action_vas_solve")
    agent.wait_no_spinner()
    _wait_for(agent, words["done"])
    page.locator(".o_notebook a[name=vas_sla_history]").click()
    page.locator(".o_vas_seg").first.wait_for()
    agent.see("PJ-0032?")
    agent.screenshot(f"job-desk-3-timeline-{lang}")


def test_breaches_and_the_banks_answer(journey):
    """The supervisor's tiles open what they count; the bank answers once."""
    boss = journey("service")
    boss.open_action("vas_service.vas_desk_tile_action")
    tile = boss.page.locator(".o_kanban_record").filter(has_text="broken").first
    number = re.search(r"(\d[\d,]*)", tile.locator(".o_vas_tile_number").inner_text())
    boss.screenshot("job-desk-4-dashboard")
    tile.click()
    boss.wait_no_spinner()
    boss.page.locator(".o_data_row").first.wait_for()
    pager = boss.page.locator(".o_pager_counter").first.inner_text()
    assert pager.split("/")[-1].strip() == number.group(1)
    boss.screenshot("job-desk-5-breaches")

    bank = journey("bank.portal", lang="zh_CN", viewport=(360, 740))
    bank.page.goto("/my/tickets")
    bank.page.get_by_text("Passbook printer jam").first.click()
    bank.page.locator(".o_vas_portal_promises").wait_for()
    bank.screenshot("job-desk-6-portal")
    answer = bank.page.locator("button[name=rate][value='5']")
    if answer.count():
        answer.click()
    bank.page.locator("#satisfaction .fa-check").wait_for()
    bank.screenshot("job-desk-7-answered")
    assert not bank.page.locator("button[name=rate]").count(), "one answer"
