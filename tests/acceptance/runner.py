"""Run acceptance-case files through the real addons.

``./vas cases FILE…`` starts this script with the Python of the project and a
scratch database. A file is ``{"kind": KIND, "cases": [CASE, …]}``. A kind is a module
``kind_<kind>.py`` beside this one with a single function::

    def run(env, case) -> list[str]

It creates real records, lets the addons compute, and returns the differences in
words; an empty list is a pass. A case that does not follow the format raises
``ValueError`` saying what was expected. Every case runs in a savepoint that is
rolled back, so cases never see each other.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import json
import sys
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
COMPANY_NAME = "Acceptance cases"

RunCase = Callable[[Any, dict], list[str]]


class CaseFileError(Exception):
    """A case file that cannot be used; the message names the file and the reason."""


@dataclass
class CaseFile:
    """A case file that was read and whose outer form is right."""

    path: Path
    kind: str
    cases: list[dict]


@dataclass
class Totals:
    """What became of the cases of one run."""

    passed: int = 0
    failed: int = 0
    malformed: list[str] = field(default_factory=list)

    @property
    def exit_code(self) -> int:
        """2 for a malformed file, 1 for a failed case, else 0."""
        if self.malformed:
            return 2
        return 1 if self.failed else 0


def supported_kinds() -> list[str]:
    """Return the kinds that have a module here, sorted."""
    return sorted(path.stem[len("kind_") :] for path in HERE.glob("kind_*.py"))


def load_kind(kind: str) -> RunCase:
    """Return the function that runs one case of *kind*."""
    if str(HERE) not in sys.path:
        sys.path.insert(0, str(HERE))
    return importlib.import_module(f"kind_{kind}").run


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not a number of JSON")


def load_file(path: Path) -> CaseFile:
    """Read and check the outer form of a case file.

    Raises CaseFileError with one sentence that names the file and what is wrong.
    """
    try:
        content = json.loads(
            path.read_text(encoding="utf-8"), parse_constant=_refuse_constant
        )
    except OSError as error:
        raise CaseFileError(f"{path}: cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise CaseFileError(f"{path}: is not UTF-8 text ({error.reason})") from error
    except (ValueError, RecursionError) as error:
        raise CaseFileError(f"{path}: is not valid JSON ({error})") from error
    if not isinstance(content, dict):
        raise CaseFileError(
            f'{path}: expected an object {{"kind": …, "cases": […]}}, '
            f"found {type(content).__name__}"
        )
    kind, cases = content.get("kind"), content.get("cases")
    known = supported_kinds()
    if not isinstance(kind, str) or kind not in known:
        raise CaseFileError(
            f"{path}: kind {kind!r} is not supported; expected one of "
            + ", ".join(known)
        )
    if not isinstance(cases, list) or not cases:
        raise CaseFileError(f'{path}: "cases" must be a list with at least one case')
    seen: set[str] = set()
    for position, case in enumerate(cases, start=1):
        if not isinstance(case, dict):
            raise CaseFileError(f"{path}: case number {position} is not an object")
        case_id = case.get("id")
        if not isinstance(case_id, str) or not case_id.strip():
            raise CaseFileError(f'{path}: case number {position} has no text in "id"')
        if case_id in seen:
            raise CaseFileError(f"{path}: the id {case_id!r} is used twice")
        seen.add(case_id)
    return CaseFile(path, kind, cases)


def run_case(env: Any, run: RunCase, case: dict) -> list[str]:
    """Run one case in a savepoint and return its differences.

    ValueError (the case does not follow the format) is raised to the caller; any other
    exception is a difference, because the addons failed to give an answer.
    """
    savepoint = env.cr.savepoint(flush=True)
    try:
        differences = run(env, case)
        if not isinstance(differences, list):
            raise TypeError(
                f"a kind returns a list of differences, not {differences!r}"
            )
        return differences
    except ValueError:
        raise
    except Exception as error:  # the other cases must still run
        traceback.print_exc()
        return [f"{type(error).__name__}: {error}"]
    finally:
        env.clear()
        savepoint.close(rollback=True)
        env.invalidate_all(flush=False)


def prepare_company(env: Any) -> Any:
    """Return *env* in a company of its own: yuan, Chinese chart of accounts.

    The cases are in CNY, whatever the database's first company uses.
    """
    currency = env.ref("base.CNY")
    currency.active = True
    company = env["res.company"].search([("name", "=", COMPANY_NAME)], limit=1)
    if not company:
        company = env["res.company"].create(
            {
                "name": COMPANY_NAME,
                "currency_id": currency.id,
                "country_id": env.ref("base.cn").id,
            }
        )
        env.user.company_ids |= company
        if env.ref("base.module_l10n_cn").state == "installed":
            env["account.chart.template"].try_loading(
                "cn", company=company, install_demo=False
            )
    env.flush_all()
    return env(
        context={
            **env.context,
            "allowed_company_ids": company.ids,
            "tz": "Asia/Shanghai",
            "lang": "en_US",
        }
    )


@contextlib.contextmanager
def case_environment(database: str) -> Iterator[Any]:
    """Yield an environment of *database* whose changes are never committed."""
    from odoo import SUPERUSER_ID, api
    from odoo.modules.registry import Registry

    with Registry(database).cursor() as cursor:
        try:
            yield prepare_company(api.Environment(cursor, SUPERUSER_ID, {}))
        finally:
            cursor.rollback()


def run_files(env: Any, files: list[CaseFile], out: Any = None) -> Totals:
    """Run all cases of *files*; print one line per failed case."""
    out = out or sys.stdout
    totals = Totals()
    for case_file in files:
        run = load_kind(case_file.kind)
        for case in case_file.cases:
            try:
                differences = run_case(env, run, case)
            except ValueError as error:
                message = f"{case_file.path}: case {case['id']}: {error}"
                totals.malformed.append(message)
                break
            if differences:
                totals.failed += 1
                text = "; ".join(" ".join(line.split()) for line in differences)
                print(f"FAIL {case_file.path} {case['id']}: {text}", file=out)
            else:
                totals.passed += 1
    return totals


def main(arguments: list[str]) -> int:
    """Command line: ``runner.py --config CONF --database DB FILE…``."""
    parser = argparse.ArgumentParser(prog="vas cases", description=__doc__)
    parser.add_argument("--config", required=True, help="configuration file of Odoo")
    parser.add_argument("--database", required=True, help="scratch database")
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    options = parser.parse_args(arguments)
    try:
        files = [load_file(path) for path in options.files]
    except CaseFileError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2

    from odoo.tools import config

    config.parse_config(
        ["-c", options.config, "-d", options.database, "--no-http"], setup_logging=True
    )
    with case_environment(options.database) as env:
        totals = run_files(env, files)
    for message in totals.malformed:
        print(f"error: {message}", file=sys.stderr)
    print(f"{totals.passed} passed, {totals.failed} failed")
    return totals.exit_code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
