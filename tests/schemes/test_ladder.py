"""What a scheme says of reminders, supervision and sprint windows; what is refused; what a campaign may tighten."""

import pytest

from server.i18n import LANGUAGES, text
from server.schemes.definition import Origin
from server.schemes.ladder import PARAMETER, USUAL, Ladder, from_stored, ladder_of, loosened, rises
from tests.schemes.support import changed, check, only, rules_of, small

SCHEME = "scheme.toml"
HOLDER = "[[deadline]]\n"
FROM = 'source = "authority"\n'


def with_words(words: str) -> dict[str, bytes]:
    """The small scheme with more before its deadlines."""
    files = small()
    files[SCHEME] = files[SCHEME].replace(HOLDER.encode(), f"{words}\n{HOLDER}".encode(), 1)
    return files


def ladder(**said: str) -> dict[str, bytes]:
    return with_words("[ladder]\n" + "".join(f"{name} = {value}\n" for name, value in said.items()) + FROM)


def sprint(**said: str) -> str:
    values = {"key": '"visit"', "title": '"Visit"', "deadline": '"plan"', "days": "14", "yellow": "7", **said}
    return "[[sprint]]\n" + "".join(f"{name} = {value}\n" for name, value in values.items()) + FROM


def test_without_a_word_everything_is_as_it_was() -> None:
    scheme = check(small()).definition
    assert scheme is not None
    assert ladder_of(scheme, "plan", {}) == ladder_of(scheme, None, {}) == USUAL
    assert Ladder((3,), 3, 3, ("head", "liaison")) == USUAL


def test_the_scheme_says_it_for_all_and_a_deadline_for_itself() -> None:
    files = ladder(remind_before="[7, 3, 1]", head_after="2", order_after="5", order_to='["head"]')
    own = f'ladder = {{ remind_before = 10, order_after = 2, source = "authority" }}\n{FROM}'
    files[SCHEME] = files[SCHEME].replace(b'source = "notice"\nline = 3\n', own.encode(), 1)
    checked = check(files)
    assert checked.definition is not None
    assert rules_of(checked) == set()
    scheme = checked.definition
    assert ladder_of(scheme, None, {}) == Ladder((7, 3, 1), 2, 5, ("head",))
    keys = {each.key: each.ladder for each in scheme.deadlines}
    (key,) = [key for key, said in keys.items() if said is not None]
    assert ladder_of(scheme, key, {}) == Ladder((10,), 2, 2, ("head",))
    assert scheme.ladder is not None
    assert scheme.ladder.source.origin is Origin.AUTHORITY


@pytest.mark.parametrize(
    ("said", "rule"),
    [
        ({"remind_before": "[3, 7]"}, "ladder-falls"),
        ({"remind_before": "[3, 3]"}, "ladder-falls"),
        ({"remind_before": "[]"}, "ladder-steps"),
        ({"remind_before": "[11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1]"}, "ladder-steps"),
        ({"remind_before": "[-1]"}, "value-number"),
        ({"remind_before": "[0]"}, "value-number"),
        ({"remind_before": "[true]"}, "value-number"),
        ({"remind_before": '"3"'}, "value-number"),
        ({"head_after": "-1"}, "value-number"),
        ({"order_after": "61"}, "value-number"),
        ({"head_after": "5", "order_after": "2"}, "ladder-rises"),
        ({"head_after": "5"}, "ladder-rises"),
        ({"order_to": '["mayor"]'}, "ladder-post"),
        ({"order_to": '["office"]'}, "ladder-post"),
        ({"order_to": '["head", "head"]'}, "ladder-post-twice"),
        ({"order_to": '"head"'}, "value-list"),
        ({"send": "true"}, "value-unknown"),
    ],
)
def test_what_makes_no_ladder_is_refused_with_words(said: dict[str, str], rule: str) -> None:
    found = only(check(ladder(**said)), rule)
    assert found.element is not None
    assert found.element.startswith("ladder")
    for language in LANGUAGES:
        for key in (f"scheme-finding-{rule}", f"scheme-finding-{rule}-cure"):
            assert key not in text(key, language, element=found.element, **found.params)


def test_a_ladder_says_where_it_comes_from() -> None:
    assert "source-missing" in rules_of(check(with_words("[ladder]\nhead_after = 2\n")))


def test_the_parameter_counts_where_the_ladder_says_nothing() -> None:
    scheme = check(small()).definition
    assert scheme is not None
    assert ladder_of(scheme, "plan", {PARAMETER: 10}).order_after == 10
    assert ladder_of(scheme, "plan", {PARAMETER: 0}).order_after == 0
    for nonsense in (-1, True, "7", None, 2.5):
        assert ladder_of(scheme, "plan", {PARAMETER: nonsense}) == USUAL


def test_the_days_are_not_said_twice() -> None:
    files = ladder(order_after="5")
    old, new = b'key = "review_days"', f'key = "{PARAMETER}"'.encode()
    files[SCHEME] = files[SCHEME].replace(old, new).replace(b'parameter = "review_days"', b'parameter = "x"')
    assert "ladder-twice" in rules_of(check(files))


def test_a_window_belongs_to_a_deadline_and_a_deadline_has_one() -> None:
    checked = check(with_words(sprint()))
    assert rules_of(checked) == set()
    assert checked.definition is not None
    assert [(each.key, each.days, each.yellow) for each in checked.definition.sprints] == [("visit", 14, 7)]
    assert "deadline-unknown" in rules_of(check(with_words(sprint(deadline='"never"'))))
    assert "sprint-twice" in rules_of(check(with_words(sprint() + sprint(key='"again"'))))
    for wrong in ({"days": "0"}, {"days": "61"}, {"yellow": "-1"}, {"days": '"14"'}):
        assert "value-number" in rules_of(check(with_words(sprint(**wrong))))


def test_only_the_notice_fixes_a_date() -> None:
    rule = 'rule = { kind = "yearly", month = 3, day = 31 }'
    assert rules_of(check(changed(SCHEME, rule, f"{rule}\nbound = true"))) == set()
    relative = 'rule = { kind = "relative"'
    assert "deadline-bound-source" in rules_of(check(changed(SCHEME, relative, f"bound = true\n{relative}")))
    waits = 'rule = { kind = "days_after", event = "task.opened", days = 5 }\nbound = true'
    assert "deadline-bound-waits" in rules_of(check(changed(SCHEME, rule, waits)))


@pytest.mark.parametrize(
    ("wanted", "wrong"),
    [
        (Ladder((7, 3), 2, 5), ()),
        (Ladder((10, 7, 3, 1), 0, 0), ()),
        (Ladder((7, 4), 2, 5), ()),
        (Ladder((7,), 2, 5), ("remind_before",)),
        (Ladder((7, 2), 2, 5), ("remind_before",)),
        (Ladder((6, 3), 2, 5), ("remind_before",)),
        (Ladder((7, 3), 3, 6), ("head_after", "order_after")),
    ],
)
def test_a_ladder_is_tightened_and_never_loosened(wanted: Ladder, wrong: tuple[str, ...]) -> None:
    assert loosened(Ladder((7, 3), 2, 5), wanted) == wrong


def test_a_ladder_is_kept_as_it_is() -> None:
    wanted = Ladder((7, 3), 2, 5, ("head",))
    assert from_stored(wanted.stored()) == wanted
    assert from_stored(None) == USUAL
    assert rises(wanted)
    assert not rises(Ladder((3, 7), 2, 5))
