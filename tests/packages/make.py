"""Writes the diagrams of the test packages: straight rows of nodes in lanes, with their drawing."""

from dataclasses import dataclass
from pathlib import Path

HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI"'
    ' xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" xmlns:di="http://www.omg.org/spec/DD/20100524/DI"'
    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:gg="urn:greengate:bpmn:1"'
    ' id="definitions" targetNamespace="urn:greengate:scheme:test">\n'
)
SIZES = {
    "startEvent": (36, 36),
    "endEvent": (36, 36),
    "intermediateCatchEvent": (36, 36),
    "exclusiveGateway": (50, 50),
    "parallelGateway": (50, 50),
}
STEP, ROW, LEFT = 150, 140, 60


@dataclass(frozen=True)
class Node:
    """tag, id, name, lane index, attributes as written, inner XML."""

    tag: str
    id: str
    name: str
    lane: int = 0
    attributes: str = ""
    inner: str = ""


@dataclass(frozen=True)
class Flow:
    source: str
    target: str
    condition: str = ""


def diagram(process: str, name: str, lanes: list[tuple[str, str]], nodes: list[Node], flows: list[Flow]) -> str:
    """A process of one pool with lanes (name, role), drawn from left to right; loops run below."""
    out = [
        HEAD,
        f'<collaboration id="c"><participant id="Pool" name="{name}" processRef="{process}"/></collaboration>\n',
    ]
    out.append(f'<process id="{process}" name="{name}" isExecutable="true"><laneSet id="lanes">')
    for index, (title, role) in enumerate(lanes):
        members = "".join(f"<flowNodeRef>{node.id}</flowNodeRef>" for node in nodes if node.lane == index)
        out.append(f'<lane id="Lane{index}" name="{title}" gg:role="{role}">{members}</lane>')
    out.append("</laneSet>\n")
    ids = {(flow.source, flow.target): f"F_{flow.source}_{flow.target}" for flow in flows}
    for node in nodes:
        default = next((f for f in flows if f.source == node.id and not f.condition), None)
        attributes = node.attributes
        if node.tag == "exclusiveGateway" and default is not None and sum(f.source == node.id for f in flows) > 1:
            attributes += f' default="{ids[default.source, default.target]}"'
        ends = "".join(f"<incoming>{ids[f.source, f.target]}</incoming>" for f in flows if f.target == node.id)
        ends += "".join(f"<outgoing>{ids[f.source, f.target]}</outgoing>" for f in flows if f.source == node.id)
        before, after = (node.inner, "") if node.inner.startswith("<extension") else ("", node.inner)
        out.append(f'<{node.tag} id="{node.id}" name="{node.name}" {attributes}>{before}{ends}{after}</{node.tag}>\n')
    for flow in flows:
        condition = (
            f'<conditionExpression xsi:type="tFormalExpression">{flow.condition}</conditionExpression>'
            if flow.condition
            else ""
        )
        out.append(
            f'<sequenceFlow id="{ids[flow.source, flow.target]}" sourceRef="{flow.source}" targetRef="{flow.target}">'
            f"{condition}</sequenceFlow>\n"
        )
    out.append("</process>\n")
    out.append(_drawing(lanes, nodes, flows, ids))
    return "".join(out)


def _drawing(
    lanes: list[tuple[str, str]], nodes: list[Node], flows: list[Flow], ids: dict[tuple[str, str], str]
) -> str:
    width, height = LEFT + STEP * len(nodes) + 40, ROW * len(lanes)
    out = ['<bpmndi:BPMNDiagram id="d"><bpmndi:BPMNPlane id="p" bpmnElement="c">']
    out.append(_shape("Pool", 0, 0, width, height, 'isHorizontal="true"'))
    out += [_shape(f"Lane{i}", 30, i * ROW, width - 30, ROW, 'isHorizontal="true"') for i in range(len(lanes))]
    middles: dict[str, tuple[int, int]] = {}
    for index, node in enumerate(nodes):
        w, h = SIZES.get(node.tag, (100, 80))
        x, y = LEFT + STEP * index + 70, node.lane * ROW + ROW // 2
        middles[node.id] = (x, y)
        out.append(_shape(node.id, x - w // 2, y - h // 2, w, h, ""))
    for flow in flows:
        (x1, y1), (x2, y2) = middles[flow.source], middles[flow.target]
        bend = [(x1, y1), (x1, height - 10), (x2, height - 10), (x2, y2)] if x2 < x1 else [(x1, y1), (x2, y1), (x2, y2)]
        points = "".join(f'<di:waypoint x="{x}" y="{y}"/>' for x, y in bend)
        edge = ids[flow.source, flow.target]
        out.append(f'<bpmndi:BPMNEdge id="{edge}_di" bpmnElement="{edge}">{points}</bpmndi:BPMNEdge>')
    return "".join(out) + "</bpmndi:BPMNPlane></bpmndi:BPMNDiagram></definitions>\n"


def _shape(element: str, x: int, y: int, width: int, height: int, more: str) -> str:
    bounds = f'<dc:Bounds x="{x}" y="{y}" width="{width}" height="{height}"/>'
    return f'<bpmndi:BPMNShape id="{element}_di" bpmnElement="{element}" {more}>{bounds}</bpmndi:BPMNShape>'


FAN_OUT = '<multiInstanceLoopCharacteristics isSequential="false"/>'
UNIT, OFFICE, LEADER = ("单位", "liaison"), ("办公室", "office"), ("领导", "leader")


def entry(process: str) -> str:
    """Submit, review, back or done: what a participant goes through, and an approval by itself."""
    return diagram(
        process,
        "申报",
        [UNIT, OFFICE],
        [
            Node("startEvent", "Begin", "开始", 0, 'gg:phase="apply"'),
            Node(
                "userTask",
                "Submit",
                "报送材料",
                0,
                'gg:kind="form" gg:form="entry" gg:deadline="submit" gg:phase="apply"',
            ),
            Node(
                "userTask",
                "Review",
                "审核材料",
                1,
                'gg:kind="form" gg:form="review" gg:phase="apply" gg:batch="true" gg:returnTargets="Submit"',
            ),
            Node("exclusiveGateway", "Fine", "同意？", 1, 'gg:phase="apply"'),
            Node("endEvent", "Done", "完成", 1, 'gg:phase="apply"'),
        ],
        [
            Flow("Begin", "Submit"),
            Flow("Submit", "Review"),
            Flow("Review", "Fine"),
            Flow("Fine", "Done", 'form.Review.verdict = "approve"'),
            Flow("Fine", "Submit"),
        ],
    )


def round_() -> str:
    """All participants, then one gate, which may send the campaign back to those who are to do it again."""
    return diagram(
        "round",
        "评比",
        [OFFICE, LEADER],
        [
            Node("startEvent", "Opened", "开始", 0, 'gg:phase="apply"'),
            Node(
                "callActivity",
                "Entries",
                "各单位",
                0,
                'calledElement="entry" gg:collection="participants" gg:opens="all" gg:phase="apply"',
                FAN_OUT,
            ),
            Node("userTask", "Decide", "审定", 1, 'gg:kind="form" gg:form="gate" gg:phase="decide"'),
            Node("exclusiveGateway", "Agreed", "同意？", 1, 'gg:phase="decide"'),
            Node("endEvent", "Named", "结束", 1, 'gg:phase="decide"'),
        ],
        [
            Flow("Opened", "Entries"),
            Flow("Entries", "Decide"),
            Flow("Decide", "Agreed"),
            Flow("Agreed", "Named", 'form.Decide.verdict = "approve"'),
            Flow("Agreed", "Entries"),
        ],
    )


def task(key: str, name: str, lane: int, more: str, inner: str = "") -> Node:
    return Node("userTask", key, name, lane, f'gg:phase="apply" {more}', inner)


def seats(*rules: dict[str, str]) -> str:
    written = "".join(f"<gg:seat {' '.join(f'{k}={v!r}' for k, v in rule.items())}/>" for rule in rules)
    return f"<extensionElements>{written}</extensionElements>".replace("'", '"')


def start() -> Node:
    return Node("startEvent", "Begin", "开始", 0, 'gg:phase="apply"')


def end(key: str = "Done", name: str = "完成", lane: int = 0) -> Node:
    return Node("endEvent", key, name, lane, 'gg:phase="apply"')


def choice(key: str, name: str, lane: int = 0) -> Node:
    return Node("exclusiveGateway", key, name, lane, 'gg:phase="apply"')


def season() -> str:
    """All participants until a day, whoever has not finished by then; after that one gate."""
    entries = Node(
        "callActivity",
        "Plots",
        "各单位",
        0,
        'calledElement="plot" gg:collection="participants" gg:opens="deadline" gg:deadline="close"'
        ' gg:openChildren="continue" gg:phase="apply"',
        FAN_OUT,
    )
    return diagram(
        "season",
        "一季",
        [OFFICE, LEADER],
        [start(), entries, task("Decide", "审定", 1, 'gg:kind="form" gg:form="review"'), end("Named", "结束", 1)],
        [Flow("Begin", "Plots"), Flow("Plots", "Decide"), Flow("Decide", "Named")],
    )


def stages() -> str:
    """Two stages in a row: the second begins when two are through the first, and whoever is late finishes it first."""

    def stage(key: str, name: str, more: str) -> Node:
        attributes = f'calledElement="step" gg:collection="participants" gg:phase="apply" {more}'
        return Node("callActivity", key, name, 0, attributes, FAN_OUT)

    return diagram(
        "stages",
        "两轮",
        [OFFICE],
        [
            start(),
            stage("First", "第一轮", 'gg:opens="count" gg:opensAt="2" gg:openChildren="carry_over"'),
            stage("Second", "第二轮", 'gg:opens="percent" gg:opensAt="60" gg:openChildren="cancel"'),
            task("Close", "收尾", 0, 'gg:kind="form" gg:form="entry"'),
            end(),
        ],
        [Flow("Begin", "First"), Flow("First", "Second"), Flow("Second", "Close"), Flow("Close", "Done")],
    )


def step() -> str:
    """One hand-in."""
    return diagram(
        "step",
        "一步",
        [UNIT],
        [start(), task("Submit", "报送材料", 0, 'gg:kind="form" gg:form="entry"'), end()],
        [Flow("Begin", "Submit"), Flow("Submit", "Done")],
    )


def plot() -> str:
    """Submit, wait for a day, and confirm, where the unit is of a certain kind."""
    wait = Node(
        "intermediateCatchEvent",
        "Publication",
        "公布日",
        0,
        'gg:phase="apply"',
        '<timerEventDefinition gg:deadline="publish"/>',
    )
    return diagram(
        "plot",
        "一块",
        [UNIT],
        [
            start(),
            task("Submit", "报送材料", 0, 'gg:kind="form" gg:form="entry" gg:deadline="submit"'),
            wait,
            choice("Kind", "机关？"),
            task("Confirm", "确认", 0, 'gg:kind="form" gg:form="entry" gg:deadline="confirm"'),
            task("Follow", "回访", 0, 'gg:kind="form" gg:form="entry" gg:deadline="follow"'),
            end(),
        ],
        [
            Flow("Begin", "Submit"),
            Flow("Submit", "Publication"),
            Flow("Publication", "Kind"),
            Flow("Kind", "Confirm", 'unit.kind = "organ"'),
            Flow("Kind", "Done"),
            Flow("Confirm", "Follow"),
            Flow("Follow", "Done"),
        ],
    )


def panel() -> str:
    """Every member agrees, or one of them sends back."""
    return diagram(
        "panel",
        "会审",
        [OFFICE, ("委员", "panel")],
        [
            start(),
            task("Propose", "提出", 0, 'gg:kind="form" gg:form="entry"'),
            task("Judge", "会审", 1, 'gg:kind="form" gg:form="review" gg:policy="all" gg:returnTargets="Propose"'),
            choice("Fine", "同意？", 1),
            end("Agreed", "通过", 1),
        ],
        [
            Flow("Begin", "Propose"),
            Flow("Propose", "Judge"),
            Flow("Judge", "Fine"),
            Flow("Fine", "Agreed", 'form.Judge.verdict = "approve"'),
            Flow("Fine", "Propose"),
        ],
    )


def seated() -> str:
    """Every way of finding seats: weighted votes of named posts, nobody at all, whoever did the first step."""
    nobody = seats({"by": "head_above", "levels": "3"})
    vote = 'gg:policy="weighted" gg:policyAt="50" gg:votes="majority" gg:notSameAs="Write" '
    vote += 'gg:batch="true" gg:returnTargets="Write"'
    panel = seats(
        {"by": "head", "weight": "3"}, {"by": "post", "of": "member", "unit": "authority"}, {"by": "initiator"}
    )
    return diagram(
        "seated",
        "会签",
        [UNIT, OFFICE],
        [
            start(),
            task("Write", "起草", 0, 'gg:kind="form" gg:form="entry"'),
            task("Vote", "会签", 1, f'gg:kind="form" gg:form="review" {vote}', panel),
            task("Look", "阅知", 1, 'gg:kind="form" gg:form="entry" gg:whenEmpty="skip"', nobody),
            task("Turn", "办理", 1, 'gg:kind="form" gg:form="entry" gg:whenEmpty="leader"', nobody),
            task("Thank", "确认", 0, 'gg:kind="form" gg:form="entry"', seats({"by": "doer", "of": "Write"})),
            end(),
        ],
        [
            Flow("Begin", "Write"),
            Flow("Write", "Vote"),
            Flow("Vote", "Look"),
            Flow("Look", "Turn"),
            Flow("Turn", "Thank"),
            Flow("Thank", "Done"),
        ],
    )


def solemn() -> str:
    """A gate by itself."""
    return diagram(
        "solemn",
        "审定",
        [OFFICE, LEADER],
        [
            start(),
            task("Prepare", "准备", 0, 'gg:kind="form" gg:form="entry"'),
            task("Gate", "审定", 1, 'gg:kind="gate" gg:form="review" gg:returnTargets="Prepare"'),
            end(lane=1),
        ],
        [Flow("Begin", "Prepare"), Flow("Prepare", "Gate"), Flow("Gate", "Done")],
    )


def fragile() -> str:
    """Goes on by a fact of the unit, which is not known where no unit is named."""
    return diagram(
        "fragile",
        "易损",
        [OFFICE],
        [
            start(),
            task("Fill", "填写", 0, 'gg:kind="form" gg:form="entry"'),
            choice("Kind", "机关？"),
            end("Organ", "机关"),
            end("Other", "其他"),
        ],
        [
            Flow("Begin", "Fill"),
            Flow("Fill", "Kind"),
            Flow("Kind", "Organ", 'unit.kind = "organ"'),
            Flow("Kind", "Other"),
        ],
    )


def forked() -> str:
    """Two branches at once, one of which may be sent back to before the split, and one not."""
    return diagram(
        "forked",
        "分头办理",
        [OFFICE],
        [
            start(),
            task("Prepare", "准备", 0, 'gg:kind="form" gg:form="entry"'),
            Node("parallelGateway", "Split", "分头", 0, 'gg:phase="apply"'),
            task("Left", "左", 0, 'gg:kind="form" gg:form="entry"'),
            task("Right", "右", 0, 'gg:kind="form" gg:form="entry" gg:returnTargets="Prepare"'),
            Node("parallelGateway", "Join", "汇合", 0, 'gg:phase="apply"'),
            end(),
        ],
        [
            Flow("Begin", "Prepare"),
            Flow("Prepare", "Split"),
            Flow("Split", "Left"),
            Flow("Split", "Right"),
            Flow("Left", "Join"),
            Flow("Right", "Join"),
            Flow("Join", "Done"),
        ],
    )


def bells() -> str:
    """All participants until the last has finished."""
    attributes = 'calledElement="bell" gg:collection="participants" gg:opens="all" gg:phase="apply"'
    units = Node("callActivity", "Bells", "各单位", 0, attributes, FAN_OUT)
    return diagram("bells", "等候", [OFFICE], [start(), units, end()], [Flow("Begin", "Bells"), Flow("Bells", "Done")])


def bell() -> str:
    """Nothing before a day comes."""
    timer = '<timerEventDefinition gg:deadline="ring"/>'
    day = Node("intermediateCatchEvent", "Day", "到期", 0, 'gg:phase="apply"', timer)
    return diagram(
        "bell",
        "等候",
        [UNIT],
        [start(), day, task("Answer", "回应", 0, 'gg:kind="form" gg:form="entry"'), end()],
        [Flow("Begin", "Day"), Flow("Day", "Answer"), Flow("Answer", "Done")],
    )


def papers() -> str:
    """A paper of every participant, and a word at the end."""
    each = 'calledElement="paper" gg:collection="participants" gg:opens="all" gg:phase="apply"'
    return diagram(
        "papers",
        "一轮报批",
        [OFFICE],
        [
            start(),
            Node("callActivity", "Papers", "各单位", 0, each, FAN_OUT),
            task("Close", "收尾", 0, 'gg:kind="form" gg:form="entry"'),
            end(),
        ],
        [Flow("Begin", "Papers"), Flow("Papers", "Close"), Flow("Close", "Done")],
    )


def paper() -> str:
    """Handed in, checked by the office's verifier, then signed, noted, or done again."""
    check = 'gg:kind="form" gg:form="review" gg:deadline="submit" gg:batch="true" gg:returnTargets="Submit"'
    return diagram(
        "paper",
        "一件",
        [UNIT, ("审核员", "verifier"), LEADER],
        [
            start(),
            task("Submit", "报送材料", 0, 'gg:kind="form" gg:form="entry" gg:deadline="submit"'),
            task("Review", "审核材料", 1, check),
            choice("Fine", "同意？", 1),
            task("Sign", "签发", 2, 'gg:kind="form" gg:form="entry"'),
            task("Note", "知悉", 0, 'gg:kind="form" gg:form="entry"'),
            end(),
        ],
        [
            Flow("Begin", "Submit"),
            Flow("Submit", "Review"),
            Flow("Review", "Fine"),
            Flow("Fine", "Sign", 'form.Review.verdict = "approve"'),
            Flow("Fine", "Note", 'form.Review.verdict = "reject"'),
            Flow("Fine", "Submit"),
            Flow("Sign", "Done"),
            Flow("Note", "Done"),
        ],
    )


if __name__ == "__main__":
    packages = {
        "rounds": {"round": round_(), "entry": entry("entry"), "approval": entry("approval")},
        "seasons": {
            "season": season(),
            "plot": plot(),
            "panel": panel(),
            "seated": seated(),
            "solemn": solemn(),
            "fragile": fragile(),
            "forked": forked(),
        },
    }
    packages["papers"] = {"papers": papers(), "paper": paper()}
    packages["stages"] = {"stages": stages(), "step": step()}
    packages["bells"] = {"bells": bells(), "bell": bell()}
    for package, diagrams in packages.items():
        for key, content in diagrams.items():
            (Path(__file__).parent / package / f"{key}.bpmn").write_text(content, encoding="utf-8")
