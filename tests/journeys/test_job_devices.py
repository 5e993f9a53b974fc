"""The bank-device platform: bank, agent, service company, supervisor, other bank."""

import re

import pytest

DEVICE = "ATM-0032"
WORDS = {
    "en_US": {"text": "The dispenser is stuck"},
    "zh_CN": {"text": "出钞口卡住，屏幕提示 E12"},
}
PHONE = (360, 740)


def _prepare(admin):
    """An administrator changes limits: warn early, ask the customer at once."""

    def records(model, domain):
        return admin.call(model, "search", [domain])

    steps = records("vas.sla.escalation", [["basis", "=", "before"]])
    admin.call("vas.sla.escalation", "write", [steps, {"amount": 2000}])
    rules = records("vas.satisfaction.rule", [])
    admin.call(
        "vas.satisfaction.rule",
        "write",
        [rules, {"delay_hours": 0, "throttle_days": 0}],
    )
    boss = records("res.users", [["login", "=", "service"]])
    admin.call("res.users", "write", [boss, {"notification_type": "inbox"}])
    found = records("res.users", [["login", "=", "bank2.portal"]])
    if not found:
        company = admin.call("res.users", "read", [boss, ["company_id"]])[0][
            "company_id"
        ][0]
        bank = records("res.partner", [["name", "ilike", "Jiangnan Bank"]])
        admin.call(
            "res.users",
            "create",
            [
                {
                    "name": "Gu Yan 顾燕",
                    "login": "bank2.portal",
                    "password": "bank2.portal",
                    "email": "bank2.portal@example.com",
                    "company_id": company,
                    "company_ids": [[6, 0, [company]]],
                    "group_ids": [
                        [
                            6,
                            0,
                            [
                                admin.call(
                                    "ir.model.data",
                                    "search_read",
                                    [
                                        [
                                            ["module", "=", "base"],
                                            ["name", "=", "group_portal"],
                                        ],
                                        ["res_id"],
                                    ],
                                )[0]["res_id"]
                            ],
                        ]
                    ],
                }
            ],
            context={"no_reset_password": True},
        )
        user = records("res.users", [["login", "=", "bank2.portal"]])
        partner = admin.call("res.users", "read", [user, ["partner_id"]])
        admin.call(
            "res.partner",
            "write",
            [[partner[0]["partner_id"][0]], {"parent_id": bank[0]}],
        )


@pytest.mark.parametrize("lang", ["en_US", "zh_CN"])
def test_fault_of_a_bank_device(journey, lang):
    """Reported on a phone, assigned and repaired in the portal, rated by the bank."""
    words = WORDS[lang]
    admin = journey("admin", lang="en_US")
    _prepare(admin)

    # The bank reports a fault of its branch's device.
    bank = journey("bank.portal", lang=lang, viewport=PHONE)
    bank.page.goto(f"/my/devices?search={DEVICE}&search_in=number")
    bank.screenshot(f"job-devices-1-list-{lang}")
    bank.page.get_by_role("link", name=DEVICE, exact=True).click()
    faults = bank.page.locator("#vas_fault_type")
    faults.wait_for()
    faults.select_option(index=2)
    bank.page.locator("#vas_fault_text").fill(words["text"])
    bank.screenshot(f"job-devices-2-device-{lang}")
    bank.page.locator("form[action$='/report'] button.btn-primary").click()
    bank.page.wait_for_url(re.compile(r"/my/ticket/\d+"))
    ticket = int(re.search(r"/my/ticket/(\d+)", bank.page.url).group(1))
    bank.page.locator(".o_vas_portal_promises").wait_for()
    bank.screenshot(f"job-devices-3-reported-{lang}")

    # The agent sees it when the bank calls.
    agent = journey("agent", lang=lang)
    agent.page.goto("/vas/call/13800138000")
    agent.wait_no_spinner()
    number = agent.call("helpdesk.ticket", "read", [[ticket], ["number"]])[0]["number"]
    agent.page.locator(".o_field_widget[name=open_ticket_ids]").get_by_text(
        number
    ).first.wait_for()
    agent.screenshot(f"job-devices-4-call-{lang}")

    # The service company gives it to an engineer and, later, closes it.
    provider = journey("provider.portal", lang=lang, viewport=PHONE)
    provider.page.goto("/my/service-tasks?filterby=unassigned")
    provider.screenshot(f"job-devices-5-tasks-{lang}")
    provider.page.get_by_role("link", name=number).click()
    provider.page.locator("#vas_contact").select_option(label="Ma Chao 马超")
    provider.page.locator("form[action$='/provider'] button").click()
    provider.page.locator(".o_vas_portal_device").get_by_text("Ma Chao 马超").wait_for()

    # The promise is in danger: the supervisor is told.
    admin.run_cron("vas_service.ir_cron_sla_escalate")
    boss = journey("service", lang=lang)
    boss.page.goto("/odoo/discuss?active_id=mail.box_inbox")
    boss.page.locator(".o-mail-Message").filter(has_text=number).first.wait_for()
    boss.screenshot(f"job-devices-6-supervisor-{lang}")

    provider.page.locator("details summary").first.click()
    provider.page.locator("#vas_resolution").fill("更换吐钞模块 Module replaced")
    provider.page.locator("#vas_reason_id").select_option(index=1)
    provider.screenshot(f"job-devices-7-repair-{lang}")
    provider.page.locator("form[action$='/done'] button").click()
    provider.page.locator(".o_vas_portal_device").get_by_text(
        "Module replaced"
    ).wait_for()

    # The bank reads what was done, and says how it was.
    admin.run_cron("vas_service.ir_cron_satisfaction")
    bank.page.goto(f"/my/ticket/{ticket}")
    bank.page.locator("button[name=rate][value='5']").click()
    bank.page.locator("#satisfaction .fa-check").wait_for()
    bank.screenshot(f"job-devices-8-rated-{lang}")

    # Another bank sees neither the device nor the fault.
    other = journey("bank2.portal", lang=lang)
    other.page.goto(f"/my/devices?search={DEVICE}&search_in=number")
    assert not other.page.get_by_text(DEVICE, exact=True).count()
    other.page.goto("/my/devices")
    other.page.locator("table tbody tr").first.wait_for()
    assert not other.page.get_by_text("浦江银行").count()
    other.page.goto(f"/my/ticket/{ticket}")
    assert number not in other.page.content()
    other.screenshot(f"job-devices-9-other-bank-{lang}")


def test_register_and_distribution(journey):
    """The register by type, the state of the warranty in a word, where devices are."""
    client = journey("service", lang="zh_CN", viewport=(1366, 768))
    client.open_action("vas_service.fsm_equipment_action_vas")
    client.page.locator(".o_search_panel").wait_for()
    client.page.locator(".o_data_row").first.wait_for()
    client.screenshot("job-devices-10-register")
    client.search(DEVICE)
    client.page.locator(".o_data_row [name=name]").first.click()
    client.page.locator(".o_field_widget[name=vas_warranty_words]").wait_for()
    client.screenshot("job-devices-11-device")
    client.open_action("vas_service.fsm_equipment_action_distribution")
    client.page.locator(".o_pivot table").wait_for()
    client.screenshot("job-devices-12-distribution")
