"""Tell two versions of a rule set apart in words (catalogue KPI-01, versions).

A version is a sequence of items. Items are matched by part and code, whatever their
order; matched items are compared attribute by attribute.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple


class Item(NamedTuple):
    """One thing of a version: ``attributes`` maps labels to texts."""

    part: str
    code: str
    label: str
    attributes: Mapping[str, str]

    @property
    def summary(self) -> str:
        """All attributes in one line."""
        return ", ".join(
            f"{label} {text}" if label else text
            for label, text in self.attributes.items()
            if text
        )


class Change(NamedTuple):
    """One difference; ``kind`` is ``added``, ``removed`` or ``changed``."""

    part: str
    kind: str
    label: str
    attribute: str
    old: str
    new: str


def compare(old: Sequence[Item], new: Sequence[Item]) -> list[Change]:
    """Return what changed from ``old`` to ``new``, in the order of ``new``.

    Removed items come last within their part; parts keep the order in which they
    first appear.

    >>> was = [Item("Bands", "a", "A", {"Range": "≥ 90"})]
    >>> now = [Item("Bands", "a", "A", {"Range": "≥ 85"})]
    >>> [(change.kind, change.old, change.new) for change in compare(was, now)]
    [('changed', '≥ 90', '≥ 85')]
    """
    before = {(item.part, item.code): item for item in old}
    after = {(item.part, item.code): item for item in new}
    parts = list(dict.fromkeys([item.part for item in (*new, *old)]))
    changes: list[Change] = []
    for part in parts:
        for key, item in after.items():
            if key[0] != part:
                continue
            known = before.get(key)
            if known is None:
                changes.append(Change(part, "added", item.label, "", "", item.summary))
            else:
                changes += _compare_items(known, item)
        for key, item in before.items():
            if key[0] == part and key not in after:
                changes.append(
                    Change(part, "removed", item.label, "", item.summary, "")
                )
    return changes


def _compare_items(old: Item, new: Item) -> list[Change]:
    labels = list(dict.fromkeys([*new.attributes, *old.attributes]))
    return [
        Change(
            new.part,
            "changed",
            new.label,
            label,
            old.attributes.get(label, ""),
            new.attributes.get(label, ""),
        )
        for label in labels
        if old.attributes.get(label, "") != new.attributes.get(label, "")
    ]
