"""A search in another process, watched, stopped and killed; two dispatchers at once."""

import pytest


@pytest.fixture(scope="module")
def told(server, demo_copy):
    """One long story on committed orders; a refused transaction is logged by Odoo."""
    run = server.probe(demo_copy, "planning", "search_stop_and_kill")
    assert run.returncode == 0, run.log
    # What a process that ended badly said is part of the story.
    return {**run.answer, "log": run.log[-4000:]}


def test_progress_is_seen_while_another_process_searches(told):
    assert told["while searching"] == ["running", "running"]


def test_stop_keeps_the_best_plan_so_far(told):
    stopped = told["stopped"]
    assert told["stopped exit"] == 0, told["log"]
    assert stopped["state"] == "planned"
    assert stopped["runs"][0] == "stopped"
    assert stopped["seconds"] < 100, "it did not wait for its allowed time"
    assert stopped["served"] + stopped["left"] == told["orders"]
    assert stopped["cost"] <= told["best when stopped"] + 0.005


def test_stop_in_the_moment_of_progress_reaches_the_search(told):
    """The database refuses the progress once; it is noted again and Stop is read."""
    assert told["noted"] == [True]


def test_a_killed_search_leaves_the_plan_of_before(told):
    killed = told["killed"]
    assert killed["state"] == "running"
    # The trips of the plan before are still whole.
    assert killed["trips"] == told["stopped"]["trips"]
    assert killed["listed"] == told["stopped"]["listed"]
    assert told["searches"] >= 1
    assert told["searches left"] == 0, "searches end with the process that began them"


def test_the_killed_job_runs_again_and_doubles_nothing(told):
    again = told["again"]
    assert told["again exit"] == told["third exit"] == 0, told["log"]
    assert again["state"] == "planned"
    assert again["listed"] == again["served"]
    assert again["served"] + again["left"] == told["orders"]
    # One run for each press of the button, however often its job ran.
    assert len(again["runs"]) == 2
    assert told["third"] == again


def test_two_dispatchers_move_the_same_order(told):
    """Two trips share no row: the plan's own row keeps the order on one of them."""
    assert "moved" in told["moves"]
    others = [outcome for outcome in told["moves"] if outcome != "moved"]
    assert len(others) == 1, told["moves"]
    assert others[0] == "stale" or others[0].startswith("told: ")
    assert told["rides on"] == 1


def test_two_dispatchers_accept_the_same_orders(told):
    assert told["planned"] == ["planned", "planned"]
    done = [outcome for outcome in told["outcomes"] if outcome == "done"]
    others = [outcome for outcome in told["outcomes"] if outcome != "done"]
    assert len(done) == 1
    for outcome in others:
        assert outcome.startswith("told: ")
        # In words of the trade: who came first is still at it, or has taken them.
        assert "right now" in outcome or "in the meantime" in outcome
    assert told["plans with trips"] == 1
    assert told["in batches"] == told["orders on a trip"]
    assert told["vehicles twice"] == 0
