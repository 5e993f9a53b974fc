"""People who press at once, and work that dies in the middle: nothing is doubled."""

import signal

import pytest

PEOPLE = 3
SUBJECTS = 40


@pytest.fixture(scope="module")
def agreements(server, demo_copy):
    """Two agreements with calls to settle, committed in the scratch database."""
    run = server.probe(demo_copy, "jobs", "prepare_agreements", count=2)
    return run.check().answer


def test_one_bill_whoever_presses_at_once(server, demo_copy, agreements):
    settlement = (
        server.probe(
            demo_copy, "jobs", "prepare_settlement", agreement_id=agreements[0]
        )
        .check()
        .answer
    )
    # A conflict between two people is logged by Odoo and retried: no .check() here.
    run = server.probe(
        demo_copy, "jobs", "bill_at_once", settlement_id=settlement, people=PEOPLE
    )
    assert run.returncode == 0, run.log
    result = run.answer
    assert result["state"] == "billed"
    assert result["bills"] == [result["linked"]]
    assert result["total"] == [850.0]
    assert "done" in result["outcomes"]
    # Whoever came second got the same bill or a sentence to read, never a traceback.
    assert all(
        outcome == "done" or outcome.startswith("told: ")
        for outcome in result["outcomes"]
    )


def test_one_settlement_whoever_prepares_at_once(server, demo_copy, agreements):
    run = server.probe(
        demo_copy,
        "jobs",
        "settle_at_once",
        agreement_id=agreements[1],
        people=PEOPLE,
    )
    assert run.returncode == 0, run.log
    result = run.answer
    assert len(result["settlements"]) == 1
    assert result["lines"] == [850.0]
    assert "done" in result["outcomes"]
    assert all(
        outcome == "done" or outcome.startswith("told: ")
        for outcome in result["outcomes"]
    )


@pytest.fixture(scope="module")
def resumed(server, demo_copy):
    """A run killed within its second half, then run again."""
    run_id = (
        server.probe(demo_copy, "jobs", "prepare_run", count=SUBJECTS).check().answer
    )
    killed = server.probe(demo_copy, "jobs", "run_and_die", run_id=run_id)
    assert killed.returncode == -signal.SIGKILL, killed.log
    return server.probe(demo_copy, "jobs", "run_again", run_id=run_id).check().answer


def test_a_killed_run_leaves_whole_results_only(resumed):
    assert len(resumed["left"]) == SUBJECTS // 2
    assert {(state, lines) for _id, state, _score, lines in resumed["left"]} == {
        ("computed", 1)
    }


def test_running_again_completes_and_doubles_nothing(resumed):
    assert [row[0] for row in resumed["again"]] == resumed["subjects"]
    assert len(resumed["subjects"]) == SUBJECTS
    assert resumed["again"] == resumed["fresh"]
    assert resumed["third"] == resumed["again"]
    assert resumed["state"] == "done"


#: Three deliveries in the headings of the published history.
DELIVERIES = """\
ID,Vendor,Scheduled Delivery Date,Delivered to Client Date
probe-1,Probe Pharma,2-Jun-14,1-Jun-14
probe-2,Probe Pharma,3-Jun-14,9-Jun-14
probe-3,Probe Pharma,4-Jun-14,4-Jun-14
"""


def test_deliveries_imported_at_once_and_again_count_once(server, demo_copy):
    run = server.probe(
        demo_copy,
        "jobs",
        "import_at_once_and_again",
        wizard_model="vas.observation.import",
        profile="vas_kpi.import_profile_scms_deliveries",
        content=DELIVERIES,
        people=PEOPLE,
        counted="vas.observation",
        domain=[["source_key", "like", "probe-"]],
    )
    assert run.returncode == 0, run.log
    result = run.answer
    assert result["before"] == 0
    assert "done" in result["outcomes"]
    assert result["at once"] > 0
    assert result["at once"] % len(DELIVERIES.splitlines()[1:]) == 0
    assert result["again"] == result["at once"]
    assert all(
        outcome == "done" or outcome.startswith("told: ")
        for outcome in result["outcomes"]
    )


def test_nights_of_agreements_killed_in_the_middle(server, demo_copy):
    """What periods grant, what goes over, credits and ends: whole or not at all, and
    once, however often the jobs run."""
    count = 4
    run = server.probe(demo_copy, "agreements", "killed_nights", count=count).check()
    assert run.answer["ended"] == [-signal.SIGKILL] * 3
    states = run.answer["states"]
    for place, killed, done, again in zip(
        range(3), states[::3], states[1::3], states[2::3], strict=True
    ):
        assert again == done, "another run changes nothing"
        assert all(one[0] == ("ended" if place == 2 else "signed") for one in done)
        # What was committed is whole, the rest is as if nothing had happened.
        assert sum(one in done for one in killed) == count // 2 - 1, killed
        assert len({str(one) for one in killed}) == 2, killed
    assert all(one == done[0] for one in done), "all agreements are alike"
    _state, entries, credits, charges = done[0]
    kinds = [kind for kind, _date, _quantity in entries]
    assert kinds.count("grant") >= 4
    assert kinds.count("carry_out") == kinds.count("carry_in") > 0
    assert "expire" in kinds
    assert [amount for _from, amount, _state in credits] == [50.0]
    assert charges == [-50.0]
