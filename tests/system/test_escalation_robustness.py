"""The escalation job and the change of many clocks die in the middle and work beside
people; two agents move one ticket. Nothing doubles, nothing is lost."""

import signal

import pytest

CLOCKS = 12


@pytest.fixture(scope="module")
def clocks(server, demo_copy):
    ids = server.probe(demo_copy, "escalations", "prepare", count=CLOCKS)
    return ids.check().answer


def test_a_killed_tick_loses_and_doubles_nothing(server, demo_copy, clocks):
    assert len(clocks) == CLOCKS
    killed = server.probe(demo_copy, "escalations", "tick_and_die", ids=clocks)
    assert killed.returncode == -signal.SIGKILL, killed.log
    left = server.probe(demo_copy, "escalations", "look", ids=clocks).check().answer
    half = CLOCKS // 2
    assert left == {"taken": half, "raised": half, "waiting": half}
    for _again in range(2):
        done = server.probe(demo_copy, "escalations", "tick", ids=clocks)
        assert done.check().answer == {
            "taken": CLOCKS,
            "raised": CLOCKS,
            "waiting": 0,
        }


def test_the_tick_passes_by_what_a_person_works_on(server, demo_copy, clocks):
    run = server.probe(demo_copy, "escalations", "tick_beside_a_person", ids=clocks)
    beside, after = run.check().answer
    assert beside == {
        "taken": CLOCKS - 1,
        "raised": CLOCKS - 1,
        "waiting": 1,
    }
    assert after["taken"] == CLOCKS
    assert after["waiting"] == 0


def test_two_agents_move_one_ticket(server, demo_copy, clocks):
    run = server.probe(demo_copy, "escalations", "two_agents", ids=clocks, rounds=4)
    # The database says in the log that one of them has to try again.
    assert run.returncode == 0, run.log
    assert run.answer == dict.fromkeys(run.answer, True)


def test_a_killed_change_of_many_clocks_is_finished_without_doubling(
    server, demo_copy, clocks
):
    size = CLOCKS // 4
    jobs = server.probe(demo_copy, "escalations", "edit", ids=clocks, size=size)
    assert jobs.check().answer == 3, "the first part at once, three in jobs"
    killed = server.probe(demo_copy, "escalations", "apply_and_die", count=1)
    assert killed.returncode == -signal.SIGKILL, killed.log
    half = CLOCKS // 2
    left = server.probe(demo_copy, "escalations", "look_changed", ids=clocks)
    assert left.check().answer == {"moved": half, "lines": half, "most": 1}
    assert server.probe(demo_copy, "escalations", "apply_rest").check().answer == 2
    done = server.probe(demo_copy, "escalations", "look_changed", ids=clocks)
    assert done.check().answer == {"moved": CLOCKS, "lines": CLOCKS, "most": 1}
