"""The escalation job dies in the middle and works beside people; nothing doubles."""

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
