"""Numbers as they are said: 55 is fifty five, 2024 twenty twenty four, 1.5 one point five."""

from typing import Final

_ONES: Final = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_TENS: Final = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_LONGEST: Final = 6


def spoken_number(digits: str) -> tuple[str, ...]:
    """The words of a whole number; longer ones than six digits, and those with a leading zero, digit by digit."""
    if len(digits) > _LONGEST or (len(digits) > 1 and digits[0] == "0"):
        return tuple(_ONES[int(digit)] for digit in digits)
    number = int(digits)
    if 1100 <= number < 10_000 and number % 100 >= 10 and (digits[1] != "0" or 2000 < number < 2100):
        return (*_below_hundred(number // 100), *_below_hundred(number % 100))
    return _whole(number)


def _whole(number: int) -> tuple[str, ...]:
    if number < 100:
        return _below_hundred(number)
    unit, name = (100, "hundred") if number < 1000 else (1000, "thousand")
    rest = number % unit
    return (*_whole(number // unit), name, *(_whole(rest) if rest else ()))


def _below_hundred(number: int) -> tuple[str, ...]:
    if number < 20:
        return (_ONES[number],)
    ten, one = divmod(number, 10)
    return (_TENS[ten - 2], _ONES[one]) if one else (_TENS[ten - 2],)
