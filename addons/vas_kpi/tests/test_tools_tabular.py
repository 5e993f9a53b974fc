import csv
import io
from datetime import date, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from odoo.tests import BaseCase

from ..tools import fact_rows, tabular

PATTERNS = ["D-MMM-YY", "YYYY-MM-DD", "D/M/YYYY", "YYYY年M月D日", "DD MMMM YYYY hh:mm"]
CELLS = st.text(
    st.characters(codec="utf-8", exclude_characters="\x00\r\n"), max_size=12
)


def as_csv(rows, delimiter=",", encoding="utf-8", bom=b""):
    buffer = io.StringIO()
    csv.writer(buffer, delimiter=delimiter).writerows(rows)
    return bom + buffer.getvalue().encode(encoding)


def as_xlsx(rows):
    book = Workbook()
    for row in rows:
        book.active.append(row)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def read(data, wanted=("A", "B"), **options):
    table = tabular.read_table(data, wanted, **options)
    return table, list(table.rows)


class TestTabularFiles(BaseCase):
    ROWS = (["A", "B"], ["1", "“quoted”, with comma"], ["2", "Côte d'Ivoire 安达"])

    def test_flavours_read_alike(self):
        """Byte-order mark, encodings, delimiters and XLSX give the same cells."""
        flavours = {
            "utf-8": as_csv(self.ROWS),
            "bom": as_csv(self.ROWS, bom=b"\xef\xbb\xbf"),
            "semicolon": as_csv(self.ROWS, ";"),
            "tab": as_csv(self.ROWS, "\t"),
            "utf-16": as_csv(self.ROWS, encoding="utf-16"),
            "gb18030": as_csv(self.ROWS, encoding="gb18030"),
            "xlsx": as_xlsx(self.ROWS),
        }
        for name, data in flavours.items():
            with self.subTest(flavour=name):
                table, rows = read(data)
                self.assertEqual(table.columns, {"A": 0, "B": 1})
                self.assertEqual([row.cells for row in rows], list(self.ROWS[1:]))
                self.assertEqual([row.number for row in rows], [2, 3])
                self.assertFalse(any(row.problem for row in rows))

    def test_given_encoding_is_used(self):
        rows = [["A", "B"], ["1", "café"]]
        _table, found = read(as_csv(rows, encoding="cp1252"), encoding="cp1252")
        self.assertEqual(found[0].cells, ["1", "café"])

    def test_order_case_and_further_columns_do_not_matter(self):
        table, rows = read(as_csv([["x", "  b ", "a"], ["0", "2", "1"]]))
        self.assertEqual(table.columns, {"A": 2, "B": 1})
        self.assertEqual(rows[0].cells, ["0", "2", "1"])

    def test_blank_rows_count_but_are_skipped(self):
        _table, rows = read(b"\n,\nA,B\n\n1,2\n,,\n3\n")
        self.assertEqual(
            [(row.number, row.cells) for row in rows], [(5, ["1", "2"]), (7, ["3", ""])]
        )

    def test_multi_line_cell_is_one_row(self):
        _table, rows = read(b'A,B\n1,"two\nlines"\n2,x\n')
        self.assertEqual(
            [(row.number, row.cells[1]) for row in rows], [(2, "two\nlines"), (3, "x")]
        )

    def test_lost_quotation_mark_costs_one_row_only(self):
        lines = ["A,B", "1,x", '2,"oops', *(f"{n},y" for n in range(3, 900))]
        _table, rows = read("\n".join(lines).encode())
        bad = [row for row in rows if row.problem]
        self.assertEqual([row.number for row in bad], [3])
        self.assertEqual(bad[0].problem.code, "broken_quote")
        self.assertEqual(bad[0].cells, ["2", "oops"])
        self.assertEqual(len(rows), 899)
        self.assertEqual((rows[-1].number, rows[-1].cells[0]), (900, "899"))

    def test_cells_beyond_the_heading_are_pointed_out(self):
        _table, rows = read(b"A,B\n1,2,3\n1,2,\n")
        self.assertEqual(rows[0].problem.code, "extra_cells")
        self.assertEqual(rows[0].problem.data, {"expected": 2, "found": 3})
        self.assertIsNone(rows[1].problem)

    def test_wrong_files_say_what_is_wrong(self):
        cases = {
            "empty": b" \n ",
            "binary": b"\x89PNG\r\n\x1a\n\x00\x00\x00",
            "old_excel": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600,
            "broken_xlsx": b"PK\x03\x04 not really",
            "missing_columns": b"A,C\n1,2\n",
            "repeated_column": b"A,B,a\n1,2,3\n",
            "encoding": b"A,B\n1,\xff\xff\xff\n",
        }
        for code, data in cases.items():
            with self.subTest(code=code):
                with self.assertRaises(tabular.TableError) as caught:
                    tabular.read_table(data, ["A", "B"])
                self.assertEqual(caught.exception.code, code)

    def test_missing_columns_are_named(self):
        with self.assertRaises(tabular.TableError) as caught:
            tabular.read_table(b"A,C\n", ["A", "B", "D"])
        self.assertEqual(
            caught.exception.data, {"missing": ["B", "D"], "found": ["A", "C"]}
        )

    def test_large_files_are_refused(self):
        data = as_csv([["A", "B"], *(["1", "2"] for _ in range(2000))])
        with self.assertRaises(tabular.TableError) as caught:
            tabular.read_table(data, ["A", "B"], max_bytes=len(data) - 1)
        self.assertEqual(caught.exception.code, "too_large")
        self.assertEqual(len(read(data, max_bytes=len(data))[1]), 2000)
        bomb = as_xlsx([["A", "B"], *([0, 0] for _ in range(20000))])
        with self.assertRaises(tabular.TableError) as caught:
            tabular.read_table(bomb, ["A", "B"], max_bytes=len(bomb) // 8)
        self.assertEqual(caught.exception.code, "too_large")

    @settings(max_examples=60, deadline=None)
    @given(st.lists(st.tuples(CELLS, CELLS), max_size=8))
    def test_whatever_is_written_is_read(self, pairs):
        data = as_csv([["A", "B"], *pairs])
        _table, rows = read(data, delimiter=",")
        expected = [list(pair) for pair in pairs if any(map(tabular.cell_text, pair))]
        self.assertEqual([row.cells for row in rows], expected)

    @settings(max_examples=150, deadline=None)
    @given(st.binary(max_size=300))
    def test_no_file_raises_anything_else(self, noise):
        for data in (noise, b"A,B\n" + noise, b"PK\x03\x04" + noise):
            try:
                read(data)
            except tabular.TableError as error:
                self.assertTrue(error.code)


class TestTabularCells(BaseCase):
    def test_numbers(self):
        for text, mark, expected in [
            ("1,234.5", ".", 1234.5),
            ("1.234,5", ",", 1234.5),
            ("1 234 567", ".", 1234567.0),
            ("1\u202f234,5", ",", 1234.5),
            ("-0.5", ".", -0.5),
            ("−3", ".", -3.0),
            ("85 %", ".", 0.85),
            ("１２．５", ".", 12.5),
            ("1.2E+05", ".", 120000.0),
            (7, ".", 7.0),
        ]:
            with self.subTest(text=text):
                self.assertAlmostEqual(tabular.parse_number(text, mark), expected)
        for text in (
            "",
            "1,23,4",
            "12.3.4",
            "nan",
            "inf",
            "Weight Captured Separately",
            "See ASN-93 (ID#:1281)",
            "1,5",
            True,
            float("nan"),
        ):
            with self.subTest(text=text):
                self.assertIsNone(tabular.parse_number(text, "."))

    def test_dates(self):
        day = date(2006, 6, 2)
        for cell in (
            "2-Jun-06",
            "02-JUN-06",
            "2006-06-02",
            "2/6/2006",
            "2006年6月2日",
            "02 June 2006 14:30",
            datetime(2006, 6, 2, 9),
            day,
        ):
            with self.subTest(cell=cell):
                self.assertEqual(tabular.parse_date(cell, PATTERNS), day)
        self.assertEqual(tabular.parse_date("5-Sept-11", ["D-MMM-YY"]).month, 9)
        self.assertEqual(tabular.parse_date("1-Jan-69", ["D-MMM-YY"]).year, 1969)
        self.assertEqual(tabular.parse_date("1-Jan-68", ["D-MMM-YY"]).year, 2068)
        for cell in ("", "Date Not Captured", "31-Feb-06", "2-Jux-06", "2006-13-01", 7):
            with self.subTest(cell=cell):
                self.assertIsNone(tabular.parse_date(cell, PATTERNS))

    def test_patterns_need_day_month_and_year(self):
        for pattern in ("YYYY-MM", "D-D-YYYY", "", "date"):
            with self.subTest(pattern=pattern), self.assertRaises(ValueError):
                tabular.compile_date_format(pattern)

    @given(st.dates(date(1969, 1, 1), date(2068, 12, 31)), st.sampled_from(PATTERNS))
    def test_dates_survive_writing_and_reading(self, day, pattern):
        text = tabular.format_date(day, pattern)
        self.assertEqual(tabular.parse_date(text, [pattern]), day)

    @given(st.floats(-1e9, 1e9), st.sampled_from([".", ","]))
    def test_numbers_survive_separators(self, number, mark):
        text = f"{number:,.4f}"
        if mark == ",":
            text = text.translate(str.maketrans(",.", ".,"))
        self.assertAlmostEqual(tabular.parse_number(text, mark), number, places=3)

    @given(st.text(max_size=20))
    def test_cells_never_raise(self, text):
        number = tabular.parse_number(text)
        self.assertTrue(number is None or isinstance(number, float))
        day = tabular.parse_date(text, PATTERNS)
        self.assertTrue(day is None or isinstance(day, date))

    @given(
        st.dates(date(1900, 1, 1), date(2100, 1, 1)),
        st.integers(-400, 400),
        st.integers(0, 9),
    )
    def test_day_differences(self, start, days, grace):
        end = start + timedelta(days=days)
        signed = tabular.day_difference(start, end, grace_days=grace)
        late = tabular.day_difference(start, end, True, grace)
        self.assertEqual(late, max(signed, 0))
        self.assertEqual(signed, 0 if 0 < days <= grace else days)


class TestFactRows(BaseCase):
    RECIPE = fact_rows.Recipe(
        keys=["ID"],
        subject="Vendor",
        date="Due",
        facts=[
            fact_rows.FactSpec("on_time", "on_time", "Due", "Done"),
            fact_rows.FactSpec("late", "days_late", "Due", "Done"),
            fact_rows.FactSpec("drift", "days", "Due", "Done"),
        ],
        date_patterns=["YYYY-MM-DD"],
        key_prefix="T",
    )

    def convert(self, *cells, recipe=None, headings=("ID", "Vendor", "Due", "Done")):
        columns = {name: index for index, name in enumerate(headings)}
        row = tabular.Row(5, list(cells), None)
        return fact_rows.convert(row, columns, recipe or self.RECIPE)

    def test_columns_once(self):
        self.assertEqual(self.RECIPE.columns(), ["ID", "Vendor", "Due", "Done"])

    def test_facts_of_a_delivery(self):
        for done, on_time, late, drift in [
            ("2014-03-01", 1, 0, -9),
            ("2014-03-10", 1, 0, 0),
            ("2014-03-14", 0, 4, 4),
        ]:
            found = self.convert("7", " CIPLA  LIMITED", "2014-03-10", done)
            self.assertEqual(
                (found.number, found.key, found.subject, found.day, found.problems),
                (5, "T/7", "CIPLA LIMITED", date(2014, 3, 10), []),
            )
            self.assertEqual(
                [(f.metric, f.value, f.numerator, f.denominator) for f in found.facts],
                [
                    ("on_time", on_time, on_time, 1),
                    ("late", late, 0, 0),
                    ("drift", drift, 0, 0),
                ],
            )

    def test_days_of_grace(self):
        facts = [fact_rows.FactSpec("m", "on_time", "Due", "Done", grace_days=2)]
        recipe = self.RECIPE._replace(facts=facts)
        for done, expected in [("2014-03-12", 1.0), ("2014-03-13", 0.0)]:
            found = self.convert("7", "V", "2014-03-10", done, recipe=recipe)
            self.assertEqual(found.facts[0].numerator, expected)

    def test_all_problems_of_a_row_each_once(self):
        found = self.convert("", "V", "soon", "2014-03-10")
        self.assertEqual(found.facts, [])
        self.assertEqual(
            [(p.row, p.column, p.value, p.code) for p in found.problems],
            [(5, "ID", "", "blank"), (5, "Due", "soon", "not_a_date")],
        )

    def test_blank_may_mean_not_yet(self):
        facts = [spec._replace(skip_blank=True) for spec in self.RECIPE.facts]
        recipe = self.RECIPE._replace(facts=facts)
        found = self.convert("7", "V", "2014-03-10", "", recipe=recipe)
        self.assertEqual((found.facts, found.problems), ([], []))
        strict = self.convert("7", "V", "2014-03-10", "")
        self.assertEqual([p.column for p in strict.problems], ["Done"])

    def test_numbers_and_ratios(self):
        recipe = self.RECIPE._replace(
            facts=[
                fact_rows.FactSpec("qty", "number", "Qty"),
                fact_rows.FactSpec("rate", "ratio", "Good", "All"),
            ]
        )
        headings = ("ID", "Vendor", "Due", "Qty", "Good", "All")
        found = self.convert(
            "1", "V", "2014-01-31", "1,200", "96", "100", recipe=recipe,
            headings=headings,
        )  # fmt: skip
        self.assertEqual(
            found.facts,
            [
                fact_rows.Fact("qty", 1200.0, 0.0, 0.0),
                fact_rows.Fact("rate", 0.96, 96.0, 100.0),
            ],
        )
        found = self.convert(
            "1", "V", "2014-01-31", "many", "96", "0", recipe=recipe, headings=headings
        )
        self.assertEqual(
            [(p.column, p.code) for p in found.problems],
            [("Qty", "not_a_number"), ("All", "not_positive")],
        )

    @given(st.lists(st.text(max_size=15), min_size=4, max_size=4))
    def test_a_row_gives_facts_or_problems(self, cells):
        found = self.convert(*cells)
        self.assertNotEqual(bool(found.facts), bool(found.problems))
