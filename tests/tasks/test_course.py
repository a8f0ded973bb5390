"""The steps that come next by the diagram, with the choices on the way."""

from server.tasks.course import ahead
from tests.engine.diagrams import Diagram


def test_the_next_task_is_certain_where_nothing_is_chosen() -> None:
    definition = Diagram().start().user("a").user("b").end().way("s -> a -> b -> e").compiled()
    assert [(each.element.id, each.when) for each in ahead(definition, ["a"])] == [("b", ())]
    assert [each.element.id for each in ahead(definition, ["a", "b"])] == ["e"]
    assert ahead(definition, ["e"]) == ()


def test_what_depends_on_a_choice_says_on_which() -> None:
    diagram = Diagram().start().user("a", "b", "c").xor("x", default="x_c").end()
    definition = diagram.way("s -> a -> x", "x -> c -> e", "b -> e").flow("x", "b", "form.a.size > 3").compiled()
    assert [(each.element.id, [flow.id for flow in each.when]) for each in ahead(definition, ["a"])] == [
        ("c", ["x_c"]),
        ("b", ["x_b"]),
    ]
