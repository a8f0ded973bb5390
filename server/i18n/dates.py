"""Days in words, for pages and for what is sent without a page."""

from datetime import date

from babel.dates import format_date


def day_words(value: date, language: str) -> str:
    """`2026年3月2日` or `2 Mar 2026`."""
    if language == "zh-CN":
        return f"{value.year}年{value.month}月{value.day}日"
    return str(format_date(value, "d MMM y", locale="en"))
