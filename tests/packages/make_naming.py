"""Writes the diagram of the test package whose seats are named by a form and by rows."""

from pathlib import Path

from tests.packages.make import OFFICE, UNIT, Flow, diagram, end, seats, start, task


def named() -> str:
    """Seats named by the fields of a form, and by a row of the standard; each with another fallback."""
    form = 'gg:kind="form" gg:form="entry"'
    return diagram(
        "named",
        "指定办理",
        [UNIT, OFFICE],
        [
            start(),
            task("Ask", "指定", 0, 'gg:kind="form" gg:form="naming"'),
            task(
                "ByUnit",
                "承办单位办理",
                0,
                f'{form} gg:whenEmpty="leader"',
                seats({"by": "form_field", "of": "Ask.unit"}),
            ),
            task("ByPost", "岗位办理", 0, f'{form} gg:whenEmpty="skip"', seats({"by": "form_field", "of": "Ask.post"})),
            task(
                "ByPerson",
                "指定的人办理",
                0,
                'gg:kind="form" gg:form="review" gg:notSameAs="Ask"',
                seats({"by": "form_field", "of": "Ask.person"}),
            ),
            task("Lead", "牵头单位办理", 1, form, seats({"by": "lead_unit", "row": "1.1"})),
            task(
                "Assist",
                "配合单位办理",
                1,
                f'{form} gg:policy="all" gg:whenEmpty="skip"',
                seats({"by": "assisting_units", "row": "1.1", "post": "liaison"}),
            ),
            task("Own", "无牵头单位", 1, form, seats({"by": "lead_unit", "row": "1.2"})),
            task("Lost", "牵头单位不存在", 1, form, seats({"by": "lead_unit", "row": "1.3"})),
            end(),
        ],
        [
            Flow("Begin", "Ask"),
            Flow("Ask", "ByUnit"),
            Flow("ByUnit", "ByPost"),
            Flow("ByPost", "ByPerson"),
            Flow("ByPerson", "Lead"),
            Flow("Lead", "Assist"),
            Flow("Assist", "Own"),
            Flow("Own", "Lost"),
            Flow("Lost", "Done"),
        ],
    )


if __name__ == "__main__":
    (Path(__file__).parent / "naming" / "named.bpmn").write_text(named(), encoding="utf-8")
