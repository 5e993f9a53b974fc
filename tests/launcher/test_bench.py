import subprocess
import sys
from pathlib import Path

import pytest

from launcher import bench, cli
from launcher.settings import load

ROOT = Path(__file__).resolve().parents[2]
NAMES = bench.available(load(ROOT, {"HOME": str(ROOT)}))


def test_without_a_name_the_benchmarks_are_listed(capsys):
    assert cli.main(["bench"], ROOT) == 0
    assert capsys.readouterr().out.strip() == "Benchmarks: " + ", ".join(NAMES)


def test_an_unknown_benchmark_ends_with_2_before_anything_is_set_up(capsys):
    assert cli.main(["bench", "nothing", "--quick"], ROOT) == 2
    assert "no benchmark nothing" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "names", "options"),
    [
        ([], [], []),
        (["kpi", "sla"], ["kpi", "sla"], []),
        (["kpi", "--quick"], ["kpi"], ["--quick"]),
        (["kpi", "--size", "quick"], ["kpi"], ["--size", "quick"]),
    ],
)
def test_values_of_options_are_no_names(arguments, names, options):
    assert bench.split_arguments(arguments) == (names, options)


@pytest.mark.parametrize("name", NAMES)
def test_every_benchmark_has_a_quick_run_and_a_description(name):
    folder = ROOT / "benchmarks" / name
    assert "--quick" in (folder / "README.md").read_text(encoding="utf-8")
    # The description of the options is printed before anything of Odoo is needed.
    text = subprocess.run(
        [sys.executable, folder / "run.py", "--help"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    for option in ("--config", "--database", "--quick"):
        assert option in text
