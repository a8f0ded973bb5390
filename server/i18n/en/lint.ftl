# Checks before publishing: lint-<rule> says what is wrong, lint-<rule>-cure what to do.

lint-whole-file = the whole diagram

## The file
lint-xml-too-large = The file has { $size } bytes; the limit is { $limit }.
lint-xml-too-large-cure = Split the process into several files and connect them with call activities.
lint-xml-encoding = The file is not encoded in UTF-8.
lint-xml-encoding-cure = Save it as UTF-8 in your modelling tool and upload it again.
lint-xml-doctype = The file has a DOCTYPE declaration and is refused.
lint-xml-doctype-cure = Remove the DOCTYPE declaration; a diagram needs none.
lint-xml-malformed = Line { $line } of the file is not complete XML: { $detail }
lint-xml-malformed-cure = The file may be cut off or edited by hand. Export it again from your modelling tool.
lint-xml-too-many = The file has { $count } XML elements; the limit is { $limit }.
lint-xml-too-many-cure = Split the process into several files and connect them with call activities.
lint-not-bpmn = This is not a BPMN 2.0 diagram.
lint-not-bpmn-cure = Upload a .bpmn file exported by a modelling tool.
lint-not-dmn = This is not a DMN decision file.
lint-not-dmn-cure = Upload a .dmn file exported by a modelling tool.
lint-too-many-nodes = The diagram has { $count } nodes; the limit is { $limit }.
lint-too-many-nodes-cure = Move parts that stand for themselves into processes of their own and call them.
lint-one-process = A file must have exactly one executable process; this one has { $count }.
lint-one-process-cure = Keep one executable process; draw outside parties as empty pools.
lint-one-pool = The executable process must stand in one pool; { $count } pools refer to it.
lint-one-pool-cure = Put the process into one pool and draw outside parties as empty pools.
lint-pool-not-black-box = The pool “{ $element }” holds another process, which would not run.
lint-pool-not-black-box-cure = Draw the outside party as an empty pool, connected by message flows only.
lint-foreign-extension = “{ $element }” carries extensions of another product ({ $namespace }), which are not executed.
lint-foreign-extension-cure = If they matter, express them in our own attributes; otherwise they may stay.
lint-unknown-extension = “{ $element }” holds { $tag }, which we do not know.
lint-unknown-extension-cure = Compare the spelling with the documentation, or remove it.
lint-misplaced-extension = “{ $element }” carries { $attribute }, which has no effect on a { $tag }.
lint-misplaced-extension-cure = Remove it, or put it where it belongs.

## Identifiers
lint-id-missing = A { $tag } has no id.
lint-id-missing-cure = Give it an id in your modelling tool.
lint-id-form = The id of “{ $element }” may only have letters, digits and underscores, and may not start with a digit.
lint-id-form-cure = Use an id such as review_plan; the name may be in any language.
lint-id-reserved = The id of “{ $element }” is reserved.
lint-id-reserved-cure = Choose another id, for example with a number at the end.
lint-id-duplicate = The id “{ $element }” is used more than once.
lint-id-duplicate-cure = Give every node an id of its own.

## What we do not run
lint-unsupported-element = “{ $element }” is drawn in a way that is not executed here ({ $tag }).
lint-unsupported-element-cure = Use user tasks, gateways, call activities, system activities or events; a part that stands for itself can become a process of its own that is called.
lint-unsupported-event = “{ $element }” is an event that is not executed here ({ $event }).
lint-unsupported-event-cure = Start with a plain start; wait for a deadline, message or signal; end with a plain, message or terminate end.
lint-plain-task = “{ $element }” does not say what kind of task it is.
lint-plain-task-cure = Make it a user task if a person does it, or a service task with an activity if the system does it.
lint-script-task = “{ $element }” is a script task and will not be executed.
lint-script-task-cure = Use facts for data and system activities for actions.
lint-script = “{ $element }” contains a script ({ $tag }), which will not be executed.
lint-script-cure = Remove the script; use facts, conditions or system activities instead.
lint-timer-text = The timer “{ $element }” has a time written into it: “{ $text }”.
lint-timer-text-cure = Remove the time and name a deadline; its date belongs to the schedule of the campaign.
lint-deadline-missing = “{ $element }” does not say which deadline it waits for.
lint-deadline-missing-cure = Fill in the name of a deadline.
lint-message-missing = “{ $element }” does not say which message or signal it means.
lint-message-missing-cure = Choose a message or signal and give it a name.
lint-multi-instance-task = “{ $element }” is marked as multi-instance.
lint-multi-instance-task-cure = Remove the marker; several people act on one task through its seats and their policy.
lint-standard-loop = “{ $element }” has a loop marker.
lint-standard-loop-cure = Draw the way back with a gateway, or declare return targets.
lint-sequential-fan-out = The fan-out “{ $element }” runs one item after the other.
lint-sequential-fan-out-cure = Make it parallel; units do not wait for each other.
lint-fan-out-expression = The fan-out “{ $element }” contains { $tag }, which is not executed.
lint-fan-out-expression-cure = Remove it and fill in the collection and when it opens the way.
lint-condition-language = The condition on “{ $element }” says that it is written in { $language }.
lint-condition-language-cure = Write it in FEEL.

## Ways
lint-flow-loose = The flow “{ $element }” is not connected at both ends.
lint-flow-loose-cure = Connect it, or remove it.
lint-flow-double = The flow “{ $element }” runs between the same two nodes as another.
lint-flow-double-cure = Keep one; join two conditions with “or”.
lint-flow-direction = “{ $element }” has flows in the wrong direction.
lint-flow-direction-cure = Start and boundary events have outgoing flows only, end events incoming flows only.
lint-one-start = A process must have exactly one start event; this one has { $count }.
lint-one-start-cure = Keep one start event and let a gateway part the ways.
lint-no-end = The process has no end event.
lint-no-end-cure = Draw an end event at the end of every way.
lint-dead-end = Nothing follows “{ $element }”; the process would stop there.
lint-dead-end-cure = Connect it to the next node or to an end event.
lint-implicit-split = { $count } flows leave “{ $element }”, and nothing says which to take.
lint-implicit-split-cure = Add a gateway after it: exclusive for one of them, parallel for all.
lint-condition-misplaced = The flow “{ $element }” has a condition, but “{ $source }” does not decide anything; it would be ignored.
lint-condition-misplaced-cure = Add an exclusive gateway after “{ $source }” and put the condition there.
lint-missing-default = The gateway “{ $element }” has no default flow.
lint-missing-default-cure = Mark one outgoing flow as default; it is taken when no condition holds.
lint-missing-condition = The flow “{ $element }” of the gateway “{ $gateway }” has no condition.
lint-missing-condition-cure = Write a condition, or make it the default flow.
lint-default-condition = The default flow “{ $element }” of the gateway “{ $gateway }” has a condition, which is ignored.
lint-default-condition-cure = Remove the condition.
lint-event-gateway-target = “{ $target }” after the event gateway “{ $element }” is not a waiting event of its own.
lint-event-gateway-target-cure = Only events that wait for a deadline, message or signal may follow, each with one incoming flow.
lint-idle-gateway = The gateway “{ $element }” neither splits nor joins.
lint-idle-gateway-cure = It can be removed.
lint-boundary-host = The boundary event “{ $element }” is attached to something that does not wait.
lint-boundary-host-cure = Attach it to a user task, call activity or service task.
lint-unreachable = “{ $element }” cannot be reached from the start.
lint-unreachable-cure = Connect it, or remove it.
lint-no-way-to-end = No end event can be reached from “{ $element }”.
lint-no-way-to-end-cure = Draw a way that leads to an end.
lint-busy-loop = A circle through “{ $element }” has nothing in it that waits; the process would spin.
lint-busy-loop-cure = Put a user task or a waiting event into the circle.
lint-join-starves = On some ways the process would wait at the join “{ $element }” for ever.
lint-join-starves-cure = Join ways of an exclusive gateway with an exclusive gateway; let every way of a parallel gateway reach its join.
lint-token-flood = On some ways “{ $element }” would be triggered again and again and pile up.
lint-token-flood-cure = Join parallel ways before you lead back.

## Nodes
lint-call-target = The call activity “{ $element }” does not say which process it calls.
lint-call-target-cure = Fill in the id of the process to call.
lint-call-cycle = Processes call each other in a circle: { $path }.
lint-call-cycle-cure = Break the circle at one call.
lint-collection-missing = The fan-out “{ $element }” does not say over which collection it runs.
lint-collection-missing-cure = Fill in the name of a collection, for example participants.
lint-opens = The fan-out “{ $element }” opens the way on “{ $value }”, which we do not know.
lint-opens-cure = Choose all, count, percent or deadline.
lint-opens-at = The number “{ $value }” at which “{ $element }” opens the way is not right.
lint-opens-at-cure = Use a positive whole number for count, 1 to 100 for percent.
lint-open-children = The fan-out “{ $element }” treats open children by “{ $value }”, which we do not know.
lint-open-children-cure = Choose continue, cancel or carry_over.
lint-activity-missing = The service task “{ $element }” does not say which activity it runs.
lint-activity-missing-cure = Fill in the name of a system activity, for example findings.open.
lint-parameter-form = The parameter “{ $name }” of “{ $element }” is incomplete or stands twice.
lint-parameter-form-cure = Every parameter needs a name of its own and a value.
lint-return-target = The return target “{ $target }” of “{ $element }” is not a user task of this process.
lint-return-target-cure = Name a user task of this process that comes before it.
lint-return-target-later = The return target “{ $target }” of “{ $element }” does not come before it.
lint-return-target-later-cure = Name a user task that is done before it.
lint-resubmit-value = “{ $element }” says “{ $value }” for gg:resubmit.
lint-resubmit-value-cure = Write through-all, straight or choice.
lint-resubmit-nowhere = Work sent back from “{ $element }” is to come straight to it, but it cannot be sent back from there.
lint-resubmit-nowhere-cure = Name return targets, draw a way back after it, or remove gg:resubmit.
lint-resubmit-kind = Work sent back from “{ $element }” is to come straight to it, but for no task it can be sent to is it known what was changed.
lint-resubmit-kind-cure = Only tasks of kind form can be compared with what was handed in before. Send it back to one of them, or remove gg:resubmit.
lint-resubmit-nothing = Nobody acts between “{ $element }” and the tasks to which it sends work back, so gg:resubmit has no effect.
lint-resubmit-nothing-cure = Remove gg:resubmit, unless more steps are to follow.
lint-gate-no-reject = The gate “{ $element }” can only be passed, never refused.
lint-gate-no-reject-cure = Draw the way for a refusal after it, or declare return targets.
lint-task-role = Nobody is to do “{ $element }”: it has no role.
lint-task-role-cure = Give a role to its lane or to the task itself.
lint-task-phase = “{ $element }” belongs to no phase.
lint-task-phase-cure = Fill in the key of a phase.
lint-task-name = “{ $element }” has no name; people would see its id.
lint-task-name-cure = Give it a name that those who do it understand.
lint-policy-unknown = The policy “{ $policy }” of “{ $element }” is not known.
lint-policy-unknown-cure = Choose one (any seat), all (every seat), count (N seats), percent (a share of the seats), sequence (one after the other) or weighted (a share of the weight).
lint-policy-at = The number “{ $value }” of seats or percent at “{ $element }” is wrong.
lint-policy-at-cure = Give count a number of seats, and percent and weighted a percentage from 1 to 100 (gg:policyAt); give the other policies none.
lint-votes-unknown = The way of voting “{ $value }” of “{ $element }” is not known.
lint-votes-unknown-cure = Choose veto (one vote against decides), majority (until the result is certain) or collect (until everybody has voted).
lint-votes-one = At “{ $element }” any one seat decides, so there is nothing to vote on.
lint-votes-one-cure = Remove gg:votes, or choose a policy of several seats such as all, count or percent.
lint-seat-form = A seat ({ $by }) of “{ $element }” is incomplete or not known.
lint-seat-form-cure = Say by; role, post, doer and form_field need of, head_above needs levels; unit is participant or authority, weight is 1 to 1000.
lint-seat-field-earlier = A seat of “{ $element }” reads the field “{ $value }”, but no task before this one has it.
lint-seat-field-earlier-cure = Write of as task.field, with the id of a user task that people do before this one.
lint-seat-post-row = A seat ({ $by }) of “{ $element }” says post or row, which has no effect there.
lint-seat-post-row-cure = post goes with lead_unit, assisting_units and form_field, row with lead_unit and assisting_units; remove it elsewhere.
lint-seat-weight = Seats of “{ $element }” have weights, but its policy does not weigh them.
lint-seat-weight-cure = Choose the policy weighted, or remove the weights.
lint-when-empty = “{ $element }” does not say in a known way what happens when nobody is there: “{ $value }”.
lint-when-empty-cure = Write rescue (the campaign office takes care), skip, or a role of the scheme; the nearest is { $suggestion }.
lint-gate-skip = The gate “{ $element }” may not be skipped because nobody is there.
lint-gate-skip-cure = A gate is decided by a person: write rescue, or name another role.
lint-batch-value = “{ $element }” says “{ $value }” for gg:batch.
lint-batch-value-cure = Write true or false.
lint-batch-kind = “{ $element }” cannot be decided several at a time.
lint-batch-kind-cure = Only a task of kind form that names its form can; a gate is decided one by one. Remove gg:batch.
lint-signature-value = “{ $element }” says “{ $value }” for gg:signature.
lint-signature-value-cure = Write optional or required, or remove it.
lint-signature-kind = “{ $element }” gives no verdict that could be signed.
lint-signature-kind-cure = Only a gate, or a task of kind form that names its form, can ask for a signature. Remove gg:signature.
lint-signature-batch = “{ $element }” asks for a signature and may be decided several at a time.
lint-signature-batch-cure = One signature is not for several matters. Remove gg:batch, or write optional for gg:signature.
lint-not-same-as = “{ $element }” names “{ $task }”, which is no user task before it.
lint-not-same-as-cure = Give the id of a task that people do before this one.
lint-lanes-missing = The process has no lanes, so nobody can see who does what.
lint-lanes-missing-cure = Draw a lane for each role and put the nodes into them.
lint-lane-role = The lane “{ $element }” has no role.
lint-lane-role-cure = Fill in the key of a role.
lint-not-in-lane = “{ $element }” stands in no lane.
lint-not-in-lane-cure = Put it into the lane it belongs to.

## References
lint-unknown-task-kind = The task kind “{ $value }” of “{ $element }” does not exist.
lint-unknown-task-kind-cure = { $suggestion ->
    [none] Choose one of the known task kinds.
   *[other] Did you mean “{ $suggestion }”?
}
lint-unknown-role = The role “{ $value }” of “{ $element }” does not exist.
lint-unknown-role-cure = { $suggestion ->
    [none] Define the role in the scheme first.
   *[other] Did you mean “{ $suggestion }”?
}
lint-unknown-form = The form “{ $value }” of “{ $element }” does not exist.
lint-unknown-form-cure = { $suggestion ->
    [none] Add the form to the forms folder of the scheme.
   *[other] Did you mean “{ $suggestion }”?
}
lint-unknown-deadline = The deadline “{ $value }” of “{ $element }” does not exist.
lint-unknown-deadline-cure = { $suggestion ->
    [none] Define the deadline in the schedule rules of the scheme first.
   *[other] Did you mean “{ $suggestion }”?
}
lint-unknown-phase = The phase “{ $value }” of “{ $element }” does not exist.
lint-unknown-phase-cure = { $suggestion ->
    [none] Define the phase in the scheme first.
   *[other] Did you mean “{ $suggestion }”?
}
lint-unknown-collection = The collection “{ $value }” of the fan-out “{ $element }” does not exist.
lint-unknown-collection-cure = { $suggestion ->
    [none] Choose one of the known collections.
   *[other] Did you mean “{ $suggestion }”?
}
lint-unknown-activity = The system activity “{ $value }” of “{ $element }” does not exist.
lint-unknown-activity-cure = { $suggestion ->
    [none] Choose one of the known system activities.
   *[other] Did you mean “{ $suggestion }”?
}
lint-unknown-process = The process “{ $value }” called by “{ $element }” is not part of this scheme.
lint-unknown-process-cure = { $suggestion ->
    [none] Add the file of the called process to the scheme.
   *[other] Did you mean “{ $suggestion }”?
}
lint-unknown-decision = The decision “{ $value }” of “{ $element }” is not part of this scheme.
lint-unknown-decision-cure = { $suggestion ->
    [none] Add the file of the decision table to the scheme.
   *[other] Did you mean “{ $suggestion }”?
}

## Decision tables
lint-decision-missing = “{ $element }” does not say which decision it uses.
lint-decision-missing-cure = Fill in the id of a decision.
lint-decision-unknown = The decision “{ $decision }” of “{ $element }” did not come with the file.
lint-decision-unknown-cure = Add the .dmn file that holds it, or correct the id.
lint-decision-duplicate = The decision “{ $element }” stands in the files more than once.
lint-decision-duplicate-cure = Give every decision an id of its own.
lint-decision-not-table = The decision “{ $element }” is not a decision table.
lint-decision-not-table-cure = Every decision needs an id and one decision table.
lint-decision-policy = The hit policy “{ $policy }” of the decision “{ $element }” is not supported.
lint-decision-policy-cure = Choose UNIQUE, FIRST, or COLLECT without aggregation.
lint-decision-inputs = The input columns of the decision “{ $element }” are incomplete.
lint-decision-inputs-cure = Write an expression for every input column.
lint-decision-outputs = Output columns of the decision “{ $element }” have no name, the same name, or characters that cannot be used.
lint-decision-outputs-cure = Give every output column a name of letters, digits and underscores.
lint-decision-rows = The decision “{ $element }” has { $count } rows; 1 to { $limit } are possible.
lint-decision-rows-cure = Add rules, or split the table.
lint-decision-row-shape = Row { $row } of the decision “{ $element }” does not have a cell for every column.
lint-decision-row-shape-cure = Save the table again in your modelling tool.
lint-decision-too-large = The decision “{ $element }” is larger than { $limit } characters.
lint-decision-too-large-cure = Split the table.

## Expressions
lint-feel-syntax = The expression at “{ $element }” is not complete or not correct (near character { $at }): { $expression }
lint-feel-syntax-cure = Check brackets, quotation marks and operators.
lint-feel-double-equals = The expression at “{ $element }” uses two equals signs: { $expression }
lint-feel-double-equals-cure = Write one equals sign: =.
lint-feel-full-width = The expression at “{ $element }” has a full-width sign “{ $text }”: { $expression }
lint-feel-full-width-cure = Use half-width quotation marks, brackets, commas and equals signs; text inside quotation marks is free.
lint-feel-unknown-fact = The expression at “{ $element }” reads the fact “{ $fact }”, which does not exist.
lint-feel-unknown-fact-cure = { $suggestion ->
    [none] Choose one from the catalogue of facts.
   *[other] Did you mean “{ $suggestion }”?
}
lint-feel-unknown-function = The expression at “{ $element }” uses the function “{ $fact }”, which does not exist.
lint-feel-unknown-function-cure = Compare the spelling with the list of FEEL functions.
lint-feel-points = The expression at “{ $element }” calculates with or compares the points “{ $fact }”: { $expression }
lint-feel-points-cure = Points are calculated exactly by the standard; read the verdict (for example result.passed) or the grade.
lint-feel-type-mismatch = The expression at “{ $element }” compares different kinds of values ({ $left } and { $right }): { $expression }
lint-feel-type-mismatch-cure = Numbers have no quotation marks, texts have them, dates are written date("2026-05-15").
lint-feel-not-boolean = The condition at “{ $element }” is neither true nor false: { $expression }
lint-feel-not-boolean-cure = Write a comparison, for example unit.kind = "school".
lint-feel-if-in-loop = The expression at “{ $element }” uses “if” inside a loop or filter: { $expression }
lint-feel-if-in-loop-cure = Write a comparison, or move the “if” outside; on an empty value it would silently take “else”.
lint-feel-too-long = The expression at “{ $element }” is longer than { $limit } characters.
lint-feel-too-long-cure = Use a decision table.

## Trial
lint-trial-limit = Starting the process for a trial used up its { $limit ->
    [memory] memory
   *[time] time
}.
lint-trial-limit-cure = Look for parallel gateways that multiply each other and for circles without anything that waits.
lint-trial-tasks = Starting the process for a trial opened more than { $limit } places at once.
lint-trial-tasks-cure = Look for parallel gateways that multiply each other; use a fan-out for many units.
lint-trial-failed = Starting the process for a trial failed at “{ $element }”.
lint-trial-failed-cure = Check the conditions and ways there.
lint-condition-null = With sample data the condition on “{ $element }” is neither true nor false: { $expression }
lint-condition-null-cure = A fact may be empty; ask first whether it is (for example unit.kind != null).

## Other
lint-performer-ignored = “{ $element }” names who does it by { $tag }, which is not used here.
lint-performer-ignored-cure = Say who does it by the role of the lane or task.
lint-decision-feature = The decision “{ $element }” uses { $feature }, which is not executed.
lint-decision-feature-cure = In place of a default output add a last row of “-” (with hit policy FIRST); in place of a required decision put two business rule tasks in a row; write expressions in FEEL.
lint-feel-too-much = Up to “{ $element }” the expressions have more than { $limit } characters together.
lint-feel-too-much-cure = Simplify the conditions, or split the process or table.
lint-gate-deadline = The gate “{ $element }” has a deadline that interrupts it: time alone would carry the campaign past whoever decides.
lint-gate-deadline-cure = Make the deadline non-interrupting; only a person passes a gate.
