"""Run other programs: logged, with progress, and never left behind."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from .errors import LauncherError

# Children that run now, so that an interrupted command can end those of other threads.
_LIVE: set[subprocess.Popen[Any]] = set()
TAIL_LINES = 25
GRACE_SECONDS = 15
# Variables that would redirect Odoo or libpq away from what the launcher passes.
FOREIGN_PREFIXES = ("PG", "ODOO_", "OPENERP_", "PYTHON", "PYTEST_", "VIRTUAL_ENV")


def clean_environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the environment for children: ours without what would redirect them."""
    env = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith(FOREIGN_PREFIXES)
    }
    env["PYTHONUNBUFFERED"] = "1"
    env.setdefault("LANG", "C.UTF-8")
    env.update(extra or {})
    return env


def tail(path: Path, lines: int = TAIL_LINES) -> str:
    """Return the last *lines* lines of a log file, indented."""
    try:
        with path.open("rb") as handle:
            handle.seek(max(0, path.stat().st_size - 200_000))
            text = handle.read().decode("utf-8", "replace")
    except OSError:
        return ""
    return "\n".join(f"    {line}" for line in text.splitlines()[-lines:])


def kill_group(process: subprocess.Popen[Any]) -> None:
    """End a child that leads its own process group, politely at first."""
    for signal_number, patience in (
        (signal.SIGTERM, GRACE_SECONDS),
        (signal.SIGKILL, 5),
    ):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal_number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(patience)
            if signal_number == signal.SIGTERM:
                continue  # the leader is gone; its children get the second signal
            return


@contextlib.contextmanager
def started(
    command: Sequence[str | Path], **options: Any
) -> Iterator[subprocess.Popen[Any]]:
    """Start *command* in a process group of its own; end it when the block ends."""
    process = subprocess.Popen(
        [str(part) for part in command], start_new_session=True, **options
    )
    _LIVE.add(process)
    try:
        yield process
    finally:
        if process.poll() is None:
            kill_group(process)
        _LIVE.discard(process)


def end_all() -> None:
    """End every child that still runs, whichever thread started it."""
    for process in list(_LIVE):
        kill_group(process)


class CommandFailed(LauncherError):
    """A program ended with an exit code other than 0."""

    def __init__(self, what: str, code: int, advice: str = "") -> None:
        super().__init__(f"{what} failed (exit code {code})", advice)
        self.code = code


def run_logged(
    command: Sequence[str | Path],
    log: IO[str],
    *,
    what: str,
    on_line: Callable[[str], None] | None = None,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    user: str | None = None,
    advice: str = "",
) -> None:
    """Run *command*, write its output to *log*, hand each line to *on_line*.

    Raises LauncherError, with the end of the output, when it fails.
    """
    log.write(f"$ {' '.join(str(part) for part in command)}\n")
    log.flush()
    options: dict[str, Any] = {"user": user, "extra_groups": []} if user else {}
    with started(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        env=clean_environment(env),
        cwd=cwd,
        **options,
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            log.write(line)
            log.flush()
            if on_line:
                on_line(line)
        code = process.wait()
    if code:
        raise CommandFailed(what, code, advice)


def capture(
    command: Sequence[str | Path],
    *,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    input_text: str | None = None,
    user: str | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run a short command and return its result; never raises for an exit code."""
    options: dict[str, Any] = {"user": user, "extra_groups": []} if user else {}
    if input_text is None:
        options["stdin"] = subprocess.DEVNULL
    return subprocess.run(
        [str(part) for part in command],
        capture_output=True,
        text=True,
        errors="replace",
        env=clean_environment(env),
        cwd=cwd,
        input=input_text,
        check=False,
        **options,
    )


def process_start_time(pid: int) -> str | None:
    """Return when process *pid* started, or None when there is no such process.

    Together with the number it names a process for good: numbers are used again.
    """
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    fields = stat.rpartition(")")[2].split()
    return None if fields[0] in "ZX" else fields[19]


def stop_process(pid: int, start_time: str, patience: float = 30) -> bool:
    """End process *pid* if it is still the one that started at *start_time*."""
    for signal_number, seconds in ((signal.SIGTERM, patience), (signal.SIGKILL, 5.0)):
        if process_start_time(pid) != start_time:
            return signal_number == signal.SIGKILL
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal_number)
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if process_start_time(pid) != start_time:
                return True
            time.sleep(0.1)
    return process_start_time(pid) != start_time


def interruptible() -> None:
    """Let SIGTERM and SIGHUP end the launcher as Ctrl-C does: with its clean-up.

    What the caller chose to ignore (``nohup``) stays ignored.
    """

    def leave(number: int, _frame: object) -> None:
        print(f"\nended by {signal.Signals(number).name}", file=sys.stderr)
        sys.exit(128 + number)

    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, leave)
