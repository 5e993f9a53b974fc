"""Odoo's web client as a person uses it, watched for errors."""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, Locator, Page, expect

PATIENCE = 30_000  # milliseconds; the machine of the tests may be slow
FIRST_PAGE = 120_000  # the first page of a database may have to build its assets
QUIET_SECONDS = 0.25
# Tells the test of every error dialog and red notification, also of those gone again.
WATCH_SCRIPT = """
(() => {
    const seen = new WeakSet();
    const look = () => {
        const found = document.querySelectorAll(
            ".o_error_dialog, .o_notification:has(.o_notification_bar.bg-danger)"
        );
        for (const element of found) {
            if (!seen.has(element)) {
                seen.add(element);
                window.vasReport(element.innerText);
            }
        }
    };
    const start = () =>
        new MutationObserver(look).observe(document.documentElement, {
            childList: true,
            subtree: true,
        });
    document.documentElement
        ? start()
        : document.addEventListener("DOMContentLoaded", start);
})();
"""
ASSETS = re.compile(
    r"/web/(assets|static|image|content)/|\.(js|css|woff2?|ttf|png|svg)$"
)
# Chromium's own words for a refused login or a missing page; the response is judged.
HTTP_NOISE = "Failed to load resource"


class WebClient:
    """A browser window logged in to the web client.

    ``page`` is Playwright's page for everything that has no verb here. ``problems``
    collects console errors, script errors, error dialogs, red notifications, HTTP
    answers of 500 and above and assets that do not load.
    """

    def __init__(self, context: BrowserContext, url: str, screenshots: Path) -> None:
        self.context = context
        self.url = url
        self.screenshots = screenshots
        self.lang = "en_US"
        self.problems: list[str] = []
        self.expected: list[re.Pattern[str]] = []
        self._pending: set[Any] = set()
        context.set_default_timeout(PATIENCE)
        context.set_default_navigation_timeout(FIRST_PAGE)
        context.expose_binding("vasReport", lambda _source, text: self._report(text))
        context.add_init_script(WATCH_SCRIPT)
        self.page: Page = context.new_page()
        self._watch(self.page)
        context.on("page", self._watch)

    # Watching ---------------------------------------------------------------------

    def _watch(self, page: Page) -> None:
        page.on("console", self._on_console)
        page.on("pageerror", lambda error: self._report(f"script error: {error}"))
        page.on("response", self._on_response)
        page.on("request", lambda request: self._pending.add(request))
        page.on("requestfinished", lambda request: self._pending.discard(request))
        page.on("requestfailed", self._on_failure)

    def _report(self, text: str) -> None:
        text = " ".join(text.split())
        for pattern in self.expected:
            if pattern.search(text):
                return
        self.problems.append(text)

    def _on_console(self, message: Any) -> None:
        if message.type == "error" and HTTP_NOISE not in message.text:
            self._report(f"console: {message.text}")

    def _on_response(self, response: Any) -> None:
        missing = response.status >= 400 and ASSETS.search(response.url)
        if response.status >= 500 or missing:
            self._report(f"HTTP {response.status}: {response.url}")

    def _on_failure(self, request: Any) -> None:
        self._pending.discard(request)
        aborted = "ERR_ABORTED" in (request.failure or "")  # left the page meanwhile
        if request.url.startswith(self.url) and not aborted:
            self._report(f"request failed: {request.url} ({request.failure})")

    @contextlib.contextmanager
    def expect_error(self, pattern: str) -> Iterator[None]:
        """Expect an error dialog or red notification that matches *pattern*."""
        hits: list[str] = []
        compiled = re.compile(pattern)
        kept, self.problems = self.problems, hits
        try:
            yield
            deadline = time.monotonic() + 10
            while not any(map(compiled.search, hits)) and time.monotonic() < deadline:
                self.page.wait_for_timeout(100)
        finally:
            self.problems = kept + [t for t in hits if not compiled.search(t)]
        assert any(map(compiled.search, hits)), f"no error matched {pattern!r}: {hits}"

    # Getting around -----------------------------------------------------------------

    def log_in(self, login: str, password: str, lang: str) -> None:
        """Log in without opening a page: the first verb opens the one it needs."""
        self.lang = lang
        address = f"{self.url}/web/login"
        words = {"Accept-Language": lang.replace("_", "-")}
        form = self.page.request.get(address, headers=words).text()
        found = re.search(r'name="csrf_token" value="([^"]+)"', form)
        assert found, form[:500]
        answer = self.page.request.post(
            address,
            form={"csrf_token": found[1], "login": login, "password": password},
            headers=words,
            max_redirects=0,
        )
        assert answer.status == 303, f"{login} cannot log in"
        self._use_language(lang)

    def log_in_by_form(self, login: str, password: str, lang: str) -> None:
        """Log in as a person does, and switch the user's language if needed."""
        self.lang = lang
        self.page.goto(f"{self.url}/web/login")
        self.page.fill("input[name=login]", login)
        self.page.fill("input[name=password]", password)
        self.page.press("input[name=password]", "Enter")
        self.page.wait_for_url(
            re.compile(r"/(odoo|my|web)(?!/login)"),
        )
        if self._use_language(lang):
            self.page.goto(self.page.url)
        self.wait_no_spinner()

    def speak(self, lang: str) -> None:
        """Go on in another language: the next page is shown in it."""
        self.lang = lang
        self._use_language(lang)

    def _use_language(self, lang: str) -> bool:
        session = self.rpc("/web/session/get_session_info", {})
        if session["user_context"].get("lang") == lang:
            return False
        self._set_language(session["uid"], lang)
        return True

    def _set_language(self, user: int, lang: str) -> None:
        """Write the user's language until the server answers in it.

        A request of the page that runs at the same moment may put the old language back
        into the server's cache, between the write and its commit.
        """
        self.wait_no_spinner()
        for _attempt in range(5):
            self.call("res.users", "write", [[user], {"lang": lang}])
            session = self.rpc("/web/session/get_session_info", {})
            if session["user_context"].get("lang") == lang:
                return
        raise AssertionError(f"the language of user {user} does not become {lang}")

    def rpc(self, path: str, params: dict[str, Any]) -> Any:
        """Call a JSON route with the session of the page."""
        answer = self.page.request.post(
            f"{self.url}{path}", data={"jsonrpc": "2.0", "params": params}
        ).json()
        assert "error" not in answer, answer["error"]
        return answer["result"]

    def call(self, model: str, method: str, args: list, **kwargs: Any) -> Any:
        """Call a method of a model as the logged-in user: to look, not to act."""
        return self.rpc(
            f"/web/dataset/call_kw/{model}/{method}",
            {"model": model, "method": method, "args": args, "kwargs": kwargs},
        )

    def run_cron(self, xml_id: str) -> None:
        """Run a scheduled action now; the server of the journeys runs none alone."""
        module, name = xml_id.split(".")
        found = self.call(
            "ir.model.data",
            "search_read",
            [[["module", "=", module], ["name", "=", name]], ["res_id"]],
        )
        self.call("ir.cron", "method_direct_trigger", [[found[0]["res_id"]]])

    def open_menu(self, app: str, *path: str) -> None:
        """Open an app and then its menus by their labels, as a person does."""
        self.page.goto(f"{self.url}/odoo")
        self.wait_no_spinner()
        apps = self.page.locator(".o_navbar_apps_menu button").first
        apps.click()
        self.page.locator(".o-dropdown--menu .o_app").get_by_text(
            app, exact=True
        ).first.click()
        self.wait_no_spinner()
        for position, label in enumerate(path):
            entry = self._menu_entry(label, top=position == 0)
            entry.click()
            self.page.wait_for_timeout(150)
        self.wait_no_spinner()

    def _menu_entry(self, label: str, top: bool) -> Locator:
        scope = ".o_menu_sections" if top else ".o-dropdown--menu"
        entries = self.page.locator(f"{scope} >> text=/^\\s*{re.escape(label)}\\s*$/")
        return entries.locator("visible=true").first

    def open_action(self, xmlid: str, record_id: int | None = None) -> None:
        """Open a window action by its XML id, or one record in it."""
        tail = f"/{record_id}" if record_id else ""
        self.page.goto(f"{self.url}/odoo/action-{xmlid}{tail}")
        self.page.wait_for_selector(".o_action_manager .o_action, .o_view_controller")
        self.wait_no_spinner()

    def open_record(self, label: str) -> None:
        """Open the list row or kanban card that shows *label*."""
        rows = self.page.locator(".o_data_row, .o_kanban_record:not(.o_kanban_ghost)")
        rows.filter(has_text=label).first.click()
        self.page.wait_for_selector(".o_form_view")
        self.wait_no_spinner()

    def open_tab(self, label: str) -> None:
        """Open a tab of the form."""
        self.page.locator(".o_notebook .nav-link", has_text=label).first.click()
        self.wait_no_spinner()

    def search(self, text: str) -> None:
        """Search in the current list for *text* in the first searched field."""
        box = self.page.locator(".o_searchview_input")
        box.fill(text)
        box.press("Enter")
        self.wait_no_spinner()

    # Doing --------------------------------------------------------------------------

    def click_button(self, name: str) -> None:
        """Click the visible button with this label or technical name; dialogs first."""
        dialogs = self.page.locator(".modal.o_technical_modal, .modal.show")
        scope: Page | Locator = dialogs.last if dialogs.count() else self.page
        by_name = scope.locator(f'button[name="{name}"]').locator("visible=true")
        by_label = scope.get_by_role("button", name=name, exact=True)
        target = by_name if by_name.count() else by_label.locator("visible=true")
        target.first.click()
        self.wait_no_spinner()

    def set_field(self, name: str, value: str) -> None:
        """Type into a field of the form (texts, numbers, dates, choices, many2one)."""
        field = self.page.locator(f'.o_field_widget[name="{name}"]').last
        box = field.locator("input, textarea, select").first
        if box.evaluate("node => node.tagName") == "SELECT":
            box.select_option(label=value)
            return
        box.fill(value)
        if "o_field_many2one" in (field.get_attribute("class") or ""):
            options = self.page.locator(
                ".o-autocomplete--dropdown-item:not(.o_m2o_dropdown_option)"
            )
            options.filter(has_text=value).first.click()
        else:
            box.press("Tab")
        self.wait_no_spinner()

    def set_datetime(self, name: str, value: datetime) -> None:
        """Type a moment as the user's clock and language show it."""
        field = self.page.locator(f'.o_field_widget[name="{name}"]')
        field.locator("button, input").first.click()
        pattern = "%m/%d/%Y %I:%M:%S %p"
        if self.lang == "zh_CN":
            pattern = "%Y/%m/%d %H:%M:%S"
        field.locator("input").first.fill(value.strftime(pattern))
        field.locator("input").first.press("Enter")

    def add_rows(self, name: str, text: str, count: int) -> None:
        """Search for *text* in the dialog of “Add a line”, take all *count* found."""
        field = self.page.locator(f'.o_field_widget[name="{name}"]')
        field.locator(".o_field_x2many_list_row_add :is(a, button)").click()
        dialog = self.page.locator(".modal.o_technical_modal").last
        dialog.locator(".o_list_view").wait_for()
        box = dialog.locator(".o_searchview_input")
        box.fill(text)
        box.press("Enter")
        self._take_all(dialog, count)

    def add_tags(self, name: str, text: str, count: int) -> None:
        """Type *text* into a field of tags, “Search more”, take all *count* found."""
        field = self.page.locator(f'.o_field_widget[name="{name}"]')
        field.locator("input").first.fill(text)
        self.page.locator(".o_m2o_dropdown_option_search_more").click()
        self._take_all(self.page.locator(".modal.o_technical_modal").last, count)

    def _take_all(self, dialog: Locator, count: int) -> None:
        dialog.locator(".o_list_view").wait_for()
        self.wait_no_spinner()
        dialog.locator("thead .o_list_record_selector input").check()
        every = dialog.locator(".o_select_domain")
        if every.count():
            every.first.click()
        expect(dialog.locator(".o_selection_box")).to_contain_text(str(count))
        dialog.locator(".o_select_button").click()
        dialog.wait_for(state="detached")
        self.wait_no_spinner()

    def field_value(self, name: str) -> str:
        """Return what the form shows in a field."""
        field = self.page.locator(f'.o_field_widget[name="{name}"]').first
        field.wait_for()
        box = field.locator("input, textarea, select").first
        if box.count() and box.is_visible():
            if box.evaluate("node => node.tagName") == "SELECT":
                return box.evaluate("node => node.selectedOptions[0]?.label ?? ''")
            return box.input_value()
        return " ".join(field.inner_text().split())

    def save(self) -> None:
        """Save the form if it has changes."""
        button = self.page.locator(".o_form_button_save").locator("visible=true")
        if button.count():
            button.first.click()
        self.wait_no_spinner()

    # Looking ------------------------------------------------------------------------

    def see(self, text: str) -> None:
        """Fail unless *text* is visible."""
        expect(
            self.page.get_by_text(text).locator("visible=true").first
        ).to_be_visible()

    def rows(self) -> list[str]:
        """Return the texts of the rows of the list; pale samples are no rows."""
        rows = self.page.locator(
            "xpath=//tr[contains(@class, 'o_data_row')]"
            "[not(ancestor::*[contains(@class, 'o_view_sample_data')])]"
        )
        return [
            " | ".join(part.strip() for part in row.split("\t") if part.strip())
            for row in rows.all_inner_texts()
        ]

    def wait_no_spinner(self) -> None:
        """Wait until no request runs and nothing covers the page."""
        deadline = time.monotonic() + PATIENCE / 1000
        quiet_since = None
        while time.monotonic() < deadline:
            self.page.wait_for_timeout(50)
            busy = [r for r in self._pending if self._counts(r)]
            if busy or self.page.locator(".o_blockUI").count():
                quiet_since = None
                continue
            quiet_since = quiet_since or time.monotonic()
            if time.monotonic() - quiet_since >= QUIET_SECONDS:
                return
        raise AssertionError(f"still waiting for {[r.url for r in self._pending]}")

    def _counts(self, request: Any) -> bool:
        return "/websocket" not in request.url and request.url.startswith(self.url)

    def screenshot(self, name: str) -> Path:
        """Keep a picture of the page as ``screenshots/<name>.png``."""
        self.screenshots.mkdir(parents=True, exist_ok=True)
        path = self.screenshots / f"{re.sub(r'[^A-Za-z0-9._-]+', '-', name)}.png"
        self.page.screenshot(path=path)
        return path

    def close(self) -> None:
        """Close the window."""
        self.context.close()
