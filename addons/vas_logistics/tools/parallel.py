"""Several searches at once, each in a process of its own; the best plan is kept.

Keeps its time whatever a search does: who does not answer is ended. Where no search
gives a plan, cheapest insertion does.
"""

from __future__ import annotations

import json
import logging
import os
import selectors
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from .insertion import InsertionSolver
from .problem import Problem, Progress, Report, Solution, solution_rank
from .wire import problem_to_json, solution_from_json

_logger = logging.getLogger(__name__)
# After the time is over: building the plan from what was found.
GRACE_S = 20.0
FALLBACK_S = 60.0
POLL_S = 0.2


class ParallelSolver:
    """Runs ``searches`` PyVRP searches with neighbouring seeds.

    After ``solve``, ``memory_mb`` is the largest memory of a search, ``winner`` its
    number, ``failures`` what went wrong.
    """

    def __init__(self, searches: int = 2, trace: tuple[int, ...] | None = None) -> None:
        self.searches = searches
        self.trace = trace
        self.memory_mb = 0.0
        self.winner: int | None = None
        self.failures: list[str] = []

    def solve(
        self,
        problem: Problem,
        seconds: float,
        seed: int = 0,
        report: Report | None = None,
        stopped: Callable[[], bool] | None = None,
    ) -> Solution:
        """Return the best plan of all searches."""
        started = time.monotonic()
        best: tuple[int, float] | None = None

        def tell(progress: list[float]) -> None:
            nonlocal best
            rank = (-int(progress[2]), progress[1])
            if report and (best is None or rank < best):
                best = rank
                report(Progress(time.monotonic() - started, rank[1], -rank[0]))

        processes = [
            self._start(problem, seconds, seed, n) for n in range(self.searches)
        ]
        deadline = started + seconds + GRACE_S
        try:
            found = dict(self._listen(processes, tell, stopped, deadline))
        finally:
            for process in processes:
                self._end(process)
        if not found:
            for failure in self.failures:
                _logger.warning("A planning process failed: %s", failure)
            return InsertionSolver().solve(problem, FALLBACK_S, seed, report)
        self.winner = min(found, key=lambda n: (solution_rank(problem, found[n]), n))
        return found[self.winner]

    def _start(
        self, problem: Problem, seconds: float, seed: int, number: int
    ) -> subprocess.Popen:
        task = {
            "problem": problem_to_json(problem),
            "seconds": seconds,
            # Far apart: a search that starts again takes the next seed.
            "seed": (seed + number * 10_007) % 2**31,
            "variant": number,
            "trace": self.trace,
        }
        process = subprocess.Popen(
            [sys.executable, "-m", "tools.worker"],
            cwd=Path(__file__).resolve().parent.parent,
            env={
                "PATH": os.defpath,
                "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
            },
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        assert process.stdin
        try:
            process.stdin.write(json.dumps(task).encode() + b"\n")
            process.stdin.flush()
        except BrokenPipeError:
            # Listening finds out why.
            _logger.debug("A planning process ended before it was told its task.")
        return process

    def _listen(
        self,
        processes: list[subprocess.Popen],
        tell: Callable[[list[float]], None],
        stopped: Callable[[], bool] | None,
        deadline: float,
    ) -> Iterable[tuple[int, Solution]]:
        """Pass progress on and give each solution as it comes."""
        selector = selectors.DefaultSelector()
        for number, process in enumerate(processes):
            assert process.stdout
            os.set_blocking(process.stdout.fileno(), False)
            selector.register(process.stdout, selectors.EVENT_READ, number)
        text = [b""] * len(processes)
        told_to_stop = False
        while selector.get_map() and time.monotonic() < deadline:
            if stopped and not told_to_stop and stopped():
                told_to_stop = True
                for process in processes:
                    self._tell_to_stop(process)
            for key, _events in selector.select(POLL_S):
                number = key.data
                chunk = os.read(key.fd, 1 << 20)
                if not chunk:
                    selector.unregister(key.fileobj)
                    continue
                *lines, text[number] = (text[number] + chunk).split(b"\n")
                for line in lines:
                    message = json.loads(line)
                    if "progress" in message:
                        tell(message["progress"])
                    elif "solution" in message:
                        self.memory_mb = max(self.memory_mb, message["memory_mb"])
                        yield number, solution_from_json(message["solution"])
                    else:
                        self.failures.append(message["failed"])

    @staticmethod
    def _tell_to_stop(process: subprocess.Popen) -> None:
        assert process.stdin
        try:
            process.stdin.write(b"stop\n")
            process.stdin.flush()
        except BrokenPipeError:
            _logger.debug("A planning process had finished before it was stopped.")

    def _end(self, process: subprocess.Popen) -> None:
        """Leave no process behind, and keep what it complained about."""
        try:
            process.wait(timeout=1)
        except subprocess.TimeoutExpired:
            process.kill()
        _out, errors = process.communicate()
        if process.returncode:
            lines = errors.decode(errors="replace").strip().splitlines()
            self.failures.append(lines[-1] if lines else f"exit {process.returncode}")
