"""Time and randomness come in through one door each."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from server.ports import Ids, SystemClock, VirtualClock, seeded_ids

START = datetime(2026, 3, 2, 9, 0, tzinfo=timezone(timedelta(hours=8)))


def test_the_machines_clock_is_aware_and_in_utc() -> None:
    assert SystemClock().now().tzinfo is UTC


def test_a_virtual_clock_stands_still_until_it_is_moved() -> None:
    clock = VirtualClock(START)
    assert clock.now() == clock.now() == datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
    clock.advance(timedelta(hours=1))
    assert clock.now() == datetime(2026, 3, 2, 2, 0, tzinfo=UTC)


def test_time_never_runs_backwards() -> None:
    clock = VirtualClock(START)
    clock.move_to(START - timedelta(days=1))
    assert clock.now() == START
    clock.advance(timedelta(seconds=-1))
    assert clock.now() == START


def test_a_naive_instant_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        VirtualClock(datetime(2026, 3, 2))  # noqa: DTZ001 - what is refused


def test_ids_are_version_7_and_differ() -> None:
    ids = Ids(VirtualClock(START))
    made = [ids.new() for _ in range(1000)]
    assert {(each.version, each.variant) for each in made} == {(7, "specified in RFC 4122")}
    assert len(set(made)) == 1000


def test_ids_rise_with_time() -> None:
    clock = VirtualClock(START)
    ids = Ids(clock)
    before = ids.new()
    clock.advance(timedelta(milliseconds=1))
    assert before < ids.new()


def test_seeded_ids_repeat_and_others_do_not() -> None:
    clock = VirtualClock(START)
    assert [seeded_ids(clock, 7).new() for _ in range(3)] == [seeded_ids(clock, 7).new() for _ in range(3)]
    assert seeded_ids(clock, 7).new() != seeded_ids(clock, 8).new()
    assert Ids(clock).new() != Ids(clock).new()


def test_secrets_are_long_and_never_seeded() -> None:
    clock = VirtualClock(START)
    one, other = seeded_ids(clock, 7).secret(), seeded_ids(clock, 7).secret()
    assert one != other
    assert min(len(one), len(other)) >= 43
