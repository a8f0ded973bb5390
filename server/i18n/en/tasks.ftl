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
