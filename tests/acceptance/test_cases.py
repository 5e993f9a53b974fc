"""Every case of every committed file, and of the shared folder where it is present."""

from pathlib import Path

import pytest
import runner

ROOT = Path(__file__).resolve().parents[2]
COMMITTED = ROOT / "tests/acceptance/cases"
SHARED = ROOT.parent / "shared/cases"


def _files():
    """The committed files, then those of the shared folder whose kind is built."""
    yield from sorted(COMMITTED.glob("*.json"))
    if SHARED.is_dir():
        kinds = runner.supported_kinds()
        for path in sorted(SHARED.glob("*.json")):
            if path.stem in kinds:
                yield path


def _parameters():
    for path in _files():
        try:
            case_file = runner.load_file(path)
        except runner.CaseFileError as error:
            yield pytest.param(None, None, str(error), id=f"{path.name}-malformed")
            continue
        origin = "shared" if path.parent == SHARED else "own"
        for case in case_file.cases:
            yield pytest.param(
                case_file.kind, case, None, id=f"{origin}-{path.stem}-{case['id']}"
            )


@pytest.mark.parametrize(("kind", "case", "error"), _parameters())
def test_case(case_env, kind, case, error):
    assert not error, error
    assert runner.run_case(case_env, runner.load_kind(kind), case) == []
