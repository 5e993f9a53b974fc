"""Every account can log in, and the first pages show without any error."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from launcher.logins import LOGINS

VISITS = [(account, "zh_CN") for account in LOGINS] + [(LOGINS[0], "en_US")]


@pytest.mark.parametrize(
    ("account", "lang"), VISITS, ids=lambda value: getattr(value, "login", value)
)
def test_log_in(journey, account, lang):
    client = journey(account.login, lang=lang, by_form=True)
    portal = account.login.endswith(".portal")
    client.page.wait_for_selector(".o_portal" if portal else ".o_main_navbar")
    info = client.rpc("/web/session/get_session_info", {})
    assert info["username"] == account.login
    assert info["user_context"]["lang"] == lang
    client.screenshot(f"smoke-{account.login}-{lang}")


def test_icons_are_drawn(journey):
    """The icon font must really load: a missing one shows empty boxes, not an error."""
    client = journey("admin", by_form=True)
    loaded = client.page.evaluate(
        """async () => {
            await document.fonts.load("16px FontAwesome", "\\uf013");
            return document.fonts.check("16px FontAwesome", "\\uf013");
        }"""
    )
    assert loaded


def test_a_wrong_page_is_noticed(journey):
    """The watch itself works: a missing asset is a problem."""
    client = journey("admin", by_form=True)
    client.page.evaluate("fetch('/web/static/no-such-file.js')")
    client.page.wait_for_timeout(1000)
    assert any("no-such-file" in problem for problem in client.problems)
    client.problems.clear()
