"""Steps of the set-up: done once, recognised when done, redone when inputs changed."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import IO

from . import process
from .errors import LauncherError
from .settings import Settings


def digest(*parts: object) -> str:
    """Return a short fingerprint of *parts*."""
    text = json.dumps([str(part) for part in parts])
    return hashlib.sha256(text.encode()).hexdigest()[:20]


def file_digest(*paths: Path) -> str:
    """Return a fingerprint of the contents of *paths*."""
    total = hashlib.sha256()
    for path in paths:
        total.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return total.hexdigest()[:20]


def tree_digest(folder: Path) -> str:
    """Return a fingerprint of a source folder (names and contents)."""
    total = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if "__pycache__" in path.parts or path.suffix == ".pyc" or not path.is_file():
            continue
        name = str(path.relative_to(folder))
        total.update(name.encode() + b"\0" + path.read_bytes() + b"\0")
    return total.hexdigest()[:20]


def write_atomically(path: Path, text: str) -> None:
    """Write *text* to *path* so that a reader sees the old or the new file, whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f"{path.name}.{os.getpid()}.part")
    with temporary.open("w", encoding="utf-8") as handle:
        handle.write(text)
        handle.flush()
        os.fsync(handle.fileno())
    os.replace(temporary, path)


class Stamps:
    """What was finished, and from which inputs: one small file per name."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def get(self, name: str) -> str | None:
        """Return the fingerprint under which *name* was finished, or None."""
        try:
            data = json.loads((self.folder / f"{name}.json").read_text())
            return str(data["fingerprint"])
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def set(self, name: str, fingerprint: str) -> None:
        """Record that *name* is finished."""
        data = {"fingerprint": fingerprint, "at": time.strftime("%Y-%m-%d %H:%M:%S")}
        write_atomically(self.folder / f"{name}.json", json.dumps(data) + "\n")

    def clear(self, name: str) -> None:
        """Forget *name*: it is about to be redone."""
        with contextlib.suppress(FileNotFoundError):
            (self.folder / f"{name}.json").unlink()


class Progress:
    """Progress of one step on the screen: one line, its details and its time."""

    def __init__(self, title: str, out: IO[str] | None = None) -> None:
        self.title = title
        self.out = out or sys.stdout
        self.live = self.out.isatty()
        self.began = time.monotonic()
        self.width = 0
        self.last_detail = ""

    def _line(self, text: str, end: str) -> None:
        if self.live:
            self.out.write("\r" + text.ljust(self.width) + end)
            self.width = len(text)
        elif end == "\n":
            self.out.write(text + end)
        self.out.flush()

    def start(self) -> None:
        """Show the step; without a terminal there is only the closing line."""
        if self.live:
            self._line(f"{self.title} …", "")

    def detail(self, text: str) -> None:
        """Show what the step is doing now."""
        if text != self.last_detail:
            self.last_detail = text
            self._line(f"{self.title} … {self.elapsed()} · {text}"[:110], "")

    def note(self, text: str) -> None:
        """Show a sentence that stays on the screen."""
        self._line(f"      {text}", "\n")
        self.width = 0

    def elapsed(self) -> str:
        """Return the time since the start, for people."""
        return duration(time.monotonic() - self.began)

    def done(self, result: str = "") -> None:
        """Close the line."""
        self._line(f"{self.title} … {result or self.elapsed()}", "\n")


def duration(seconds: float) -> str:
    """Return a time for people: ``0.4 s``, ``31 s``, ``2 min 05 s``."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02d} s"


class Step:
    """A part of the set-up.

    ``fingerprint`` sums up the inputs; ``present`` is a cheap look whether the result
    is still there. A step whose stamp has the same fingerprint and whose result is
    present is not run again.
    """

    name = ""
    title = ""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def fingerprint(self) -> str:
        """Return a text that changes when the step must be redone."""
        raise NotImplementedError

    def present(self) -> bool:
        """Tell whether the result can be seen where it should be."""
        raise NotImplementedError

    def run(self, log: IO[str], progress: Progress) -> None:
        """Do the work; raise LauncherError when it cannot be done."""
        raise NotImplementedError


@contextlib.contextmanager
def setup_lock(settings: Settings) -> Iterator[None]:
    """Hold the set-up of this checkout: two at once would disturb each other."""
    settings.home.mkdir(parents=True, exist_ok=True)
    with (settings.home / "lock").open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("Another ./vas is setting up; waiting for it …", flush=True)
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def run_steps(
    settings: Settings,
    steps: Sequence[Step],
    before_change: Callable[[Step], None] | None = None,
    out: IO[str] | None = None,
) -> None:
    """Bring every step up to date, in order.

    *before_change* is called before a step that is not up to date is run.
    """
    stamps = Stamps(settings.home / "stamps")
    settings.logs.mkdir(parents=True, exist_ok=True)
    for number, step in enumerate(steps, start=1):
        progress = Progress(f"[{number}/{len(steps)}] {step.title}", out)
        fingerprint = step.fingerprint()
        if stamps.get(step.name) == fingerprint and step.present():
            progress.done("ready")
            continue
        if before_change:
            before_change(step)
        stamps.clear(step.name)
        progress.start()
        log_path = settings.logs / f"{step.name}.log"
        with log_path.open("w", encoding="utf-8") as log:
            try:
                step.run(log, progress)
            except LauncherError as error:
                progress.done(f"failed after {progress.elapsed()}")
                log.flush()
                if not error.advice:
                    error.advice = f"the log is {log_path}; its end:\n" + process.tail(
                        log_path
                    )
                raise
        stamps.set(step.name, step.fingerprint())
        progress.done()
