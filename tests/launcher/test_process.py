import os
import subprocess
import sys
import time

import pytest

from launcher import process
from launcher.errors import LauncherError


def test_output_goes_to_the_log_and_line_by_line(tmp_path):
    lines = []
    with (tmp_path / "log").open("w") as log:
        process.run_logged(
            [sys.executable, "-c", "print('one'); print('two')"],
            log,
            what="it",
            on_line=lines.append,
        )
    assert lines == ["one\n", "two\n"]
    assert "one\ntwo\n" in (tmp_path / "log").read_text()


def test_a_failure_has_the_exit_code(tmp_path):
    with (
        (tmp_path / "log").open("w") as log,
        pytest.raises(
            process.CommandFailed, match=r"it failed \(exit code 3\)"
        ) as info,
    ):
        process.run_logged([sys.executable, "-c", "exit(3)"], log, what="it")
    assert info.value.code == 3


def test_variables_that_would_redirect_odoo_are_not_passed_on(monkeypatch):
    for name in ("PGHOST", "ODOO_RC", "PYTHONPATH", "PYTEST_CURRENT_TEST"):
        monkeypatch.setenv(name, "x")
    env = process.clean_environment({"PGPASSWORD": "s"})
    assert "PGHOST" not in env
    assert "ODOO_RC" not in env
    assert "PYTHONPATH" not in env
    assert env["PGPASSWORD"] == "s"


def test_an_interrupted_command_leaves_no_process(tmp_path):
    code = (
        "import subprocess, time\n"
        "child = subprocess.Popen(['sleep', '60'])\n"
        "print(child.pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    seen = []

    def stop(line):
        seen.append(int(line))
        raise KeyboardInterrupt

    with (tmp_path / "log").open("w") as log, pytest.raises(KeyboardInterrupt):
        process.run_logged([sys.executable, "-c", code], log, what="it", on_line=stop)
    deadline = time.monotonic() + 10
    while process.process_start_time(seen[0]) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert process.process_start_time(seen[0]) is None


def test_another_process_with_the_number_is_not_killed():
    with subprocess.Popen(
        [sys.executable, "-c", "import time; time.sleep(60)"]
    ) as other:
        assert process.stop_process(other.pid, "1") is False
        assert other.poll() is None
        mine = process.process_start_time(other.pid)
        assert process.stop_process(other.pid, mine, patience=5)
    assert process.process_start_time(os.getpid())


def test_tail_of_a_missing_log_is_empty(tmp_path):
    assert process.tail(tmp_path / "none") == ""
    (tmp_path / "log").write_text("\n".join(map(str, range(100))))
    assert process.tail(tmp_path / "log", 2) == "    98\n    99"


def test_a_launcher_error_has_advice():
    error = LauncherError("what", "do this")
    assert (str(error), error.advice, error.exit_code) == ("what", "do this", 1)
