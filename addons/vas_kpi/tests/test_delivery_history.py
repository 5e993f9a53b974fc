import base64
import csv
import time
from collections import defaultdict
from datetime import date, datetime
from pathlib import Path

from odoo.tests import TransactionCase, new_test_user, tagged

from .test_tools_tabular import as_csv

DATA = Path(__file__).parent / "data"
SCHEDULED, DELIVERED = "Scheduled Delivery Date", "Delivered to Client Date"
HEADINGS = ("ID", "Vendor", SCHEDULED, DELIVERED)


def read_lines():
    """Return the published delivery lines with the headings of the original file."""
    with (DATA / "scms_vendors.csv").open(encoding="utf-8", newline="") as stream:
        names = {row["Vendor No"]: row["Vendor"] for row in csv.DictReader(stream)}
    with (DATA / "scms_deliveries.csv").open(encoding="utf-8", newline="") as stream:
        return [
            [row["ID"], names[row["Vendor No"]], row[SCHEDULED], row[DELIVERED]]
            for row in csv.DictReader(stream)
        ]


def expected_figures(lines):
    """Work out every vendor's year in plain Python, without anything of the addon."""
    deliveries = defaultdict(list)
    for _key, vendor, scheduled, delivered in lines:
        due = datetime.strptime(scheduled, "%d-%b-%y").date()
        done = datetime.strptime(delivered, "%d-%b-%y").date()
        deliveries[" ".join(vendor.split()), due.year].append((done - due).days)
    return {
        place: (
            sum(days <= 0 for days in late) / len(late),
            sum(days for days in late if days > 0) / len(late),
            sum(late) / len(late),
            len(late),
        )
        for place, late in deliveries.items()
    }


@tagged("post_install", "-at_install")
class TestDeliveryHistory(TransactionCase):
    """The whole published delivery history through the shipped profile."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # A company of its own: nothing that was imported before gets in the way.
        cls.company = cls.env["res.company"].create({"name": "Import test"})
        cls.officer = new_test_user(
            cls.env,
            "delivery_officer",
            "vas_kpi.group_vas_kpi_officer",
            company_id=cls.company.id,
            company_ids=[(6, 0, cls.company.ids)],
        )
        cls.env = cls.env(user=cls.officer)
        cls.profile = cls.env.ref("vas_kpi.import_profile_scms_deliveries")
        cls.lines = read_lines()
        # Processor time: the clock of a busy machine says nothing about the import.
        started = time.process_time()
        cls.log = cls.import_lines(cls.lines)
        cls.seconds = time.process_time() - started

    @classmethod
    def import_lines(cls, lines, headings=HEADINGS):
        data = as_csv([headings, *lines], bom=b"\xef\xbb\xbf")
        wizard = cls.env["vas.observation.import"].create(
            {
                "profile_id": cls.profile.id,
                "company_id": cls.company.id,
                "file": base64.b64encode(data),
                "filename": "deliveries.csv",
            }
        )
        action = wizard.action_import()
        return cls.env["vas.observation.import.log"].browse(action["res_id"])

    def test_everything_comes_in_quickly(self):
        self.assertEqual(len(self.lines), 10324)
        self.assertEqual(self.log.row_imported, 10324)
        self.assertEqual((self.log.row_bad, self.log.row_known), (0, 0))
        self.assertEqual(self.log.fact_created, 3 * 10324)
        self.assertLess(self.seconds, 45)

    def test_every_vendor_and_year_as_in_plain_python(self):
        expected = expected_figures(self.lines)
        domain = [("import_log_id", "=", self.log.id)]
        vendors = self.env["vas.observation"].search(domain).partner_id
        self.assertEqual(len(vendors), 73)
        metrics = [
            self.env.ref(f"vas_kpi.metric_delivery_{code}")
            for code in ("on_time_rate", "days_late", "days_deviation")
        ]
        compared = 0
        for year in range(2006, 2016):
            period = date(year, 1, 1), date(year, 12, 31)
            found = [
                metric._measure(vendors, *period, self.company) for metric in metrics
            ]
            for vendor in vendors:
                values = expected.get((vendor.name, year))
                measures = [measure[vendor.id] for measure in found]
                if values is None:
                    self.assertEqual({m.value for m in measures}, {None})
                    continue
                for measure, value in zip(measures, values[:3], strict=True):
                    self.assertAlmostEqual(measure.value, value, places=9)
                    self.assertEqual(measure.count, values[3])
                compared += 1
        self.assertEqual(compared, len(expected))

    def test_second_import_brings_nothing_new(self):
        again = self.import_lines(self.lines)
        self.assertEqual((again.row_known, again.row_imported), (10324, 0))
        self.assertEqual((again.fact_created, again.subject_created), (0, 0))

    def test_shuffled_columns_and_damaged_rows(self):
        """Other column order, three damaged rows: those are named, the rest known."""
        lines = [[*reversed(line), "x"] for line in self.lines[:500]]
        lines[10][1] = "Date Not Captured"
        lines[20][0] = "30-Feb-08"
        lines[30][2] = ""
        log = self.import_lines(lines, [*reversed(HEADINGS), "Remark"])
        self.assertEqual((log.row_known, log.row_bad), (497, 3))
        self.assertEqual(
            [(p.row_number, p.column, p.value) for p in log.problem_ids],
            [
                (12, SCHEDULED, "Date Not Captured"),
                (22, DELIVERED, "30-Feb-08"),
                (32, "Vendor", ""),
            ],
        )

    def test_any_year_is_scored(self):
        expected = expected_figures(self.lines)
        scorecard = self.env.ref("vas_kpi.scorecard_vendor_deliveries")
        for year in range(2006, 2016):
            period = date(year, 1, 1), date(year, 12, 31)
            subjects = scorecard._get_subjects(*period, self.company)
            names = {name for name, when in expected if when == year}
            self.assertEqual(set(subjects.mapped("name")), names)
            assessments = scorecard._assess(subjects, *period, self.company)
            self.assertEqual(len(assessments), len(names))
            for assessment in assessments:
                rate, late, _deviation, _count = expected[assessment.subject_name, year]
                self.assertAlmostEqual(assessment.score, _points(rate, late), places=3)
                self.assertTrue(assessment.band_id)


def _points(rate, late):
    """The shipped scales written out: 70 %→0, 90 %→40, 100 %→60; 0→40, 3→30, 15→0."""
    if rate >= 0.9:
        first = 40 + (rate - 0.9) / 0.1 * 20
    else:
        first = max(0.0, (rate - 0.7) / 0.2 * 40)
    second = 40 - late / 3 * 10 if late <= 3 else max(0.0, 30 - (late - 3) / 12 * 30)
    return first + second
