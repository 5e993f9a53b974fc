"""Arithmetic over named figures, as an administrator types it (catalogue KPI-05).

Pure Python, no Odoo. The grammar is small on purpose: numbers, names, ``+ - * /``,
parentheses and ``min max abs round``. Nothing is evaluated by Python itself: the text
is parsed into a tree, every node that is not on the list is refused, and a tree is
walked with floats only. Errors of a calculation are values (``Outcome.problem``), never
exceptions, so that one subject without calls does not stop the figures of the others.

Names that are not plain words are written in braces: ``{repeat-calls} / {calls 2}``.
"""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

MAX_LENGTH = 1000
MAX_NODES = 300
#: Function: least and most number of arguments (None: any number).
FUNCTIONS: dict[str, tuple[int, int | None]] = {
    "min": (1, None),
    "max": (1, None),
    "abs": (1, 1),
    "round": (1, 2),
}
_OPERATORS: dict[type, str] = {
    ast.Add: "+",
    ast.Sub: "−",
    ast.Mult: "×",
    ast.Div: "÷",
}
_PRECEDENCE = {"+": 1, "−": 1, "×": 2, "÷": 2}
_BRACED = re.compile(r"\{([^{}]*)\}")


class ExpressionError(ValueError):
    """The text is not an expression; ``code`` says why and ``part`` where.

    ``empty``, ``too_long``, ``syntax``, ``not_allowed``, ``arguments``, ``number``.
    """

    def __init__(self, code: str, part: str = ""):
        super().__init__(f"{code}: {part}" if part else code)
        self.code = code
        self.part = part


class Outcome(NamedTuple):
    """A calculated value, or None and why: ``missing`` or ``zero`` or ``overflow``.

    ``part`` is the name without a value, or the text of what was divided by.
    """

    value: float | None
    problem: str = ""
    part: str = ""


Calculation = Callable[[Mapping[str, float | None]], float]


class Expression(NamedTuple):
    """A parsed text: its tree, the names in the order of their first use, the sum."""

    text: str
    tree: ast.expr
    names: tuple[str, ...]
    calculate: Calculation


class _Undefined(Exception):
    def __init__(self, problem: str, part: str):
        super().__init__(problem, part)
        self.problem, self.part = problem, part


def parse(text: str) -> Expression:
    """Read an expression.

    :raises ExpressionError: for anything outside the grammar.
    """
    text = (text or "").strip()
    if not text:
        raise ExpressionError("empty")
    if len(text) > MAX_LENGTH:
        raise ExpressionError("too_long", str(MAX_LENGTH))
    braced: list[str] = []
    if any(not name.strip() for name in _BRACED.findall(text)):
        raise ExpressionError("syntax", "{}")

    def stand_in(match: re.Match[str]) -> str:
        braced.append(match.group(1).strip())
        return f" _braced_{len(braced) - 1}_ "

    try:
        tree = ast.parse(_BRACED.sub(stand_in, text).strip(), mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        raise ExpressionError("syntax", text) from error
    nodes = sum(1 for _node in ast.walk(tree))
    if nodes > MAX_NODES:
        raise ExpressionError("too_long", str(MAX_NODES))
    names: dict[str, None] = {}
    tree = _check(tree, braced, names)
    return Expression(text, tree, tuple(names), _compile(tree))


def _check(node: ast.expr, braced: Sequence[str], names: dict[str, None]) -> ast.expr:
    """Refuse every node that is not on the list; put braced names in."""
    if isinstance(node, ast.Constant):
        # True is an int for Python; a figure it is not.
        if type(node.value) not in (int, float) or not _is_finite(node.value):
            raise ExpressionError("number", str(node.value)[:40])
        return node
    if isinstance(node, ast.Name):
        name = node.id
        if match := re.fullmatch(r"_braced_(\d+)_", name):
            index = int(match.group(1))
            name = braced[index] if index < len(braced) else name
        names.setdefault(name)
        return ast.Name(id=name)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.UAdd, ast.USub)):
        return ast.UnaryOp(op=node.op, operand=_check(node.operand, braced, names))
    if isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
        left = _check(node.left, braced, names)
        return ast.BinOp(left=left, op=node.op, right=_check(node.right, braced, names))
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        function = node.func.id
        if function in FUNCTIONS and not node.keywords:
            least, most = FUNCTIONS[function]
            count = len(node.args)
            if count < least or (most is not None and count > most):
                raise ExpressionError("arguments", function)
            args = [_check(argument, braced, names) for argument in node.args]
            return ast.Call(func=node.func, args=args, keywords=[])
    raise ExpressionError("not_allowed", _source(node))


def _is_finite(number: float) -> bool:
    try:
        return math.isfinite(float(number))
    except OverflowError:
        return False


def _source(node: ast.AST) -> str:
    try:
        return ast.unparse(node)[:60]
    except (ValueError, RecursionError):
        return type(node).__name__


def evaluate(expression: Expression, values: Mapping[str, float | None]) -> Outcome:
    """Calculate with the values of the names; never raises for what they hold.

    A name without a value makes the result unknown: 0 would be a claim.
    """
    try:
        value = expression.calculate(values)
    except _Undefined as undefined:
        return Outcome(None, undefined.problem, undefined.part)
    except OverflowError:
        return Outcome(None, "overflow")
    if not math.isfinite(value):
        return Outcome(None, "overflow")
    return Outcome(value)


def _compile(node: ast.expr) -> Calculation:
    """Turn a checked tree into nested functions: walked once, called for everybody."""
    if isinstance(node, ast.Constant):
        number = float(node.value)
        return lambda values: number
    if isinstance(node, ast.Name):
        return _compile_name(node.id)
    if isinstance(node, ast.UnaryOp):
        inner = _compile(node.operand)
        return (
            (lambda values: -inner(values)) if isinstance(node.op, ast.USub) else inner
        )
    if isinstance(node, ast.BinOp):
        left, right = _compile(node.left), _compile(node.right)
        if isinstance(node.op, ast.Add):
            return lambda values: left(values) + right(values)
        if isinstance(node.op, ast.Sub):
            return lambda values: left(values) - right(values)
        if isinstance(node.op, ast.Mult):
            return lambda values: left(values) * right(values)
        return _compile_division(left, right, write(node.right))
    args = [_compile(argument) for argument in node.args]
    combine = {"min": min, "max": max, "abs": _absolute, "round": _rounded}[
        node.func.id
    ]
    return lambda values: float(combine([arg(values) for arg in args]))


def _compile_name(name: str) -> Calculation:
    def read(values: Mapping[str, float | None]) -> float:
        value = values.get(name)
        if value is None:
            raise _Undefined("missing", name)
        return float(value)

    return read


def _compile_division(left: Calculation, right: Calculation, text: str) -> Calculation:
    def divide(values: Mapping[str, float | None]) -> float:
        top, bottom = left(values), right(values)
        if bottom == 0:
            raise _Undefined("zero", text)
        return top / bottom

    return divide


def _absolute(args: Sequence[float]) -> float:
    return abs(args[0])


def _rounded(args: Sequence[float]) -> float:
    return _round_half_up(args[0], int(args[1]) if len(args) > 1 else 0)


def _round_half_up(value: float, digits: int) -> float:
    """Round as people do: 0.5 goes away from zero."""
    if abs(digits) > 15:
        return value
    shifted = abs(value) * 10.0**digits
    # A hair above: 1.005 is stored as 1.00499999999999989….
    rounded = math.floor(shifted + 0.5 + abs(shifted) * 1e-12) / 10.0**digits
    return math.copysign(rounded, value)


def write(node: ast.expr, show: Callable[[str], str] = str) -> str:
    """Write a tree as people do: ``(420 + 560) ÷ 100,000``.

    :param show: gives the text for a name, for example its value.
    """
    return _write(node, show)[0]


def _write(node: ast.expr, show: Callable[[str], str]) -> tuple[str, int]:
    if isinstance(node, ast.Constant):
        return f"{node.value:,.10g}", 4
    if isinstance(node, ast.Name):
        text = show(node.id)
        return text, 3 if text.startswith(("-", "−")) else 4
    if isinstance(node, ast.UnaryOp):
        text, rank = _write(node.operand, show)
        text = f"({text})" if rank <= 3 else text
        return (f"−{text}" if isinstance(node.op, ast.USub) else text), 3
    if isinstance(node, ast.BinOp):
        sign = _OPERATORS[type(node.op)]
        rank = _PRECEDENCE[sign]
        left, left_rank = _write(node.left, show)
        right, right_rank = _write(node.right, show)
        if left_rank < rank:
            left = f"({left})"
        # a − (b − c) and a ÷ (b × c) keep their brackets; −5 gets some on the right.
        if right_rank <= rank or right_rank == 3:
            right = f"({right})"
        return f"{left} {sign} {right}", rank
    args = ", ".join(_write(argument, show)[0] for argument in node.args)
    return f"{node.func.id}({args})", 4


def find_cycle(start: str, parts: Mapping[str, Sequence[str]]) -> list[str] | None:
    """Return a chain of names from ``start`` back to itself, None when there is none.

    >>> find_cycle("a", {"a": ["b"], "b": ["c"], "c": ["a"]})
    ['a', 'b', 'c', 'a']
    """
    came_from: dict[str, str] = {}
    frontier = [start]
    while frontier:
        following: list[str] = []
        for name in frontier:
            for part in parts.get(name, ()):
                if part == start:
                    chain = [name]
                    while chain[-1] != start:
                        chain.append(came_from[chain[-1]])
                    return [*reversed(chain), start]
                if part not in came_from:
                    came_from[part] = name
                    following.append(part)
        frontier = following
    return None
