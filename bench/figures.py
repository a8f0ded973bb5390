"""Percentiles and lines of figures."""

import statistics
from collections.abc import Mapping, Sequence


def percentile(values: Sequence[float], percent: int) -> float:
    """The smallest value that so many percent do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)]


def spread(seconds: Sequence[float]) -> dict[str, float]:
    """p50, p95 and p99 in milliseconds."""
    return {f"p{percent}_ms": round(percentile(seconds, percent) * 1000, 2) for percent in (50, 95, 99)}


def median_ms(seconds: Sequence[float]) -> float:
    return round(statistics.median(seconds) * 1000, 2)


def line(title: str, figures: Mapping[str, object]) -> str:
    return f"{title:<34}" + "  ".join(f"{name} {value}" for name, value in figures.items())
