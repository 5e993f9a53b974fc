import math
import re
import unittest

from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.vas_kpi.tools import expression as tool

NAMES = ("a", "b", "calls-in", "通话")
NUMBERS = st.floats(-1e6, 1e6, allow_nan=False)


def trees():
    """Expressions as text, built so that Python itself can calculate them too."""
    leaves = st.one_of(
        st.integers(0, 1000).map(str),
        st.sampled_from(["a", "b", "{calls-in}", "通话"]),
    )
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.tuples(inner, st.sampled_from("+-*/"), inner).map(
                lambda t: f"({t[0]} {t[1]} {t[2]})"
            ),
            inner.map(lambda t: f"-({t})"),
            st.tuples(st.sampled_from(["min", "max"]), inner, inner).map(
                lambda t: f"{t[0]}({t[1]}, {t[2]})"
            ),
            inner.map(lambda t: f"abs({t})"),
        ),
        max_leaves=12,
    )


class TestExpression(unittest.TestCase):
    def value(self, text, **values):
        return tool.evaluate(tool.parse(text), values)

    @given(trees(), st.tuples(*[NUMBERS] * 4))
    def test_agrees_with_python(self, text, numbers):
        values = dict(zip(NAMES, numbers, strict=True))
        outcome = tool.evaluate(tool.parse(text), values)
        plain = text.replace("{calls-in}", "calls_in")
        scope = {**values, "calls_in": values["calls-in"]}
        try:
            # Only text made above is evaluated here.
            expected = float(
                eval(
                    plain,
                    {"__builtins__": {}},
                    {  # noqa: S307
                        **scope,
                        "min": min,
                        "max": max,
                        "abs": abs,
                    },
                )
            )
        except ZeroDivisionError:
            self.assertEqual((outcome.value, outcome.problem), (None, "zero"))
            return
        if not math.isfinite(expected):
            self.assertEqual(outcome.problem, "overflow")
            return
        self.assertTrue(math.isclose(outcome.value, expected, rel_tol=1e-9))

    @given(trees(), st.tuples(*[st.floats(0, 1e6)] * 4))
    def test_written_numbers_give_the_same_result(self, text, numbers):
        """What the reader recomputes from the sheet is what was calculated."""
        values = {name: round(n, 3) for name, n in zip(NAMES, numbers, strict=True)}
        parsed = tool.parse(text)
        shown = tool.write(parsed.tree, lambda name: f"{values[name]:.3f}")
        again = shown.replace("−", "-").replace("×", "*").replace("÷", "/")
        again = re.sub(r"(?<=\d),(?=\d{3})", "", again)
        first = tool.evaluate(parsed, values)
        second = tool.evaluate(tool.parse(again), {})
        self.assertEqual(first.problem, second.problem)
        if first.value is not None:
            self.assertTrue(
                math.isclose(first.value, second.value, rel_tol=1e-9, abs_tol=1e-9)
            )

    @given(st.text(max_size=40))
    def test_any_text_is_parsed_or_refused(self, text):
        try:
            parsed = tool.parse(text)
        except tool.ExpressionError:
            return
        tool.evaluate(parsed, {})

    def test_full_precision_small_ratios(self):
        # ERPNext puts variables into the text with two decimals: 0.004 becomes 0.00.
        self.assertEqual(self.value("ratio * 1000", ratio=0.004).value, 4)

    def test_support_rate_of_the_catalogue(self):
        text = "(orders - excluded + transfers) / accepted"
        values = {
            "orders": 500,
            "excluded": 80,
            "transfers": 560,
            "accepted": 100_000,
        }
        self.assertAlmostEqual(self.value(text, **values).value, 0.0098)
        shown = tool.write(tool.parse(text).tree, lambda name: f"{values[name]:,}")
        self.assertEqual(shown, "(500 − 80 + 560) ÷ 100,000")

    def test_zero_and_missing_are_values_with_a_reason(self):
        self.assertEqual(self.value("a / b", a=1, b=0), (None, "zero", "b"))
        self.assertEqual(self.value("a / (b - 2)", a=0, b=2), (None, "zero", "b − 2"))
        self.assertEqual(self.value("a / b", a=1, b=None), (None, "missing", "b"))
        self.assertEqual(self.value("a * a", a=1e200).problem, "overflow")

    def test_rounding_is_half_up(self):
        cases = ((0.5, 0, 1), (-0.5, 0, -1), (2.5, 0, 3), (1.005, 2, 1.01))
        for number, digits, expected in cases:
            found = self.value(f"round(a, {digits})", a=number).value
            self.assertEqual(found, expected)

    def test_refused_texts_name_the_place(self):
        for text, code, part in (
            ("", "empty", ""),
            ("a b", "syntax", "a b"),
            ("a +", "syntax", "a +"),
            ("a.b", "not_allowed", "a.b"),
            ("__import__('os')", "not_allowed", "__import__('os')"),
            ("a ** 2", "not_allowed", "a ** 2"),
            ("a if b else 1", "not_allowed", "a if b else 1"),
            ("[a for a in b]", "not_allowed", "[a for a in b]"),
            ("abs(a, b)", "arguments", "abs"),
            ("round()", "arguments", "round"),
            ("'text'", "number", "text"),
            ("True", "number", "True"),
            ("1e999", "number", "inf"),
            ("{} + 1", "syntax", "{}"),
            ("1" + "+1" * 600, "too_long", "1000"),
        ):
            with self.assertRaises(tool.ExpressionError, msg=text) as caught:
                tool.parse(text)
            self.assertEqual(
                (caught.exception.code, caught.exception.part), (code, part)
            )

    def test_names_in_order_each_once(self):
        self.assertEqual(tool.parse("b + {a-b} + b").names, ("b", "a-b"))

    def test_cycles_give_the_whole_chain(self):
        parts = {1: [2, 5], 2: [3], 3: [4, 1], 4: [], 5: [5]}
        self.assertEqual(tool.find_cycle(1, parts), [1, 2, 3, 1])
        self.assertEqual(tool.find_cycle(5, parts), [5, 5])
        self.assertIsNone(tool.find_cycle(4, parts))
