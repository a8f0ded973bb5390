# Rehearsals
rehearsal-scheme-unknown = No scheme “{ $key }” is shipped with the program; these can be rehearsed: { $known }.
rehearsal-units-wrong = The number of units must lie between 1 and { $most }.
rehearsal-kind-unknown = A rehearsal cannot do tasks of the kind “{ $kind }”.
rehearsal-no-answer = The script has no answer for criterion { $key }.
rehearsal-not-in-inbox = The task is not in the inbox of { $name }.
rehearsal-no-end = The campaign has not ended after { $days } days.
rehearsal-stuck = The campaign is stuck: nobody has a task, and no deadline is to come.
rehearsal-title = Rehearsal: { $title }
rehearsal-scheme = Scheme: { $title } ({ $key }, version { $hash })
rehearsal-from = { $units ->
    [one] Seed { $seed }, one unit, opened on { $on }
   *[other] Seed { $seed }, { $units } units, opened on { $on }
}
rehearsal-ended = Ended on { $on }
rehearsal-not-ended = Did not come to an end
rehearsal-left-out = No unit shows “{ $behaviour }”: { $reason }
rehearsal-left-out-units = too few units
rehearsal-left-out-unscored = the scheme has no standard or no pass mark
rehearsal-left-out-no-return = the scheme has no step that can send back
rehearsal-behaviour-passes = passes
rehearsal-behaviour-mended = below the pass mark, mends it
rehearsal-behaviour-not-mended = below the pass mark, does not mend it
rehearsal-behaviour-returned = plan returned once
rehearsal-behaviour-late = hands in late
rehearsal-behaviour-withdrawn = withdraws in mid-run
rehearsal-behaviour-empty-post = empty post, the office enters for it
rehearsal-participants = Participants
rehearsal-participant = { $number }. { $name } (script: { $behaviour })
rehearsal-plan = {"    "}First handed in: { $on }{ $more }
rehearsal-self-assessment = {"    "}Self-assessment handed in: { $on }{ $more }
rehearsal-and = , { $fact }{ $rest }
rehearsal-late = late
rehearsal-returned = { $times ->
    [one] returned once, handed in again on { $on }
   *[other] returned { $times } times, handed in again on { $on }
}
rehearsal-behalf = entered by the office for { $name } ({ $source })
rehearsal-withdrawn = {"    "}Withdrawn: { $reason }
rehearsal-self-total = {"    "}Self-assessed: { $points }
rehearsal-verified-total = {"    "}Verified: { $points }
rehearsal-second-total = {"    "}Second verification: { $points }
rehearsal-findings = {"    "}Findings: mended { $mended }; not mended { $rest }
rehearsal-recognised-yes = {"    "}Recognised
rehearsal-recognised-no = {"    "}Not recognised
rehearsal-recognised = { $count ->
    [one] Recognised: one unit
   *[other] Recognised: { $count } units
}
rehearsal-recognised-unit = {"    "}{ $number }. { $name } { $points }
rehearsal-rate = Rate: { $recognised } of { $scope }, { $percent }%
rehearsal-target-reached = Reaches the target of { $percent }% by { $by }
rehearsal-target-missed = Misses the target of { $percent }% by { $by }
rehearsal-gate = { $days ->
    [one] Gate “{ $title }”: opened on { $opened }, due on { $due }, one day
   *[other] Gate “{ $title }”: opened on { $opened }, due on { $due }, { $days } days
}
rehearsal-gate-tight = { $days ->
    [one] Gate “{ $title }” has no time: opened on { $opened }, due on { $due }, one day
   *[other] Gate “{ $title }” has no time: opened on { $opened }, due on { $due }, { $days } days
}
rehearsal-gate-undated = Gate “{ $title }”: opened on { $opened }, no date set
rehearsal-empty-post = { $tasks ->
    [one] Empty post: { $unit } { $post }, with one task on it
   *[other] Empty post: { $unit } { $post }, with { $tasks } tasks on it
}
rehearsal-no-incidents = No incidents
rehearsal-incidents = { $count ->
    [one] One incident
   *[other] { $count } incidents
}
rehearsal-incident = {"    "}{ $on } { $what }: { $cause }
rehearsal-cause = { $en }
rehearsal-calendar = Calendar: who got what on which day
rehearsal-day = { $on }
rehearsal-task = {"    "}{ $title } ({ $matter }) → { $who }, due { $due }
rehearsal-seat = { $unit } { $post } { $people }
rehearsal-both = { $first }; { $rest }
rehearsal-vacant = (vacant)
rehearsal-nobody-named = (the scheme names nobody)
