import io

import pytest

from launcher.errors import LauncherError
from launcher.steps import (
    Progress,
    Stamps,
    Step,
    duration,
    run_steps,
    tree_digest,
    write_atomically,
)


class Recorded(Step):
    """A step that counts its runs."""

    name = "recorded"
    title = "Recorded"

    def __init__(self, settings, fingerprint="1", here=True, error=None):
        super().__init__(settings)
        self.print, self.here, self.error, self.runs = fingerprint, here, error, 0

    def fingerprint(self):
        return self.print

    def present(self):
        return self.here

    def run(self, log, progress):
        self.runs += 1
        log.write("what happened\n")
        if self.error:
            raise self.error


def stamp_of(settings):
    return Stamps(settings.home / "stamps").get("recorded")


def test_a_finished_step_is_not_run_again(settings):
    step = Recorded(settings)
    run_steps(settings, [step])
    run_steps(settings, [step])
    assert step.runs == 1


def test_a_changed_input_runs_the_step_again(settings):
    run_steps(settings, [Recorded(settings, "1")])
    changed = Recorded(settings, "2")
    run_steps(settings, [changed])
    assert changed.runs == 1
    assert stamp_of(settings) == "2"


def test_a_lost_result_runs_the_step_again(settings):
    run_steps(settings, [Recorded(settings)])
    lost = Recorded(settings, here=False)
    run_steps(settings, [lost])
    assert lost.runs == 1


def test_a_failed_step_leaves_no_stamp_and_says_where_the_log_is(settings):
    run_steps(settings, [Recorded(settings)])
    broken = Recorded(settings, "2", error=LauncherError("no luck"))
    with pytest.raises(LauncherError, match="no luck") as caught:
        run_steps(settings, [broken])
    assert stamp_of(settings) is None
    assert "recorded.log" in caught.value.advice
    assert "what happened" in caught.value.advice


def test_an_interrupted_step_leaves_no_stamp(settings):
    run_steps(settings, [Recorded(settings)])
    with pytest.raises(KeyboardInterrupt):
        run_steps(settings, [Recorded(settings, "2", error=KeyboardInterrupt())])
    assert stamp_of(settings) is None


@pytest.mark.parametrize("content", ["", "{", "[]", '{"at": 1}', "null"])
def test_a_damaged_stamp_counts_as_missing(settings, content):
    stamps = Stamps(settings.home / "stamps")
    stamps.set("recorded", "1")
    (settings.home / "stamps/recorded.json").write_text(content)
    assert stamps.get("recorded") is None


def test_before_change_is_called_for_steps_that_run(settings):
    called = []
    step = Recorded(settings)
    run_steps(settings, [step], called.append)
    run_steps(settings, [step], called.append)
    assert called == [step]


def test_write_atomically_leaves_nothing_else(tmp_path):
    write_atomically(tmp_path / "a/b.txt", "one")
    write_atomically(tmp_path / "a/b.txt", "two")
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["b.txt"]
    assert (tmp_path / "a/b.txt").read_text() == "two"


def test_tree_digest_sees_content_and_names_but_not_caches(tmp_path):
    (tmp_path / "a.py").write_text("1")
    first = tree_digest(tmp_path)
    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "__pycache__/a.pyc").write_text("x")
    assert tree_digest(tmp_path) == first
    (tmp_path / "a.py").write_text("2")
    second = tree_digest(tmp_path)
    assert second != first
    (tmp_path / "a.py").rename(tmp_path / "b.py")
    assert tree_digest(tmp_path) != second


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.42, "0.4 s"), (31, "31 s"), (125, "2 min 05 s"), (59.6, "60 s")],
)
def test_duration(seconds, text):
    assert duration(seconds) == text


def test_progress_without_a_terminal_prints_one_line():
    out = io.StringIO()
    progress = Progress("[1/2] Something", out)
    progress.start()
    progress.detail("half way")
    progress.done("ready")
    assert out.getvalue() == "[1/2] Something … ready\n"
