"""Writes the diagrams of the test package whose tasks send work back and let it come straight to them."""

from pathlib import Path

from tests.packages.make import FAN_OUT, LEADER, OFFICE, UNIT, Flow, Node, choice, diagram, end, start, task

VERIFIER = ("审核员", "verifier")
REVIEW = 'gg:kind="form" gg:form="review"'


def loops() -> str:
    """A piece of every participant, one in parallel branches, and a word at the end."""
    each = 'calledElement="{}" gg:collection="participants" gg:opens="all" gg:phase="apply"'
    return diagram(
        "loops",
        "一轮",
        [OFFICE],
        [
            start(),
            Node("callActivity", "Pieces", "各单位", 0, each.format("piece"), FAN_OUT),
            task("Close", "收尾", 0, 'gg:kind="form" gg:form="review"'),
            end(),
        ],
        [Flow("Begin", "Pieces"), Flow("Pieces", "Close"), Flow("Close", "Done")],
    )


def piece(key: str, way: str) -> str:
    """Handed in, checked, then judged by two leaders together, who send back by a drawn way or by name."""
    judge = f'{REVIEW} gg:policy="all" gg:resubmit="{way}" gg:returnTargets="Submit Check"'
    return diagram(
        key,
        "一件",
        [UNIT, VERIFIER, ("评委", "judges")],
        [
            start(),
            task("Submit", "报送材料", 0, 'gg:kind="form" gg:form="piece"'),
            task("Check", "审核材料", 1, f'{REVIEW} gg:returnTargets="Submit"'),
            task("Judge", "会签", 2, judge),
            choice("Fine", "同意？", 2),
            end(),
        ],
        [
            Flow("Begin", "Submit"),
            Flow("Submit", "Check"),
            Flow("Check", "Judge"),
            Flow("Judge", "Fine"),
            Flow("Fine", "Done", 'form.Judge.verdict = "approve"'),
            Flow("Fine", "Submit"),
        ],
    )


def pair() -> str:
    """Two hand it in together, so nobody can say what one of them changed."""
    return diagram(
        "pair",
        "共同",
        [("评委", "judges"), VERIFIER, LEADER],
        [
            start(),
            task("Submit", "共同起草", 0, 'gg:kind="form" gg:form="piece" gg:policy="all"'),
            task("Check", "审核材料", 1, REVIEW),
            task("Judge", "审定", 2, f'{REVIEW} gg:resubmit="choice" gg:returnTargets="Submit"'),
            end(),
        ],
        [Flow("Begin", "Submit"), Flow("Submit", "Check"), Flow("Check", "Judge"), Flow("Judge", "Done")],
    )


def forks() -> str:
    """Two branches after the hand-in: one judge in each, the leader's returns to before they part."""
    judge = f'{REVIEW} gg:resubmit="choice" gg:returnTargets="Submit"'
    return diagram(
        "forks",
        "并行",
        [UNIT, VERIFIER, LEADER],
        [
            start(),
            task("Submit", "报送材料", 0, 'gg:kind="form" gg:form="piece"'),
            Node("parallelGateway", "Split", "分开", 0, 'gg:phase="apply"'),
            task("Check", "审核材料", 1, REVIEW),
            task("Judge", "审定", 2, judge),
            Node("parallelGateway", "Join", "汇合", 0, 'gg:phase="apply"'),
            task("Close", "收尾", 0, REVIEW),
            end(),
        ],
        [
            Flow("Begin", "Submit"),
            Flow("Submit", "Split"),
            Flow("Split", "Check"),
            Flow("Split", "Judge"),
            Flow("Check", "Join"),
            Flow("Judge", "Join"),
            Flow("Join", "Close"),
            Flow("Close", "Done"),
        ],
    )


if __name__ == "__main__":
    diagrams = {"loops": loops(), "forks": forks(), "pair": pair()}
    diagrams |= {"piece": piece("piece", "choice"), "brisk": piece("brisk", "straight")}
    for key, content in diagrams.items():
        (Path(__file__).parent / "loops" / f"{key}.bpmn").write_text(content, encoding="utf-8")
