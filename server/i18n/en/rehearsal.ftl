# Rehearsals
rehearsal-scheme-unknown = No scheme “{ $key }” is shipped with the program; these can be rehearsed: { $known }.
rehearsal-units-wrong = The number of units must lie between 1 and { $most }.
rehearsal-kind-unknown = A rehearsal cannot do tasks of the kind “{ $kind }”.
rehearsal-no-answer = The script has no answer for criterion { $key }.
rehearsal-not-in-inbox = The task is not in the inbox of { $name }.
rehearsal-no-end = The campaign has not ended after { $days } days.
rehearsal-stuck = The campaign is stuck: nobody has a task, and no deadline is to come.
rehearsal-left-out-units = too few units
rehearsal-left-out-unscored = the scheme has no standard or no pass mark
rehearsal-left-out-no-return = the scheme has no step that can send back
