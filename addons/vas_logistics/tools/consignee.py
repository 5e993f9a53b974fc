"""Has the shipper named the receiver of an order before? (ORD-01)"""

import re
import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

NOT_A_DIGIT = re.compile(r"\D")
BETWEEN_WORDS = re.compile(r"[\s,.;，。；、]+")
# Digits of a number without area code; shorter ones are extensions.
WHOLE_NUMBER = 7


class Address(NamedTuple):
    """A receiver as written down; what is not known is empty."""

    names: tuple[str, ...]
    phone: str = ""
    places: tuple[str, ...] = ()


def plain(text: str) -> str:
    """Text without what two people write differently: width, case, blanks, commas."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return BETWEEN_WORDS.sub("", folded)


def same_phone(one: str, other: str) -> bool:
    """Whether two numbers ring the same telephone, with or without country code.

    Compared from the end; the shorter must be at least seven digits long, else both
    must be equal. The 0 before an area code is left out behind a country code.
    """
    short, long = sorted(
        (NOT_A_DIGIT.sub("", number).lstrip("0") for number in (one, other)), key=len
    )
    return short == long or len(short) >= WHOLE_NUMBER and long.endswith(short)


def find_known(
    name: str, phone: str, place: str, known: Sequence[Address]
) -> list[int]:
    """Positions of the known addresses that may be meant.

    The name must be one of the names of the address. A phone number or a place tells
    addresses of one name apart: one that differs rules the address out, one that
    either side leaves open does not.

    :return: positions in ``known``, in order; empty: nobody known, more than one: the
        name alone does not say which
    """
    asked = plain(name)
    if not asked:
        return []
    where = plain(place)
    return [
        position
        for position, address in enumerate(known)
        if asked in {plain(word) for word in address.names}
        and (not phone or not address.phone or same_phone(phone, address.phone))
        and (
            not where
            or not any(address.places)
            or where in {plain(word) for word in address.places}
        )
    ]
