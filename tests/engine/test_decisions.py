"""Decision tables inside a process."""

import pytest

from server.engine.contract import DefinitionRejected, ExpressionFailed
from tests.engine.diagrams import Diagram, Facts, Run
from tests.engine.test_lint import decision, dmn


def ruled(files: dict[str, bytes], condition: str = "decision.d.n = 1") -> Run:
    diagram = Diagram().start().user("a", "yes", "no").node("businessRuleTask", "d", gg_decision="level")
    diagram.xor("g", default="g_no").end().way("s -> a -> d -> g -> no -> e", "yes -> e").flow("g", "yes", condition)
    return Run(diagram.compiled(files), Facts(unit__size=3))


def test_result_is_a_fact_under_the_element() -> None:
    files = dmn(decision(rows=(('"a"', "1"), ('"b","c"', "2"))))
    run = ruled(files).do("a", x="a")
    assert run.open == ["yes"]
    assert run.step.facts == {"decision.d.n": 1, "form.a.x": "a"}
    assert ruled(files).do("a", x="c").open == ["no"]


def test_unique_means_unique() -> None:
    run = ruled(dmn(decision(rows=(('"a"', "1"), ("-", "2")))))
    with pytest.raises(ExpressionFailed, match="decision-not-unique") as failure:
        run.do("a", x="a")
    assert failure.value.params["rows"] == "1, 2"
    assert failure.value.element_id == "d"


def test_first_takes_the_first_row() -> None:
    assert ruled(dmn(decision(policy="FIRST", rows=(("-", "1"), ('"a"', "2"))))).do("a", x="a").open == ["yes"]


def test_collect_gives_lists_in_the_order_of_rows() -> None:
    files = dmn(decision(policy="COLLECT", rows=(('"a"', "1"), ("-", "unit.size"), ('"z"', "9"))))
    run = ruled(files, "decision.d.n = [1, 3]").do("a", x="a")
    assert run.open == ["yes"]
    assert run.step.facts["unit.size"] == 3


def test_no_hit_is_null_and_a_condition_on_it_must_say_so() -> None:
    files = dmn(decision(rows=(('"a"', "1"),)))
    assert ruled(files, "decision.d.n = null").do("a", x="q").open == ["yes"]
    with pytest.raises(ExpressionFailed, match="not-boolean"):
        ruled(files, "decision.d.n > 0").do("a", x="q")


def test_cells_are_feel_not_python() -> None:
    rows = (('not("b")', '"ok"'), ('"b"', 'date("2026-01-31") + duration("P1M")'))
    run = ruled(dmn(decision(rows=rows)), 'decision.d.n = "ok"')
    assert run.do("a", x="a").open == ["yes"]
    with pytest.raises(DefinitionRejected):
        ruled(dmn(decision(rows=(("__import__('os')", "1"),))))


def test_several_decisions_in_one_file() -> None:
    files = dmn(decision("other"), decision())
    assert ruled(files).do("a", x="a").open == ["yes"]


@pytest.mark.parametrize("policy", ["ANY", "PRIORITY", "RULE ORDER", "OUTPUT ORDER"])
def test_other_hit_policies_are_refused_instead_of_taken_for_the_first(policy: str) -> None:
    with pytest.raises(DefinitionRejected, match="decision-policy"):
        ruled(dmn(decision(policy=policy)))


def test_collect_with_aggregation_is_refused() -> None:
    files = dmn(decision(policy="COLLECT").replace('hitPolicy="COLLECT"', 'hitPolicy="COLLECT" aggregation="SUM"'))
    with pytest.raises(DefinitionRejected, match="decision-policy"):
        ruled(files)


def test_missing_input_refuses_the_step() -> None:
    with pytest.raises(ExpressionFailed, match="fact-missing"):
        ruled(dmn(decision(read="form.no.x"))).do("a", x="a")


def test_a_new_result_replaces_the_old_one_in_a_loop() -> None:
    diagram = Diagram().start().xor("m").user("a").node("businessRuleTask", "d", gg_decision="level")
    diagram.xor("g", default="g_e").end().way("s -> m -> a -> d -> g -> e").flow("g", "m", "decision.d.n = 1")
    files = dmn(decision(rows=(('"a"', "1"), ("-", "2")), policy="FIRST"))
    run = Run(diagram.compiled(files)).do("a", x="a").do("a", x="a")
    assert run.open == ["a"]
    assert run.do("a", x="b").step.ended
