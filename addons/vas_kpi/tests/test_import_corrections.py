import base64
import io
from datetime import date

from openpyxl import load_workbook

from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .common import YEAR
from .test_observation_import import HEADINGS, ROWS, ImportCase


@tagged("post_install", "-at_install")
class TestCorrectInTheClient(ImportCase):
    def test_a_corrected_cell_brings_its_row_in(self):
        rows = self.changed(0, "Good", "ninety")
        rows[1][HEADINGS.index("Day")] = "soon"
        rows[1][HEADINGS.index("Minutes")] = "many"
        log = self.import_file(rows)
        self.assertEqual(self.counts(log), (3, 1, 0, 2, 2))
        log = log.with_user(self.officer)
        with self.assertRaisesRegex(UserError, "Enter the right value"):
            log.action_import_corrected()
        by_column = {problem.column: problem for problem in log.problem_ids}
        by_column["Good"].corrected = "90"
        by_column["Day"].corrected = "2025-03-02"
        self.assertEqual(log.corrected_count, 2)
        log.action_import_corrected()
        # The second row has another wrong cell: it waits for that one.
        self.assertEqual(self.counts(log), (3, 2, 0, 1, 4))
        self.assertEqual(log.problem_ids.mapped("column"), ["Minutes"])
        self.assertEqual(log.problem_ids.cells[2], "2025-03-02")
        log.problem_ids.corrected = "900"
        log.action_import_corrected()
        self.assertEqual(self.counts(log), (3, 3, 0, 0, 6))
        self.assertFalse(log.problem_ids)
        self.assertEqual(log.date_to, date(2025, 3, 2))
        # The good file is known from here to there.
        self.assertEqual(self.counts(self.import_file(ROWS)), (3, 0, 3, 0, 0))

    def test_an_unknown_name_is_corrected_to_a_known_one(self):
        self.profile.unknown_subject = "report"
        log = self.import_file(self.changed(0, "Company", "Alpa Calls"))
        problem = log.problem_ids.filtered(lambda p: p.row_number == 2)
        problem.corrected = "Alpha Calls"
        log.action_import_corrected()
        self.assertEqual(log.problem_ids.mapped("value"), ["Beta Calls"])
        self.assertEqual((log.row_imported, log.row_bad), (2, 1))

    def test_plain_users_correct_nothing(self):
        log = self.import_file(self.changed(0, "Good", "ninety"))
        user = self.make_user("correct_user", "user")
        with self.assertRaises(AccessError):
            log.problem_ids.with_user(user).corrected = "90"
        with self.assertRaises(AccessError):
            log.with_user(user).action_import_corrected()


@tagged("post_install", "-at_install")
class TestTakeBack(ImportCase):
    def test_facts_go_and_may_come_again(self):
        log = self.import_file(ROWS).with_user(self.officer)
        log.action_take_back()
        self.assertEqual((log.state, len(self.facts())), ("withdrawn", 0))
        with self.assertRaisesRegex(UserError, "nothing to take back"):
            log.action_take_back()
        with self.assertRaisesRegex(UserError, "is finished"):
            log.action_run()
        self.assertEqual(self.import_file(ROWS).row_imported, 3)

    def test_corrected_facts_say_again_what_they_said(self):
        self.profile.known_rule = "update"
        first = self.import_file(ROWS)
        before = {fact.id: (fact.value, fact.date) for fact in self.facts()}
        second = self.import_file(self.changed(0, "Good", "95"))
        third = self.import_file(self.changed(0, "Good", "99"))
        self.assertEqual(third.fact_updated, 1)
        with self.assertRaisesRegex(UserError, "Take that back first"):
            first.action_take_back()
        with self.assertRaisesRegex(UserError, "Take that back first"):
            second.action_take_back()
        third.action_take_back()
        rates = self.rate._measure(self.alpha, *YEAR, self.company)
        self.assertEqual(rates[self.alpha.id].numerator, 175)
        second.action_take_back()
        after = {fact.id: (fact.value, fact.date) for fact in self.facts()}
        self.assertEqual(after, before)
        first.action_take_back()
        self.assertFalse(self.facts())

    def test_not_while_a_decided_result_counts_them(self):
        double = self.make_metric(
            "double", kind="expression", expression="import_rate * 2"
        )
        card = self.make_scorecard([("double", "all", double, self.identity, 100)])
        log = self.import_file(ROWS)
        earlier = card._assess(self.alpha, date(2024, 1, 1), date(2024, 12, 31))
        earlier.action_confirm()
        result = card._assess(self.alpha, *YEAR)
        result.action_confirm()
        with self.assertRaisesRegex(UserError, "decided results .*Alpha Calls"):
            log.action_take_back()
        self.assertEqual(len(self.facts()), 6)
        result.action_revert()
        # What was decided about a period before these facts does not matter, unless
        # its figure reaches back: that of an expression may, so it is left alone.
        self.assertNotIn(earlier.display_name, log._get_decisions())
        log.action_take_back()
        self.assertFalse(self.facts())

    def test_plain_users_and_reserved_figures(self):
        log = self.import_file(ROWS)
        with self.assertRaises(AccessError):
            log.with_user(self.make_user("back_user", "user")).action_take_back()
        self.minutes.entry_group_id = self.env.ref("vas_kpi.group_vas_kpi_manager")
        with self.assertRaises(AccessError):
            log.with_user(self.officer).action_take_back()
        self.assertEqual(len(self.facts()), 6)


@tagged("post_install", "-at_install")
class TestWrittenInSets(ImportCase):
    def rows(self, first, count, good="1"):
        return [
            [str(n), "Alpha Calls", "2025-03-01", good, "2", "3"]
            for n in range(first, first + count)
        ]

    def test_corrections_take_the_same_queries_for_one_and_many(self):
        self.profile.known_rule = "update"
        self.import_file(self.rows(0, 60))
        used = []
        for first, count in ((0, 1), (1, 1), (2, 50)):
            self.profile.last_import_on = False
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            log = self.import_file(self.rows(first, count, good="2"))
            used.append(self.env.cr.sql_log_count - before)
            self.assertEqual(log.fact_updated, count)
        self.assertEqual(used[1], used[2])
        changed = self.facts(self.rate).filtered(lambda fact: fact.numerator == 2)
        self.assertEqual(len(changed), 52)

    def test_facts_are_as_if_entered_one_by_one(self):
        """The statement fills every column that the model would compute."""
        self.rate.factor = 100
        self.import_file(ROWS[:1])
        written = self.facts(self.rate)
        entered = self.env["vas.observation"].create(
            {
                "metric_id": self.rate.id,
                "res_id": self.alpha.id,
                "date": "2025-03-01",
                "numerator": 90,
                "denominator": 100,
            }
        )
        names = [
            name
            for name, field in written._fields.items()
            if field.store and field.column_type
        ]
        own = {
            "id",
            "source_key",
            "import_log_id",
            "create_uid",
            "write_uid",
            "create_date",
            "write_date",
        }
        for name in set(names) - own:
            self.assertEqual(written[name], entered[name], name)
        self.assertEqual(written.value, 90)
        self.assertEqual(written.create_uid, self.officer)


@tagged("post_install", "-at_install")
class TestImportApi(ImportCase, HttpCase):
    def setUp(self):
        super().setUp()
        self.key = (
            self.env["res.users.apikeys"]
            .with_user(self.officer)
            .sudo()
            ._generate("rpc", "Telephone system", None)
        )

    def call(self, model, method, key=None, **arguments):
        return self.url_open(
            f"/json/2/{model}/{method}",
            json=arguments,
            headers={"Authorization": f"bearer {key or self.key}"},
        )

    def rows(self):
        return [
            {
                "metric": "import_rate",
                "key": "A-1",
                "date": "2025-06-30",
                "subject": "alpha  CALLS",
                "numerator": 37,
                "denominator": 40,
            },
            {
                "metric": "import_minutes",
                "key": "A-1",
                "date": "2025-06-30",
                "subject_id": self.alpha.id,
                "value": 12.5,
                "note": "June",
            },
        ]

    def test_rows_come_in_once_and_are_corrected_on_demand(self):
        self.alpha.name = "alpha  CALLS"
        answer = self.call("vas.observation", "import_rows", rows=self.rows())
        self.assertEqual(answer.status_code, 200, answer.text)
        new = {"created": 2, "known": 0, "updated": 0, "problems": []}
        self.assertEqual(answer.json(), new)
        again = self.call("vas.observation", "import_rows", rows=self.rows()).json()
        self.assertEqual((again["created"], again["known"]), (0, 2))
        self.assertEqual(self.facts(self.rate).value, 0.925)
        self.assertEqual(self.facts(self.minutes).note, "June")
        rows = self.rows()
        rows[1]["value"] = 13
        told = self.call("vas.observation", "import_rows", rows=rows).json()
        self.assertEqual((told["known"], len(told["problems"])), (1, 1))
        self.assertEqual(self.facts(self.minutes).value, 12.5)
        done = self.call(
            "vas.observation", "import_rows", rows=rows, known="update"
        ).json()
        self.assertEqual((done["updated"], done["problems"]), (1, []))
        self.assertEqual(self.facts(self.minutes).value, 13)

    def test_every_wrong_field_is_named_and_the_rest_comes_in(self):
        good = self.rows()[1]
        bad = [
            {**good, "date": "2025-02-30", "value": "12"},
            {**good, "metric": "nope"},
            {**good, "subject_id": 0},
            {**good, "key": ""},
            {**good, "colour": "red"},
            {**self.rows()[0], "denominator": 0, "subject": "Nobody"},
        ]
        answer = self.call("vas.observation", "import_rows", rows=[*bad, good]).json()
        self.assertEqual(answer["created"], 1)
        places = [(p["row"], p["field"]) for p in answer["problems"]]
        self.assertEqual(
            places,
            [(1, "date"), (1, "value"), (2, "metric"), (3, "subject_id"), (4, "key"),
             (5, "colour"), (6, "subject"), (6, "denominator")],
        )  # fmt: skip
        self.assertEqual(answer["problems"][0]["found"], "2025-02-30")

    def test_who_may_not_write_is_refused(self):
        user = self.make_user("api_plain", "user")
        key = (
            self.env["res.users.apikeys"]
            .with_user(user)
            .sudo()
            ._generate("rpc", "Plain", None)
        )
        with mute_logger("odoo.http"):
            for wrong in (key, "0" * 40):
                answer = self.call(
                    "vas.observation", "import_rows", key=wrong, rows=self.rows()
                )
                self.assertIn(answer.status_code, (401, 403))
            self.minutes.entry_group_id = self.env.ref("base.group_system")
            self.alpha.name = "alpha  CALLS"
            answer = self.call("vas.observation", "import_rows", rows=self.rows())
            self.assertEqual(answer.status_code, 403)
            answer = self.call("vas.observation", "import_rows", rows="all")
            self.assertEqual(answer.status_code, 422)
        self.assertFalse(self.facts())

    def test_rows_of_a_profile_leave_an_import_behind(self):
        rows = [dict(zip(HEADINGS, row, strict=True)) for row in ROWS]
        rows[2]["Good"] = "?"
        answer = self.call(
            "vas.import.profile",
            "import_rows",
            ids=self.profile.ids,
            rows=rows,
            source="pbx",
        ).json()
        self.assertEqual((answer["imported"], answer["bad"]), (2, 1))
        self.assertEqual(
            [(p["row"], p["column"], p["found"]) for p in answer["problems"]],
            [(4, "Good", "?")],
        )
        log = self.env["vas.observation.import.log"].browse(answer["import_id"])
        self.assertEqual((log.filename, log.create_uid), ("pbx", self.officer))

    def test_same_queries_for_one_and_many_rows(self):
        model = self.env["vas.observation"].with_user(self.officer)
        used = []
        for number, count in enumerate((1, 1, 50)):
            rows = [
                {**self.rows()[1], "key": f"{number}-{index}"} for index in range(count)
            ]
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.assertEqual(model.import_rows(rows)["created"], count)
            used.append(self.env.cr.sql_log_count - before)
        self.assertEqual(used[1], used[2])

    def test_spreadsheet_template_can_be_filled_in_and_imported(self):
        self.officer.password = "import_officer"
        self.authenticate("import_officer", "import_officer")
        answer = self.url_open(self.profile.action_download_template_xlsx()["url"])
        book = load_workbook(io.BytesIO(answer.content))
        sheet = book.active
        headings = [cell.value for cell in sheet[1]]
        self.assertEqual(headings, self.profile._get_recipe().columns())
        self.assertTrue(sheet["A1"].font.bold)
        sheet.cell(row=2, column=headings.index("Company") + 1, value="Alpha Calls")
        filled = io.BytesIO()
        book.save(filled)
        log = self.import_file(filled.getvalue())
        self.assertEqual((log.row_imported, log.row_bad), (1, 0))
        self.assertTrue(base64.b64decode(self.profile.template_file))
