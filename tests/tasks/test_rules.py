"""How several votes become one verdict."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.tasks.rules import ADVERSE, Policy, Rule, Vote, Votes, may_act_now, outcome

YES, NO, BACK, IF = "approve", "reject", "return", "conditional"


def cast(*verdicts: str | None, weights: tuple[int, ...] = ()) -> list[Vote]:
    return [
        Vote(number, weights[number - 1] if weights else 1, verdict) for number, verdict in enumerate(verdicts, start=1)
    ]


@pytest.mark.parametrize(
    ("rule", "votes", "verdict"),
    [
        (Rule(), cast(None, None), None),
        (Rule(), cast(None, YES), YES),
        (Rule(), cast(None, BACK), BACK),
        (Rule("all"), cast(YES, None), None),
        (Rule("all"), cast(YES, YES), YES),
        (Rule("all"), cast(YES, IF), IF),
        (Rule("all"), cast(None, BACK), BACK),
        (Rule("all", votes="majority"), cast(YES, YES, None), YES),
        (Rule("all", votes="majority"), cast(YES, BACK, None), None),
        (Rule("all", votes="majority"), cast(NO, BACK, None), BACK),
        (Rule("all", votes="majority"), cast(YES, NO, YES, NO), NO),
        (Rule("all", votes="collect"), cast(YES, YES, None), None),
        (Rule("all", votes="collect"), cast(YES, YES, NO), YES),
        (Rule("all", votes="collect"), cast(NO, NO, BACK), NO),
        (Rule("count", 2), cast(YES, None, None), None),
        (Rule("count", 2), cast(YES, None, YES), YES),
        (Rule("count", 2), cast(YES, NO, None), NO),
        (Rule("count", 2, "majority"), cast(YES, NO, None), None),
        (Rule("count", 2, "majority"), cast(NO, NO, None), NO),
        (Rule("count", 5), cast(YES, YES), YES),
        (Rule("percent", 60), cast(YES, YES, None, None), None),
        (Rule("percent", 60), cast(YES, YES, YES, None), YES),
        (Rule("percent", 50, "majority"), cast(YES, NO), YES),
        (Rule("percent", 51, "majority"), cast(YES, NO), NO),
        (Rule("weighted", 50), cast(YES, None, None, weights=(3, 2, 2)), None),
        (Rule("weighted", 50), cast(YES, None, None, weights=(4, 2, 2)), YES),
        (Rule("weighted", 50, "majority"), cast(None, NO, None, weights=(1, 9, 2)), NO),
        (Rule("sequence"), cast(YES, YES, None), None),
        (Rule("sequence"), cast(YES, YES, YES), YES),
    ],
)
def test_votes_become_a_verdict(rule: Rule, votes: list[Vote], verdict: str | None) -> None:
    assert outcome(rule, votes) == verdict


def test_whoever_leaves_no_longer_counts_and_may_so_decide() -> None:
    three = cast(YES, YES, None)
    assert outcome(Rule("all"), three) is None
    assert outcome(Rule("all"), three[:2]) == YES


def test_in_sequence_nobody_acts_before_those_in_front() -> None:
    votes = cast(YES, None, None)
    assert [may_act_now("sequence", votes, position) for position in (2, 3)] == [True, False]
    assert may_act_now("all", votes, 3)


RULES = st.builds(
    lambda policy, at, votes: Rule(policy, at if policy in ("count", "percent", "weighted") else None, votes),
    st.sampled_from(list(Policy)),
    st.integers(1, 100),
    st.sampled_from(list(Votes)),
)
CAST = st.lists(st.tuples(st.integers(1, 5), st.sampled_from([YES, NO, BACK, IF])), min_size=1, max_size=7)


@given(RULES, CAST)
def test_when_everybody_has_voted_there_is_a_verdict_that_somebody_gave(
    rule: Rule, given_votes: list[tuple[int, str]]
) -> None:
    votes = [Vote(number, weight, verdict) for number, (weight, verdict) in enumerate(given_votes)]
    assert outcome(rule, votes) in {verdict for _, verdict in given_votes}


@given(RULES, CAST)
def test_what_is_decided_is_not_turned_by_votes_that_come_later(rule: Rule, given_votes: list[tuple[int, str]]) -> None:
    """A vote against counts as one until the end; with a veto or one seat nothing comes later at all."""
    if rule.votes == Votes.VETO or rule.policy == Policy.ONE:
        return
    whole = [Vote(number, weight, verdict) for number, (weight, verdict) in enumerate(given_votes)]
    last = outcome(rule, whole)
    for known in range(len(whole)):
        partly = [*whole[:known], *(Vote(vote.position, vote.weight, None) for vote in whole[known:])]
        early = outcome(rule, partly)
        assert early is None or (early in ADVERSE) == (last in ADVERSE)
