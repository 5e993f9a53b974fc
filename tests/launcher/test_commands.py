import pytest

from launcher import cli, logins
from launcher.errors import UsageError
from launcher.odoo_command import dependencies, manifest
from launcher.settings import ADDONS
from launcher.testing import STAGES, Result, parse, read_junit, report


@pytest.mark.parametrize("arguments", [[], ["fly"], ["run", "--fast"], ["stop", "now"]])
def test_a_misunderstood_command_line_ends_with_2(arguments, checkout, capsys):
    assert cli.main(arguments, checkout) == 2
    assert "usage: ./vas" in capsys.readouterr().err


def test_help(checkout, capsys):
    assert cli.main(["help"], checkout) == 0
    out = capsys.readouterr().out
    for command in cli.COMMANDS:
        assert f"  {command}" in out


@pytest.mark.parametrize("command", ["shell", "update"])
def test_without_a_set_up_the_next_step_is_named(command, checkout, capsys):
    assert cli.main([command], checkout) == 1
    assert "start with ./vas run" in capsys.readouterr().err


def test_reset_asks(checkout, capsys, monkeypatch):
    monkeypatch.setattr("sys.stdin", open("/dev/null"))
    assert cli.main(["reset"], checkout) == 1
    assert "--yes" in capsys.readouterr().err


def test_cases_refuses_a_malformed_file_before_setting_anything_up(
    tmp_path, capsys, monkeypatch
):
    from pathlib import Path

    root = Path(__file__).resolve().parents[2]
    monkeypatch.setenv("VAS_HOME", str(tmp_path / "home"))
    bad = tmp_path / "bad.json"
    bad.write_text('{"kind": "scale", "cases": [')
    assert cli.main(["cases", str(bad)], root) == 2
    error = capsys.readouterr().err
    assert str(bad) in error
    assert "not valid JSON" in error
    assert not (tmp_path / "home").exists()


def test_only_existing_logins_are_shown():
    text = logins.table({"admin", "vendor"})
    assert "Vendor manager" in text
    assert "Dispatcher" not in text


def test_dependencies_leave_out_our_own(tmp_path):
    for name, depends in (("ours", ["base", "other"]), ("other", ["mail"])):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__manifest__.py").write_text(repr({"depends": depends}))
    assert manifest(tmp_path / "ours")["depends"] == ["base", "other"]
    assert dependencies(tmp_path, ["ours", "other"]) == ["base", "mail"]


def test_addons_of_the_checkout_exist():
    from pathlib import Path

    addons = Path(__file__).resolve().parents[2] / "addons"
    assert set(ADDONS) == {
        path.parent.name for path in addons.glob("*/__manifest__.py")
    }


def test_test_arguments():
    assert parse([]).stages == STAGES
    options = parse(["--only", "lint", "addons", "-k", "grade"])
    assert (options.stages, options.expression) == (("lint", "addons"), "grade")
    for wrong in (["--only"], ["--only", "nothing"], ["-k"], ["fast"]):
        with pytest.raises(UsageError):
            parse(wrong)


JUNIT = """<testsuites><testsuite>
<testcase classname="a" name="good"/>
<testcase classname="a" name="bad"><failure message="x"/></testcase>
<testcase classname="a" name="broken"><error message="x"/></testcase>
<testcase classname="a" name="left"><skipped message="x"/></testcase>
</testsuite></testsuites>"""


def test_a_skipped_test_counts_as_failed(tmp_path):
    path = tmp_path / "r.xml"
    path.write_text(JUNIT)
    result = Result("addons")
    read_junit(path, result)
    assert (result.passed, result.failed, result.skipped) == (1, 2, 1)
    assert result.bad == 3


def test_no_result_file_is_a_problem(tmp_path):
    result = Result("addons")
    read_junit(tmp_path / "none.xml", result)
    assert result.bad == 1


@pytest.mark.parametrize(
    ("results", "code", "totals"),
    [
        ([Result("a", passed=3)], 0, "3 passed, 0 failed"),
        ([Result("a", passed=3, skipped=1)], 1, "3 passed, 1 failed"),
        ([Result("a", passed=3, problems=["log"])], 1, "3 passed, 1 failed"),
        ([], 1, "0 passed, 1 failed"),
    ],
)
def test_the_last_line_is_the_totals(results, code, totals, capsys):
    assert report(results) == code
    assert capsys.readouterr().out.splitlines()[-1] == totals
