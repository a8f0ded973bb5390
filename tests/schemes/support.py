"""A small sound package to break in one place at a time, and an application with the pages of schemes alone."""

from importlib.resources import files as resources
from pathlib import Path
from typing import Any

from server.schemes.findings import Finding
from server.schemes.package import Read, read_folder
from server.schemes.parts import SchemeParts
from server.schemes.rules import Checked, check_package

GAOPING = Path(str(resources("server._workflows"))) / "gaoping-2020"

SCHEME = """
format = 1
[scheme]
key = "small"
language = "en"
title = { value = "A small scheme", source = "notice", line = 1 }
[[issuer]]
key = "city"
title = "City"
lead = true
source = "authority"
[[phase]]
key = "apply"
title = "Apply"
source = "notice"
line = 2
[[role]]
key = "liaison"
title = "Liaison"
unit = "participant"
post = "liaison"
fallback = ["head"]
source = "authority"
[[role]]
key = "office"
title = "Office"
unit = "authority"
post = "office"
source = "authority"
[[deadline]]
key = "plan"
title = "Hand in"
rule = { kind = "yearly", month = 3, day = 31 }
source = "notice"
line = 3
[[deadline]]
key = "review"
title = "Review"
rule = { kind = "relative", to = "plan", days = { parameter = "review_days" } }
source = "default"
[[parameter]]
key = "review_days"
title = "Days to review"
kind = "integer"
minimum = "1"
maximum = "30"
source = "authority"
[[process]]
key = "small"
title = "Small"
file = "small.bpmn"
of = "campaign"
root = true
[[form]]
key = "plan"
title = "Plan"
file = "forms/plan.json"
[[form]]
key = "review"
title = "Review"
file = "forms/review.json"
"""
PLAN = """{"title": "Plan", "type": "object", "required": ["words"],
 "properties": {"words": {"type": "string", "title": "Words", "maxLength": 100}}}"""
REVIEW = """{"title": "Review", "type": "object", "required": ["verdict"], "properties": {"verdict":
 {"type": "string", "title": "Verdict", "oneOf": [
  {"const": "file", "title": "File"}, {"const": "return", "title": "Return"}]}}}"""
BPMN = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
  xmlns:gg="urn:greengate:bpmn:1" id="d" targetNamespace="urn:small">
 <collaboration id="c"><participant id="Pool" name="Pool" processRef="small"/></collaboration>
 <process id="small" name="Small" isExecutable="true">
  <laneSet id="Lanes">
   <lane id="LaneUnit" name="Unit" gg:role="liaison"><flowNodeRef>Opened</flowNodeRef>
    <flowNodeRef>Plan</flowNodeRef></lane>
   <lane id="LaneOffice" name="Office" gg:role="office"><flowNodeRef>Review</flowNodeRef>
    <flowNodeRef>Filed</flowNodeRef><flowNodeRef>Done</flowNodeRef></lane>
  </laneSet>
  <startEvent id="Opened" name="Opened"/>
  <userTask id="Plan" name="Hand in the plan" gg:form="plan" gg:deadline="plan" gg:phase="apply"/>
  <userTask id="Review" name="Review the plan" gg:form="review" gg:deadline="review" gg:phase="apply"/>
  <exclusiveGateway id="Filed" name="File it?" default="Back"/>
  <endEvent id="Done" name="Done"/>
  <sequenceFlow id="F1" sourceRef="Opened" targetRef="Plan"/>
  <sequenceFlow id="F2" sourceRef="Plan" targetRef="Review"/>
  <sequenceFlow id="F3" sourceRef="Review" targetRef="Filed"/>
  <sequenceFlow id="F4" sourceRef="Filed" targetRef="Done">
   <conditionExpression xsi:type="tFormalExpression">form.Review.verdict = "file"</conditionExpression></sequenceFlow>
  <sequenceFlow id="Back" sourceRef="Filed" targetRef="Plan"/>
 </process>
</definitions>
"""


def small() -> dict[str, bytes]:
    """A sound package."""
    texts = {
        "scheme.toml": SCHEME,
        "small.bpmn": BPMN,
        "forms/plan.json": PLAN,
        "forms/review.json": REVIEW,
        "i18n/zh-CN.toml": '[phase.apply]\ntitle = "申报"\n[element.small]\nPlan = "报送方案"\n',
    }
    return {path: text.encode() for path, text in texts.items()}


def changed(path: str, old: str, new: str) -> dict[str, bytes]:
    """The sound package with one text replaced in one file."""
    files = small()
    before = files[path].decode()
    assert old in before, f"{old!r} is not in {path}"
    files[path] = before.replace(old, new).encode()
    return files


def quiet(**known: Any) -> SchemeParts:
    """Parts without the trial, which takes a child process."""
    return SchemeParts(trial=False, **known)


def check(files: dict[str, bytes], parts: SchemeParts | None = None) -> Checked:
    return check_package(files, parts or quiet())


def rules_of(checked: Checked) -> set[str]:
    return {finding.rule for finding in checked.findings}


def only(checked: Checked, rule: str) -> Finding:
    """The one finding of a rule."""
    found = [finding for finding in checked.findings if finding.rule == rule]
    assert len(found) == 1, [(finding.rule, finding.place) for finding in checked.findings]
    return found[0]


def gaoping() -> Read:
    return read_folder(GAOPING)
