tasks-inbox = My tasks
tasks-filters = Task filters
tasks-search = Search tasks and units
tasks-filter-all = All
tasks-filter-overdue = Overdue
tasks-filter-today = Due today
tasks-filter-gate = Awaiting my decision
tasks-filter-returned = Returned
tasks-filter-rescue = Nobody assigned
tasks-group-overdue = Overdue
tasks-group-today = Due today
tasks-group-week = Due this week
tasks-group-later = Due later
tasks-group-undated = No deadline
tasks-none = No tasks
tasks-none-hint = New tasks will appear here.
tasks-none-found = No tasks match
tasks-none-found-hint = Try another word, or show all tasks.
tasks-show-all = Show all
tasks-returned = Returned
tasks-back = Back to my tasks
tasks-unit = Unit
tasks-campaign = See the campaign and how far everybody is
tasks-due = Due
tasks-opened = Received
tasks-due-none = No deadline
tasks-due-overdue = { $days ->
    [0] Overdue since today
    [one] { $days } day overdue
   *[other] { $days } days overdue
 }
tasks-due-rest = Time is up; not overdue before work begins again
tasks-due-today = Due today
tasks-due-left = { $days ->
    [one] { $days } day left
   *[other] { $days } days left
 }
tasks-returned-because = Returned because:{" "}
tasks-state-done = This task is done. Below is what was handed in.
tasks-state-cancelled = This task was cancelled; nothing needs to be done.
tasks-readonly = You may look at this task, but it is not yours to do.
tasks-not-complete = { $count ->
    [one] One thing needs attention; your draft has been saved
   *[other] { $count } things need attention; your draft has been saved
 }
tasks-missing-more = and { $count } more
tasks-still-missing = Still missing: { $count }
tasks-who = To be done by
tasks-seat-empty = (post is vacant)
tasks-seat-rescue = Nobody is named; the campaign office takes care of it
tasks-trail = History
tasks-trail-none = Nothing has been recorded yet.
tasks-trail-behalf = { " " }(entered for { $name }, source: { $source })
tasks-trail-late = { " " }(late)
tasks-aside = About this task
tasks-verdict-done = completed “{ $title }”
tasks-verdict-approve = approved “{ $title }”
tasks-verdict-conditional = approved “{ $title }” with conditions
tasks-verdict-return = returned “{ $title }”
tasks-verdict-reject = rejected “{ $title }”
tasks-verdict-file = filed “{ $title }”
tasks-verdict-again = asked again at “{ $title }”
tasks-verdict-settled = settled “{ $title }”
tasks-verdict-mended = accepted the mending in “{ $title }”
tasks-verdict-not_mended = did not accept the mending in “{ $title }”
tasks-source-phone = Phone call
tasks-source-paper = Paper
tasks-source-file = Spreadsheet
tasks-source-meeting = Meeting
tasks-behalf = Enter for somebody else
tasks-behalf-hint = This task is not yours. Say for whom you enter it and on what basis; both of you will be on record.
tasks-behalf-name = Entered for
tasks-behalf-source = Basis
tasks-behalf-note = Note
tasks-behalf-incomplete = Say for whom you enter this, and choose the basis.
tasks-save = Save draft
tasks-hand-in = Hand in
tasks-draft-saved = The draft has been saved; it has not been handed in.
tasks-done = “{ $title }” has been handed in.
tasks-done-late = “{ $title }” has been handed in and marked late.
tasks-send-back = Send back to an earlier step
tasks-send-back-to = Send back to
tasks-send-back-do = Send back
tasks-sent-back = It has been sent back.
tasks-reason = Reason
tasks-file-missing = No file was received. Please choose it again.
task-not-complete = Something is still missing; your draft has been saved.
task-closed = This task is closed and can no longer be done.
task-done-by = { $name } already did this task at { $when }; your action was not carried out.
task-not-your-turn = It is not your turn yet; others come before you.
task-own-work = This is your own work; somebody else has to decide on it.
task-say-for-whom = This task is not yours. If you enter it for somebody else, say for whom and on what basis.
task-gate-source = A gate may only be entered on the basis of a meeting or a signed paper.
task-reason-needed = Please give a reason.
tasks-file-unknown = One of the files no longer exists. Please upload it again.
tasks-due-by-day = by { $day }
tasks-handed-in = Handed in: { $title }
task-key-used = This request key was already used for another task; reload the page and submit again.
task-extension-later = The new date must lie after the present one, and in the future.
tasks-who-post = { $name } ({ $post })
tasks-extend = Give more time
tasks-extend-hint = For this task alone; it keeps its date when the campaign's dates are changed later.
tasks-extend-day = Until
tasks-extended = The task is now due by { $day }.
task-date-wrong = “{ $value }” is not a valid date.
tasks-detail = Task
tasks-choose = Choose a task
tasks-choose-hint = It opens here.
tasks-seats-change = Change who acts
tasks-seats-hint = Add somebody, or hand your seat on to another post; votes that were given stay.
tasks-seats-how = Change
tasks-seat-add = Add
tasks-seat-hand-on = Hand on
tasks-seat-remove = Remove
tasks-seats-whose = Seat
tasks-seats-whose-hint = To hand on or to remove
tasks-seats-to = Who acts instead
tasks-seats-to-hint = To add or to hand on
tasks-seats-do = Change
tasks-seats-changed = The seats were changed.
tasks-seat-choice = { $unit } { $post } { $name }
task-seat-gate = Who decides at a gate is changed by who decides there now, and by nobody else.
task-seat-missing = Choose a seat that has not decided yet.
task-seat-post = Choose who acts instead.
task-seat-there = That post sits there already.
task-seat-oneself = You cannot add a post of your own.
task-seat-last = One seat has to stay; add somebody first, or hand it on.
task-seat-decides = Without this seat the task would be decided at once; hand it on, so that somebody says so.
task-seat-many = There may be { $limit } seats at most.
tasks-title-tasks-time = Decide on a request for more time
tasks-ask-time = Ask for more time
tasks-ask-time-hint = The campaign office decides; until then the present date holds.
tasks-ask-time-do = Send the request
tasks-time-asked = You have asked for time until { $day }.
tasks-time-open = { $name } asked for more time ({ $day }) and waits for an answer. Reason: { $reason }
tasks-time-granted = More time was granted: { $day }.
tasks-time-refused = More time was refused: { $reason }
tasks-time-about = Task
tasks-time-by = Asked by
tasks-time-wanted = Time wanted
tasks-time-until = Grant time until
tasks-time-until-hint = You may choose another day
tasks-time-opinion = Remark
tasks-time-opinion-hint = Needed when you refuse
tasks-time-approve = Grant
tasks-time-reject = Refuse
task-time-asked = A request for more time is already waiting for an answer.
task-time-verdict = Choose to grant or to refuse.
task-opinion-long = A remark has at most { $limit } characters.
task-of-no-process = This task belongs to no process and cannot be handled so.
tasks-trail-unconfirmed = { " " }(not confirmed yet)
tasks-trail-confirmed = { " " }(confirmed by the one concerned)
tasks-trail-disputed = { " " }(disputed by the one concerned: { $note })
tasks-entries = Entries made for you
tasks-entries-lead = Others entered what follows on your behalf. Confirm what is right; where it is not, say what is wrong, and the campaign office will see to it.
tasks-entries-none = There is nothing to confirm
tasks-entries-more = Only the oldest { $count } are shown; the others follow once these are confirmed.
tasks-entries-waiting = { $count ->
    [one] One entry was made on your behalf; please confirm it.
   *[other] { $count } entries were made on your behalf; please confirm them.
}
tasks-entries-look = Look at them
tasks-entry-of = Entered by { $by } on { $when } for { $name }; source: { $source }
tasks-entry-open = See what was entered
tasks-entry-agree = It is right
tasks-entry-dispute = It is not right
tasks-entry-note = What is wrong
tasks-entry-note-hint = Needed when you object
tasks-entry-agreed = Confirmed. Thank you.
tasks-entry-disputed = Your objection is recorded; the campaign office will see to it.
tasks-entry-link = Link to confirm
tasks-entry-link-lead = Send this link to { $name }: without logging in they see what was entered, and confirm it or object. It works for 30 days, and for this entry alone.
tasks-entry-content = What was entered
tasks-said-title = Please confirm what was entered for you
tasks-said-agreed = { $name } confirmed this on { $when }.
tasks-said-disputed = { $name } objected on { $when }: { $note }
tasks-title-tasks-dispute = Answer an objection to an entry
tasks-dispute-says = { $name } objects
tasks-dispute-entry = The entry
tasks-dispute-answer = What became of it
tasks-dispute-answer-hint = Say what was mended and where, or why the entry stands
tasks-dispute-done = Done
task-objection-needed = Say what is wrong.
task-confirmed-already = This entry has been answered already.
task-gate-link = A link never opens a gate.
task-link-over = This link is not valid or too old; ask whoever sent it for a new one.
task-answer-needed = Say what became of the objection

# Reminders and urging
tasks-told-of = { $title } ({ $matter })
tasks-told-opened-dated = New task: { $task }, due by { $day }
tasks-told-opened-undated = New task: { $task }
tasks-told-returned = Sent back, please mend and hand in again: { $task }
tasks-told-soon = Due soon: { $task }, by { $day }
tasks-told-today = Due today: { $task }
tasks-told-overdue = Overdue: { $task }, was due by { $day }
tasks-told-head = Overdue in your unit: { $task }, was due by { $day }
tasks-told-urged-dated = { $name } asks you to get on with: { $task }, due by { $day }
tasks-told-urged-undated = { $name } asks you to get on with: { $task }
tasks-told-urged-dated-noted = { $name } asks you to get on with: { $task }, due by { $day }. { $note }
tasks-told-urged-undated-noted = { $name } asks you to get on with: { $task }. { $note }
tasks-told-time-granted = More time was given: { $task }, now due by { $day }
tasks-told-time-refused = No more time was given: { $task }, still due by { $day }
tasks-urge = Urge
tasks-urge-hint = Those who sit on the task are reminded in your name. A task is urged once in four hours at most.
tasks-urge-note = A few words (optional)
tasks-urged-told = { $count ->
    [one] Urged; one person was told.
   *[other] Urged; { $count } people were told.
}
tasks-urged-nobody = The urging is recorded, but whoever sits on the task has neither an account nor a mail address. Please telephone.
tasks-urged-line = { $count ->
    [one] Urged once: { $name }, { $when }
   *[other] Urged { $count } times, last by { $name }, { $when }
}
tasks-urged-note = {": "}{ $note }
task-urged-lately = { $name } has just urged this task; it is not urged again within four hours.
tasks-title-recognitions-condition = Meet a condition of an approval
tasks-title-recognitions-look = Look at the answer to a remark
tasks-title-recognitions-remark = Act on a leader's remark
tasks-title-supervision-reply = Reply to a supervision order
task-too-late = The deadline has passed; this is not taken any more. If it must still be handed in, please speak to the campaign office.
task-too-late-ask = The deadline has passed. Please ask for more time first and hand in once it is granted; what you have typed is kept.

# Calendar feed
tasks-feed = Subscribe in a calendar
tasks-feed-lead = Add this address to the calendar of your phone or computer: what is due then appears there and stays up to date.
tasks-feed-address = Address of the feed
tasks-feed-secret = Whoever knows this address sees the names and dates of your tasks; do not pass it on. A new password makes it void.
tasks-feed-name = Greengate tasks
tasks-feed-overdue = Overdue: { $title }
tasks-take-back = Take back
tasks-take-back-hint = Nobody has acted on what followed yet: you may take this back and change it.
tasks-take-back-title = Take back “{ $title }”?
tasks-take-back-text = What you filled in is kept as a draft, to be changed and handed in again; the tasks that it opened are cancelled.
tasks-taken-back = “{ $title }” is taken back; its contents are the draft again.
tasks-trail-taken-back =  (taken back on { $when })
tasks-told-taken-back = { $name } took back what was handed in; this task is cancelled: { $task }
task-back-none = There is nothing to take back.
task-back-not-yours = You can only take back what you handed in yourself.
task-back-gate = The decision of a gate is never taken back.
task-back-kind = A result that was settled is not taken back; if it must be corrected, the office sends it back.
task-back-confirmed = The one concerned has already answered this entry: it can no longer be taken back.
task-back-several = Several people decided this together: one of them cannot take it back.
task-back-gone-on = The process has gone on: this can no longer be taken back.
task-back-waiting = Other branches are being waited for: this cannot be taken back now.
task-back-acted = { $name } has acted on what followed: this can no longer be taken back.
task-back-begun = { $name } has begun to fill in what followed: this can no longer be taken back.
tasks-claim = Claim
tasks-claim-hint = Several people may do this. Once you claim it, the others cannot hand it in for the time being.
tasks-claim-done = Claimed: it is yours to do.
tasks-release = Release
tasks-release-done = Released: others may do it.
tasks-claimed-by = { $name } claimed this on { $since }. The claim lapses if it is not done by { $until }.
tasks-claimed-by-you = You claimed this on { $since }. The claim lapses if it is not done by { $until }.
tasks-claimed-line = claimed by { $name }
tasks-told-released = { $name } released a task that you had claimed: { $task }
task-claimed = { $name } claimed this task on { $when }; it must be released before you can do it.
task-claim-needless = This task is not for any one of several people to do: it need not be claimed.
task-claim-none = Nobody has claimed this task.
task-claim-not-yours = Only who claimed it, or the office, can release it.
tasks-copy = Send a copy
tasks-copy-hint = Who gets a copy may look at this task, cannot act on it, and sees nothing else.
tasks-copy-to = To
tasks-copy-to-also = Also to (optional)
tasks-copy-do = Send copy
tasks-copy-posts = Posts (whoever holds them)
tasks-copy-people = Persons
tasks-copy-person = { $name } ({ $unit } { $post })
tasks-copied = Copied; { $count } people were told.
tasks-copied-nobody = Copied, but nobody there has an account or a mail address: please tell them yourself.
tasks-copied-to-you = { $name } sent you a copy
tasks-copy-mark-read = Mark as read
tasks-copy-is-read = read
tasks-copy-unread = not read
tasks-copy-read = read by { $name } on { $when }
tasks-copy-by = sent by { $name } on { $when }
tasks-copies = Copies sent to me
tasks-copies-of = Copies
tasks-copies-none = No copies
tasks-copies-none-hint = What others send you for your information is shown here.
tasks-copies-waiting = { $count } copies are waiting to be read.
tasks-copies-look = Look
tasks-told-copied = { $name } sent you a copy: { $task }
tasks-told-copied-noted = { $name } sent you a copy: { $task }. { $note }
task-copy-whom = Please choose to whom.
task-copy-there = They have a copy already.
task-copy-many = One task is copied to { $limit } receivers at most.
task-seat-gone = Your seat on this task was handed on or taken away: you can no longer act on it.
task-seat-spent = You have already decided on this task; now it is for others.
task-gate-secretary = A secretary prepares a gate and does not decide it.
tasks-batch = Decide several at once
tasks-batch-link = { $count } tasks of this step wait for you: decide several at once
tasks-batch-hint = Tick what you agree on, and give one opinion for all of them. It is recorded on each.
tasks-batch-which = Which
tasks-batch-opinion = Opinion for all that are ticked
tasks-batch-do = Decide the ticked ones
tasks-batch-each = What has changed, was taken by somebody else or needs more is left out and named; the others go through.
tasks-batch-open = Open
tasks-batch-open-one = Open { $matter }
tasks-batch-more = More than { $limit } wait; the { $limit } that are due first are shown. The next follow when these are done.
tasks-batch-none = Nothing of this step waits for you
tasks-batch-none-hint = All tasks of this step have been decided, or somebody else decides them.
tasks-batch-number = Tick at least one task, and at most { $limit }.
tasks-batch-changed = It has changed since it was shown; look at it again.
tasks-batch-begun = { $name } has begun a draft here; open it to finish it.
tasks-batch-done = { $count } tasks were decided.
tasks-batch-partly = { $done } were decided; { $refused } were not:
tasks-batch-refusal = { $matter }: { $reason }
tasks-approval-form = Approval form
tasks-approval-form-link = Approval form to print
tasks-approval-form-hint = To be printed on A4 from the browser. Of each step, the last round that stands is shown; all rounds are on the trail.
tasks-approval-form-with = With the words of the opinions
tasks-approval-form-without = Without the words of the opinions
tasks-approval-form-signed = Done by: { $who }, { $unit } · { $day }
tasks-approval-form-entered = Entered by { $who }, { $unit } · { $day } (from: { $source }), for { $behalf }
tasks-approval-form-to-sign = Signature:　　　　　　　　Date:
tasks-approval-form-seal = Seal
tasks-approval-form-seal-day = (Seal)　　　　　　　　Date:
tasks-approval-form-printed = Printed on { $day }
tasks-trail-when = { $days ->
    [0] { $when }
    [one] { $when } · after 1 day
   *[other] { $when } · after { $days } days
 }
tasks-course = Now and next
tasks-course-hint = What comes next is read from the diagram; a return or a change of posts may change it.
tasks-course-now = has “{ $title }” now
tasks-course-nobody = Nobody yet
tasks-course-since = since { $when }
tasks-course-next = next “{ $title }”
tasks-course-ends = it ends: “{ $title }”
tasks-course-role = { " " }({ $role })
tasks-course-choice = { $question } { $answer }
tasks-course-if = if { $condition }: { $what }
tasks-live-new = { $count ->
    [one] 1 new task.
   *[other] { $count } new tasks.
}

## Handed in again after it was sent back
tasks-resubmit = How it goes on
tasks-resubmit-through-all = Through all steps again
tasks-resubmit-through-all-hint = Every step after this one is done again, up to “{ $title }”.
tasks-resubmit-straight = Straight to “{ $title }”
tasks-resubmit-straight-hint = What “{ $steps }” decided stands and is not asked again. You may only add: files, rows at the end of a table, words in a long text that was empty.
tasks-resubmit-goes-straight = When handed in it goes straight to “{ $title }”; what “{ $steps }” decided stands and is not asked again. You may add files, rows at the end of a table, and words in a long text that was empty; if anything else is changed, it goes through all steps again.
tasks-resubmit-must = When handed in it goes through all steps again, up to “{ $title }”. { $why }
tasks-went-straight = It has gone straight to “{ $title }”; what the steps between decided stands.
tasks-went-through-all = It goes through all steps again. { $why }
tasks-trail-straight = { " " }(straight to “{ $title }”)
tasks-trail-stands = { " " }(stands, not asked again)
task-straight-refused = It cannot go straight to “{ $title }”. { $why } Choose all steps again, or put back what was there.
task-straight-changed = { $count ->
    [one] “{ $field }” was changed, and the steps between had approved it.
   *[other] “{ $field }” and more ({ $count } in all) were changed, and the steps between had approved them.
}
task-straight-kind = For a task of this kind it is not known what was changed.
task-straight-own = You have decided on it yourself in between, and others have to.
task-straight-several = It was not one person who handed it in last, so it is not known what was changed.

# Files and signatures to an opinion
tasks-opinion-files = Files to the opinion
tasks-opinion-files-hint = Kept with the opinion, at most { $limit }; whoever may see the opinion may download them.
tasks-opinion-files-many = At most { $limit } files to an opinion
tasks-opinion-files-are = Attached: { $names }
tasks-signature = Signature
tasks-signature-hint = Sign in the box with a finger or the mouse, upload a picture of your signature, or just write your name.
tasks-signature-draw = Sign here
tasks-signature-clear = Sign again
tasks-signature-file = signature.png
tasks-signature-upload = Picture of the signature (PNG or JPG)
tasks-signature-name = Name instead of a signature
tasks-signature-name-hint = Your written name stands where you cannot sign by hand.
tasks-signature-name-long = At most { $limit } characters of a name
tasks-signature-others = A signature is given by who decides; please sign again
tasks-signature-picture = A signature is a PNG or JPG picture
tasks-signature-missing = Sign, or write your name
tasks-signature-kept = Signature kept

tasks-told-sprint = { $sprint } in { $left ->
    [one] one day
   *[other] { $left } days
}: { $task } is still open, due by { $day }
tasks-sprint = { $title } in { $days ->
    [one] one day
   *[other] { $days } days
}: { $count ->
    [one] one task open
   *[other] { $count } tasks open
}
tasks-sprint-today = { $title } today: { $count ->
    [one] one task open
   *[other] { $count } tasks open
}
tasks-sprint-open = Show what is open
