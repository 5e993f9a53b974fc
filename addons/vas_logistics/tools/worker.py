"""One search in a process of its own: a problem in on a line, lines of JSON out.

``python -m tools.worker`` in the folder above. The first line of the standard input
is the task; anything after it, or its end (also that of the parent process), means stop
and give the best plan. Lines out: ``progress``, at last ``solution`` or ``failed``.
"""

from __future__ import annotations

import json
import resource
import sys
import threading

from .problem import NoPlanError, Progress
from .wire import problem_from_json, solution_to_json


def main() -> None:
    """Solve one problem and say so."""
    task = json.loads(sys.stdin.readline())
    stop = threading.Event()

    def listen() -> None:
        sys.stdin.readline()
        stop.set()

    threading.Thread(target=listen, daemon=True).start()
    problem = problem_from_json(task["problem"])

    def report(progress: Progress) -> None:
        _say(progress=[progress.seconds, progress.cost, progress.served])

    # After the first line, so that a wrong task is said without a slow import.
    from .pyvrp_solver import PyVrpSolver

    trace = task["trace"]
    solver = PyVrpSolver(task["variant"], tuple(trace) if trace else None)
    try:
        solution = solver.solve(
            problem, task["seconds"], task["seed"], report, stop.is_set
        )
    except NoPlanError as error:
        _say(failed=str(error))
        return
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    _say(solution=solution_to_json(solution), memory_mb=round(peak_mb, 1))


def _say(**message) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
