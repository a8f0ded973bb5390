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
