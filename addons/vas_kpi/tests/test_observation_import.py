import base64
import csv
import io
from datetime import date

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.sql_db import db_connect
from odoo.tests import Form, HttpCase, tagged
from odoo.tools import mute_logger

from odoo.addons.queue_job.tests.common import trap_jobs

from ..tools import tabular
from .common import VasKpiCase
from .test_tools_tabular import as_csv, as_xlsx

HEADINGS = ["No", "Company", "Day", "Good", "All", "Minutes"]
ROWS = [
    ["1", "Alpha Calls", "2025-03-01", "90", "100", "1,200"],
    ["2", "Alpha Calls", "2025-03-02", "80", "100", "900"],
    ["3", "Beta Calls", "2025-03-01", "50", "50", "10.5"],
]


class ImportCase(VasKpiCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rate = cls.make_metric(
            "import_rate", observation_aggregate="ratio", value_format="percent"
        )
        cls.minutes = cls.make_metric("import_minutes", observation_aggregate="sum")
        cls.profile = cls.env["vas.import.profile"].create(
            {
                "name": "Calls",
                "key_columns": "No",
                "key_prefix": "CALLS",
                "date_column": "Day",
                "subject_column": "Company",
                "unknown_subject": "create",
                "line_ids": [
                    Command.create(
                        {
                            "metric_id": cls.rate.id,
                            "kind": "ratio",
                            "first_column": "Good",
                            "second_column": "All",
                        }
                    ),
                    Command.create(
                        {
                            "metric_id": cls.minutes.id,
                            "kind": "number",
                            "first_column": "Minutes",
                        }
                    ),
                ],
            }
        )
        cls.alpha = cls.env["res.partner"].create({"name": "Alpha Calls"})
        cls.officer = cls.make_user("import_officer", "officer")

    @classmethod
    def import_file(cls, data, profile=None, user=None, company=None):
        """Import a file as the officer; return the log."""
        env = cls.env(user=user or cls.officer)
        if isinstance(data, list):
            data = as_csv([HEADINGS, *data])
        wizard = env["vas.observation.import"].create(
            {
                "profile_id": (profile or cls.profile).id,
                "company_id": (company or cls.company).id,
                "file": base64.b64encode(data),
                "filename": "calls.csv",
            }
        )
        action = wizard.action_import()
        return env["vas.observation.import.log"].browse(action["res_id"])

    def facts(self, metric=None):
        return self.env["vas.observation"].search(
            [("metric_id", "in", (metric or self.rate + self.minutes).ids)]
        )

    def counts(self, log):
        names = ("row_read", "row_imported", "row_known", "row_bad", "fact_created")
        return tuple(log[name] for name in names)

    def changed(self, index, column, value):
        rows = [list(row) for row in ROWS]
        rows[index][HEADINGS.index(column)] = value
        return rows


class TestObservationImport(ImportCase):
    def test_rows_become_facts(self):
        log = self.import_file(ROWS)
        self.assertEqual(log.state, "done")
        self.assertEqual(self.counts(log), (3, 3, 0, 0, 6))
        self.assertEqual(log.subject_created, 1)
        beta = self.env["res.partner"].search([("name", "=", "Beta Calls")])
        self.assertEqual((len(beta), beta.supplier_rank, beta.is_company), (1, 1, True))
        period = date(2025, 3, 1), date(2025, 3, 31)
        subjects = self.alpha | beta
        rates = self.rate._measure(subjects, *period, self.company)
        self.assertAlmostEqual(rates[self.alpha.id].value, 170 / 200)
        self.assertEqual(rates[beta.id].numerator, 50)
        minutes = self.minutes._measure(subjects, *period, self.company)
        self.assertEqual(minutes[self.alpha.id].value, 2100)
        self.assertEqual(minutes[beta.id].value, 10.5)
        self.assertEqual(
            set(self.facts().mapped("source_key")), {"CALLS/1", "CALLS/2", "CALLS/3"}
        )
        self.assertEqual((log.date_from, log.date_to), (period[0], date(2025, 3, 2)))

    def test_second_import_doubles_nothing(self):
        self.import_file(ROWS)
        again = self.import_file(as_xlsx([HEADINGS, *ROWS[::-1]]))
        self.assertEqual(self.counts(again), (3, 0, 3, 0, 0))
        self.assertEqual(len(self.facts()), 6)

    def test_new_figure_of_a_known_row_comes_in(self):
        line = self.profile.line_ids[1]
        line.first_column, line.skip_blank = "Minutes", True
        self.import_file(self.changed(0, "Minutes", ""))
        self.assertEqual(len(self.facts(self.minutes)), 2)
        again = self.import_file(ROWS)
        self.assertEqual(self.counts(again), (3, 1, 2, 0, 1))
        self.assertEqual(len(self.facts(self.minutes)), 3)

    def test_damaged_rows_are_reported_and_the_rest_comes_in(self):
        rows = self.changed(0, "Day", "31.02.2025")
        rows[1][HEADINGS.index("All")] = "0"
        rows += [["4", "Alpha Calls", "2025-03-05", "x", "", "7"]]
        log = self.import_file(rows)
        self.assertEqual(self.counts(log), (4, 1, 0, 3, 2))
        self.assertEqual(
            [(p.row_number, p.column, p.value) for p in log.problem_ids],
            [
                (2, "Day", "31.02.2025"),
                (3, "All", "0"),
                (5, "Good", "x"),
                (5, "All", ""),
            ],
        )
        self.assertIn("YYYY-MM-DD", log.problem_ids[0].expected)
        self.assertIn("3 with problems", log.summary)

    def test_corrected_copy_can_be_imported(self):
        log = self.import_file(self.changed(0, "Good", "ninety"))
        text = base64.b64decode(log.problem_file).decode("utf-8-sig")
        table = list(csv.reader(io.StringIO(text)))
        self.assertEqual(table[0], ["Row", "Problem", *HEADINGS])
        self.assertEqual(table[1][0], "2")
        self.assertIn("Good: A number", table[1][1])
        self.assertEqual(table[1][2:], self.changed(0, "Good", "ninety")[0])
        table[1][5] = "90"
        self.assertEqual(self.counts(self.import_file(as_csv(table))), (1, 1, 0, 0, 2))
        self.assertEqual(len(self.facts()), 6)

    def test_other_figures_of_a_known_row(self):
        self.import_file(ROWS)
        rows = self.changed(1, "Good", "85")
        log = self.import_file(rows)
        self.assertEqual(self.counts(log), (3, 0, 2, 1, 0))
        self.assertIn("80 / 100", log.problem_ids.expected)
        self.assertEqual(len(self.facts()), 6)
        self.profile.known_rule = "update"
        log = self.import_file(rows)
        self.assertEqual((log.row_updated, log.row_known, log.row_bad), (1, 2, 0))
        self.assertEqual(len(self.facts()), 6)
        changed = self.facts(self.rate).filtered(lambda f: f.source_key == "CALLS/2")
        self.assertEqual(changed.numerator, 85)

    def test_same_number_twice_in_a_file(self):
        twice = [ROWS[0], ROWS[0], self.changed(0, "Minutes", "1")[0]]
        log = self.import_file(twice)
        self.assertEqual(self.counts(log), (3, 1, 1, 1, 2))
        self.assertEqual(log.problem_ids.row_number, 4)
        self.profile.known_rule = "update"
        self.facts().unlink()
        log = self.import_file(twice)
        self.assertEqual((log.row_imported, log.row_updated), (1, 1))
        self.assertEqual(self.facts(self.minutes).value, 1)

    def test_subjects_are_found_reported_or_ambiguous(self):
        rows = self.changed(0, "Company", "  ALPHA   calls ")
        self.profile.unknown_subject = "report"
        log = self.import_file(rows)
        self.assertEqual(self.counts(log), (3, 2, 0, 1, 4))
        self.assertEqual(log.problem_ids.value, "Beta Calls")
        self.assertEqual(self.facts().partner_id, self.alpha)
        self.env["res.partner"].create({"name": "Alpha Calls"})
        log = self.import_file([["9", *ROWS[0][1:]]])
        self.assertIn("2 are called so", log.problem_ids.expected)

    def test_patterns_in_names_are_taken_literally(self):
        self.env["res.partner"].create({"name": "Gamma1Calls"})
        log = self.import_file([["1", "gamma_calls", *ROWS[0][2:]]])
        self.assertEqual(log.subject_created, 1)
        self.assertEqual(self.facts().partner_id.name, "gamma_calls")

    def test_only_bad_rows_create_no_contact(self):
        self.import_file(self.changed(2, "Good", "?"))
        self.assertFalse(self.env["res.partner"].search([("name", "=", "Beta Calls")]))

    def test_columns_in_any_order_with_further_ones(self):
        order = [5, 2, 0, 4, 1, 3]
        table = [
            ["Remark", *(row[index] for index in order)] for row in [HEADINGS, *ROWS]
        ]
        log = self.import_file(as_csv(table, ";", "utf-16"))
        self.assertEqual(self.counts(log), (3, 3, 0, 0, 6))

    def test_wrong_files_get_one_clear_answer(self):
        self.company.vas_kpi_import_max_mb = 1
        cases = {
            "no column “Good”, “Minutes”": as_csv([["No", "Company", "Day", "All"]]),
            "is empty": b"\n",
            "not a CSV or XLSX": b"\x89PNG\x00\x01\x02",
            "more than one column “Day”": as_csv([[*HEADINGS, "DAY"]]),
            "no rows": as_csv([HEADINGS]),
            "too large: 3 MB, allowed are 1 MB": b"x" * (2 * 1024 * 1024 + 1),
        }
        for sentence, data in cases.items():
            with self.subTest(sentence=sentence):
                with self.assertRaises(UserError) as caught:
                    self.import_file(data)
                self.assertIn(sentence, str(caught.exception))
        self.assertFalse(self.facts())

    def test_a_file_must_be_chosen(self):
        wizard = self.env["vas.observation.import"].create(
            {"profile_id": self.profile.id}
        )
        with self.assertRaises(UserError):
            wizard.action_import()

    def test_template_can_be_filled_in(self):
        data = base64.b64decode(self.profile.template_file)
        log = self.import_file(data)
        self.assertEqual(self.counts(log), (1, 1, 0, 0, 2))

    def test_company_of_the_import(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.officer.company_ids += other
        log = self.import_file(ROWS, company=other)
        self.assertEqual(self.facts().company_id, other)
        self.assertEqual(log.company_id, other)
        self.assertEqual(self.counts(self.import_file(ROWS)), (3, 3, 0, 0, 6))
        stranger = self.make_user("import_stranger", "officer")
        with self.assertRaises(AccessError):
            log.with_user(stranger).read(["file"])

    def test_new_contacts_may_stay_in_the_company(self):
        self.profile.new_partner_own = True
        self.import_file(ROWS)
        beta = self.env["res.partner"].search([("name", "=", "Beta Calls")])
        self.assertEqual(beta.company_id, self.company)

    def test_queries_do_not_grow_with_the_rows(self):
        def rows(first, count):
            return [
                [str(n), "Alpha Calls", "2025-03-01", "1", "2", "3"]
                for n in range(first, first + count)
            ]

        used = []
        # The first round fills what is cached for good.
        for first, count in ((0, 1), (1000, 1), (2000, 50)):
            # Within the same second the stamp would not be written again.
            self.profile.last_import_on = False
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.import_file(rows(first, count))
            used.append(self.env.cr.sql_log_count - before)
        self.assertEqual(used[1], used[2])

    def test_many_rows_go_to_the_background(self):
        self.company.vas_kpi_import_background_rows = 2
        rows = [*ROWS, ["4", "Delta Calls", "soon", "1", "1", "1"]]
        with trap_jobs() as trap:
            log = self.import_file(rows)
            self.assertEqual(log.state, "running")
            self.assertFalse(self.facts())
            trap.assert_jobs_count(2, only=log._import_part)
            trap.assert_jobs_count(1, only=log._finish)
            trap.perform_enqueued_jobs()
        self.assertEqual(log.state, "done")
        self.assertEqual(self.counts(log), (4, 3, 0, 1, 6))
        self.assertEqual(log.problem_ids.row_number, 5)

    def test_background_import_stops_and_starts_again(self):
        self.company.vas_kpi_import_background_rows = 2
        log = self.import_file(ROWS)
        self.assertEqual(set(log.sudo().job_ids.mapped("state")) - {"pending"},
                         {"wait_dependencies"})  # fmt: skip
        with self.assertRaises(UserError):
            log.action_run()
        first, second = log.part_ids
        log._import_part(first.id)
        log._import_part(first.id)
        self.assertEqual((log.progress_text, log.is_stuck), ("2 of 3 rows", False))
        log.action_stop()
        self.assertEqual(log.state, "stopped")
        self.assertEqual(set(log.sudo().job_ids.mapped("state")), {"cancelled"})
        log._import_part(second.id)
        self.assertEqual(len(self.facts()), 4)
        with trap_jobs() as trap:
            log.action_run()
            # Only what is left is done, without reading the file again.
            trap.assert_jobs_count(1, only=log._import_part)
            trap.perform_enqueued_jobs()
        self.assertEqual(self.counts(log), (3, 3, 0, 0, 6))
        self.assertEqual((log.state, len(log.part_ids)), ("done", 0))
        with self.assertRaisesRegex(UserError, "is finished"):
            log.action_run()

    def test_one_import_of_a_profile_at_a_time(self):
        shipped = self.env.ref("vas_kpi.import_profile_scms_deliveries")
        data = as_csv(
            [
                [
                    "ID",
                    "Vendor",
                    "Scheduled Delivery Date",
                    "Delivered to Client Date",
                ],
                ["T-1", "Alpha Calls", "2-Jun-06", "2-Jun-06"],
            ]
        )
        with db_connect(self.env.cr.dbname).cursor() as other:
            other.execute(
                "SELECT id FROM vas_import_profile WHERE id = %s FOR NO KEY UPDATE",
                [shipped.id],
            )
            with self.assertRaises(UserError) as caught:
                self.import_file(data, profile=shipped)
            self.assertIn("Another file is being imported", str(caught.exception))
        self.assertEqual(self.import_file(data, profile=shipped).row_imported, 1)

    def test_open_facts_and_assessment(self):
        log = self.import_file(ROWS)
        domain = log.action_open_observations()["domain"]
        self.assertEqual(self.env["vas.observation"].search(domain), self.facts())
        with self.assertRaises(UserError):
            log.action_assess()
        scorecard = self.make_scorecard(
            [("rate", "all", self.rate, self.identity, 100)]
        )
        scorecard.action_activate()
        context = log.action_assess()["context"]
        self.assertEqual(context["default_scorecard_id"], scorecard.id)
        self.assertEqual(context["default_day"], date(2025, 3, 2))

    def test_rules_are_checked_when_they_are_typed(self):
        counted = self.make_metric("import_counted", kind="field", subject_field="id")
        wrong = [
            {"date_formats": "YYYY-MM"},
            {"date_formats": " "},
            {"key_columns": " \n"},
            {"subject_domain": "[('no_such_field', '=', 1)]"},
            {"subject_field": "active"},
            {"subject_field": "parent_id.name"},
            {"subject_domain": "__import__('os')"},
            {"line_ids": [Command.create({"metric_id": counted.id,
                                          "first_column": "x"})]},
            {"line_ids": [Command.update(self.profile.line_ids[0].id,
                                         {"second_column": False})]},
            {"line_ids": [Command.update(self.profile.line_ids[0].id,
                                         {"kind": "number"})]},
            {"line_ids": [Command.update(self.profile.line_ids[1].id,
                                         {"grace_days": -1})]},
            {
                "subject_model_id": self.env["ir.model"]._get("product.product").id,
                "subject_field": "default_code",
                "line_ids": [Command.clear()],
            },
        ]  # fmt: skip
        for values in wrong:
            with self.subTest(values=values):
                with self.assertRaises(ValidationError), self.env.cr.savepoint():
                    self.profile.write(values)
                self.env.invalidate_all()

    def test_profile_without_figures(self):
        empty = self.profile.copy({"line_ids": [Command.clear()]})
        with self.assertRaises(UserError):
            self.import_file(ROWS, profile=empty)

    def test_form_of_a_new_profile(self):
        with Form(self.env["vas.import.profile"]) as form:
            form.name = "By hand"
            form.key_columns = "A"
            form.date_column = "B"
            form.subject_column = "C"
            with form.line_ids.new() as line:
                line.metric_id = self.minutes
                line.first_column = "D"
        self.assertEqual(form.record.columns_text, "A, C, B, D")


class TestObservationImportAccess(ImportCase):
    def test_plain_users_cannot_import(self):
        user = self.make_user("import_user", "user")
        with self.assertRaises(AccessError):
            self.import_file(ROWS, user=user)
        log = self.import_file(self.changed(0, "Good", "?"))
        with self.assertRaises(AccessError):
            log.with_user(user).action_run()
        with self.assertRaises(AccessError):
            log.problem_ids.with_user(user).read(["cells"])
        with self.assertRaises(AccessError):
            self.profile.with_user(user).read(["name"])

    def test_officers_do_not_change_profiles(self):
        for records in (self.profile, self.profile.line_ids):
            with self.assertRaises(AccessError):
                records.with_user(self.officer).write({"sequence": 1})
        with self.assertRaises(AccessError):
            self.import_file(ROWS).with_user(self.officer).unlink()

    def test_reserved_figures_stay_reserved(self):
        self.minutes.entry_group_id = self.env.ref("vas_kpi.group_vas_kpi_manager")
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            self.import_file(ROWS)
        self.env.invalidate_all()
        self.assertFalse(self.facts())
        manager = self.make_user("import_manager", "manager")
        self.assertEqual(self.import_file(ROWS, user=manager).row_imported, 3)


@tagged("post_install", "-at_install")
class TestObservationImportDownload(ImportCase, HttpCase):
    def test_template_and_bad_rows_are_handed_out(self):
        log = self.import_file(self.changed(0, "Good", "ninety"))
        self.officer.password = "import_officer"
        self.authenticate("import_officer", "import_officer")
        template = self.url_open(self.profile.action_download_template()["url"])
        self.assertEqual(template.status_code, 200)
        self.assertEqual(
            list(tabular.read_table(template.content, HEADINGS).columns), HEADINGS
        )
        problems = self.url_open(log.action_download_problems()["url"])
        self.assertIn("ninety", problems.content.decode("utf-8-sig"))
        self.assertIn("problems-calls.csv", problems.headers["Content-Disposition"])
        self.make_user("import_plain", "user", password="import_plain")
        self.authenticate("import_plain", "import_plain")
        with mute_logger("odoo.http"):
            refused = self.url_open(log.action_download_problems()["url"])
        self.assertNotIn(b"ninety", refused.content)
