import re

from launcher import serverlog
from launcher.serverlog import offences, records

HEAD = "2026-11-22 09:00:00,000 12 {level} plain {logger}: {text}"


def line(level, logger, text):
    return HEAD.format(level=level, logger=logger, text=text)


def found(tmp_path, *lines, known=()):
    path = tmp_path / "odoo.log"
    path.write_text("\n".join(lines) + "\n")
    return offences(path, [re.compile(pattern) for pattern in known])


def test_an_error_of_anyone_offends(tmp_path):
    assert found(tmp_path, line("ERROR", "odoo.sql_db", "bad query"))
    assert found(tmp_path, line("CRITICAL", "odoo.service", "x"))
    assert not found(tmp_path, line("INFO", "odoo.addons.vas_kpi.models", "fine"))


def test_a_warning_offends_only_when_it_is_ours(tmp_path):
    assert found(tmp_path, line("WARNING", "odoo.addons.vas_kpi.models.x", "hm"))
    assert found(
        tmp_path, line("WARNING", "odoo.registry", "vas.metric.x: missing index")
    )
    assert found(
        tmp_path, line("WARNING", "py.warnings", "/x/addons/vas_service/a.py:3")
    )
    assert not found(
        tmp_path, line("WARNING", "py.warnings", "/home/.vas/venv/lib/a.py")
    )
    assert not found(tmp_path, line("WARNING", "odoo.addons.mail", "slow"))


def test_a_python_warning_is_of_the_file_that_warns(tmp_path):
    stack = '  File "/x/addons/vas_service/a.py", line 3, in f'
    theirs = line("WARNING", "py.warnings", "/x/odoo/a.py:7: DeprecationWarning: old")
    about_us = line("WARNING", "py.warnings", "/x/odoo/a.py:7: UserWarning: vas.metric")
    assert not found(tmp_path, theirs, stack)
    assert found(tmp_path, about_us)


def test_an_answer_to_a_user_is_no_defect(tmp_path):
    assert not found(tmp_path, line("WARNING", "odoo.http", "no access to vas.metric"))


REFUSAL = "bad query: UPDATE x\nERROR: could not serialize access due to an update"
AGAIN = "SERIALIZATION_FAILURE, 4 tries left, try again in 0.3 sec..."


def test_a_refused_transaction_that_ran_again_is_no_defect(tmp_path):
    refused = line("ERROR", "odoo.sql_db", REFUSAL)
    again = line("INFO", "odoo.service.model", AGAIN)
    assert not found(tmp_path, refused, again)
    assert not found(tmp_path, refused, refused, again, again)


def test_a_refused_transaction_that_was_given_up_offends(tmp_path):
    refused = line("ERROR", "odoo.sql_db", REFUSAL)
    again = line("INFO", "odoo.service.model", AGAIN)
    deadlock = line("ERROR", "odoo.sql_db", "bad query: x\nERROR: deadlock detected")
    assert len(found(tmp_path, refused)) == 1
    assert len(found(tmp_path, refused, again, refused)) == 1
    assert len(found(tmp_path, again, refused)) == 1
    (offence,) = found(tmp_path, deadlock, refused, again)
    assert "deadlock" in offence


def test_following_lines_belong_to_the_record(tmp_path):
    traceback = [
        "Traceback (most recent call last):",
        '  File "/x/vas_kpi/models/a.py"',
    ]
    assert found(tmp_path, line("WARNING", "odoo.modules", "oops"), *traceback)
    (record,) = records([line("ERROR", "a", "b"), "c"])
    assert record.text == "b\nc"


def test_known_noise_is_let_through(tmp_path):
    noisy = line("ERROR", "odoo.addons.upstream", "cannot help it")
    assert found(tmp_path, noisy)
    assert not found(tmp_path, noisy, known=["upstream: cannot help"])


def test_the_noise_file_says_why_for_each_pattern():
    lines = serverlog.NOISE_FILE.read_text().splitlines()
    for before, after in zip(lines, lines[1:], strict=False):
        if after and not after.startswith("#"):
            assert before.startswith("#"), f"no reason above {after!r}"
    serverlog.noise()
