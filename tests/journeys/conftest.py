"""Browser journeys: a live server on a copy of the demo database, real Chromium.

``./vas test`` prepares the environment variables below; see README.md for running
journeys against a server of your own.

- VAS_JOURNEY_CONF: configuration file of Odoo (database server, addons, data folder)
- VAS_JOURNEY_DATABASE: database to copy
- VAS_JOURNEY_URL: a running server to use instead of starting one
- VAS_JOURNEY_SCREENSHOTS: folder of the screenshots
"""

from __future__ import annotations

import configparser
import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright
from web_client import WebClient

ROOT = Path(__file__).resolve().parents[2]
START_PATIENCE = 120
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
BROWSER_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
DESKTOP = (1440, 900)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _copy_database(conf: Path, source: str, copy: str) -> None:
    """Copy a database and its attachments (hard links: they never change)."""
    parser = configparser.RawConfigParser()
    parser.read(conf)
    options = parser["options"]
    env = {
        **os.environ,
        "PGHOST": options["db_host"],
        "PGPORT": options["db_port"],
        "PGUSER": options["db_user"],
    }
    subprocess.run(["dropdb", "--if-exists", "--force", copy], check=True, env=env)
    subprocess.run(["createdb", "--template", source, copy], check=True, env=env)
    store = Path(options["data_dir"]) / "filestore"
    if (store / source).exists():
        shutil.rmtree(store / copy, ignore_errors=True)
        shutil.copytree(store / source, store / copy, copy_function=os.link)


@pytest.fixture(scope="session")
def server_url(tmp_path_factory):
    """Address of the server; it is started on a copy and ended after the session."""
    given = os.environ.get("VAS_JOURNEY_URL")
    if given:
        yield given.rstrip("/")
        return
    conf = Path(os.environ["VAS_JOURNEY_CONF"])
    source = os.environ["VAS_JOURNEY_DATABASE"]
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    database = f"{source}_journey_{worker}"
    _copy_database(conf, source, database)
    port, live_port = _free_port(), _free_port()
    url = f"http://127.0.0.1:{port}"
    log_path = conf.parent / f"journey-server-{worker}.log"
    with log_path.open("w") as log:
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "odoo", "server", "--config", str(conf)),
                *("--database", database, "--db-filter", f"^{database}$"),
                *(f"--http-port={port}", f"--gevent-port={live_port}"),
                *("--http-interface=127.0.0.1", "--workers=0", "--log-level=info"),
            ],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            env={k: v for k, v in os.environ.items() if not k.startswith("PG")},
        )
    try:
        _wait_for(url, process, log_path)
        yield url
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()


def _wait_for(url: str, process: subprocess.Popen, log_path: Path) -> None:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    deadline = time.monotonic() + START_PATIENCE
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        with contextlib.suppress(OSError, urllib.error.URLError):
            if opener.open(f"{url}/web/login", timeout=10).status == 200:
                return
        time.sleep(0.3)
    raise RuntimeError(f"no server for the journeys:\n{log_path.read_text()[-4000:]}")


@pytest.fixture(scope="session")
def browser():
    """Chromium of the system, one per session."""
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if not path:
        raise RuntimeError("no Chromium on this machine")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=path, args=list(BROWSER_FLAGS)
        )
        yield chromium
        chromium.close()


@pytest.fixture
def journey(browser, server_url, request):
    """Return ``journey(login, lang="en_US", viewport=(1440, 900))``: a logged-in user.

    No page is open yet: the first verb opens the one it needs. ``by_form=True`` logs in
    through the form and shows the user's first page.

    The test fails when the page reported an error that the test did not expect: see
    ``WebClient.problems``.
    """
    folder = Path(os.environ.get("VAS_JOURNEY_SCREENSHOTS") or ROOT / "screenshots")
    clients = []

    def open_client(login, lang="en_US", viewport=DESKTOP, by_form=False):
        context = browser.new_context(
            base_url=server_url,
            viewport={"width": viewport[0], "height": viewport[1]},
            locale=lang.replace("_", "-"),
            timezone_id="Asia/Shanghai",
        )
        client = WebClient(context, server_url, folder)
        clients.append(client)
        log_in = client.log_in_by_form if by_form else client.log_in
        # In the demo company every password is the login.
        log_in(login, login, lang)
        return client

    yield open_client
    problems = []
    for number, client in enumerate(clients):
        problems += client.problems
        if client.problems or getattr(request.node, "failed_call", False):
            with contextlib.suppress(Exception):
                client.screenshot(f"failed-{request.node.name}-{number}")
        client.close()
    assert not problems, "the page reported:\n" + "\n".join(problems)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """Let the fixture know that the test failed, so that it takes a screenshot."""
    outcome = yield
    if call.when == "call" and outcome.get_result().failed:
        item.failed_call = True
