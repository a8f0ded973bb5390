campaigns = Campaigns
campaigns-new = Open a campaign
campaigns-none = No campaigns yet
campaigns-none-hint = Once a round has been opened, you can follow every unit here.
campaigns-by = Run by { $unit }
campaigns-participants-count = { $count ->
    [one] { $count } unit taking part
   *[other] { $count } units taking part
 }
campaigns-withdrawn-count = { $count } withdrawn
campaigns-open-count = { $count ->
    [one] { $count } open task
   *[other] { $count } open tasks
 }
campaigns-overdue-count = { $count } overdue
campaigns-late-count = { $count } late
campaigns-state-opening = Opening
campaigns-state-running = Running
campaigns-state-ended = Ended
campaigns-state-cancelled = Cancelled
campaigns-scheme = Scheme
campaigns-year = Year
campaigns-next = Next
campaigns-no-scheme = No scheme available yet
campaigns-no-scheme-hint = Install or publish a scheme first.
campaigns-basics = Basics
campaigns-title = Title
campaigns-starts-on = Starts on
campaigns-dates = Dates
campaigns-dates-hint = Proposed from the scheme's rules; you may change them. A deadline lasts until the end of its day.
campaigns-deadline = Deadline
campaigns-day = Due by
campaigns-source = Source
campaigns-date-later = Follows from an event
campaigns-date-waits-working = Within { $days } working days of the event
campaigns-date-waits = Within { $days } days of the event
campaigns-parameters = For this authority to decide
campaigns-yes = Yes
campaigns-no = No
campaigns-participants = Units taking part
campaigns-participants-choose = Choose the units that take part in this round
campaigns-chosen = { $count } chosen
campaigns-no-units = No units to choose from
campaigns-no-units-hint = Import units, posts and people first.
campaigns-check = Check
campaigns-open = Open the campaign
campaigns-ready = Everything is in order: { $count } units, ready to open.
campaigns-advice = Advice (does not prevent opening)
campaigns-opened = “{ $title }” has been opened; tasks for the units are being created.
campaigns-filling = Tasks for the units are being created. You may leave this page and come back later.
campaigns-phase-open = { $units } units, { $tasks } open
campaigns-phase-overdue = { $tasks } open, { $overdue } overdue
campaigns-target = Share recognised
campaigns-target-note = { $recognised } of { $scope }, target { $aim }%
campaigns-own = Your unit takes part in this campaign. What you need to do is under
campaigns-board = Units
campaigns-find-unit = Find a unit
campaigns-unit = Unit
campaigns-state = State
campaigns-now = Open now
campaigns-self = Self-assessed
campaigns-verified = Verified
campaigns-recognised = Recognised
campaigns-verdict-met = Met
campaigns-verdict-not_met = Not met
campaigns-verdict-undecided = Undecided
campaigns-no-participants = No units match
campaigns-item-waiting = Waiting to start
campaigns-item-running = Running
campaigns-item-done = Finished
campaigns-item-failed = Needs attention
campaigns-item-withdrawn = Withdrawn
campaigns-item-left_out = Left out
campaigns-item-exempt = Exempt
campaigns-schedule = Deadlines
campaigns-move = Change date
campaigns-deadline-moved = The date is now { $day }; open tasks have followed.
campaigns-join = Add a unit
campaigns-join-hint = A unit may join while the campaign runs; it starts at the first step.
campaigns-joined = { $name } has joined.
campaigns-withdraw = Withdraw
campaigns-withdraw-hint = The unit's open tasks are cancelled, and it no longer counts.
campaigns-reopen = Do it again
campaigns-reopen-hint = A new attempt starts; earlier records are kept and what was entered is filled in. A unit that had withdrawn takes part again.
campaigns-done-withdraw = The unit has been withdrawn.
campaigns-done-reopen = A new attempt has been arranged.
campaigns-attempt = Attempt
campaigns-reason = Reason: { $reason }
campaigns-nothing-open = Nothing is open at the moment.
campaigns-diagram-of = Diagram: { $title }
campaign-title-needed = Please enter a title of at most { $most } characters.
campaign-year-wrong = The year must lie between { $first } and { $last }.
campaign-participants-needed = Choose at least one unit.
campaign-participants-twice = The same unit was chosen twice.
campaign-participants-outside = { $count } units do not exist or lie outside your authority.
campaign-date-missing = “{ $key }” has no date yet.
campaign-date-before-start = “{ $key }” lies before the campaign starts.
campaign-date-rests = “{ $key }” falls on { $day }, a day off; the next working day is { $next }.
campaign-calendar-unknown = The holidays of { $year } are not known yet, so dates could not be checked against them; enter them under “Working days” once they are published.
campaign-date-order = “{ $key }” lies before “{ $before }”.
campaign-date-wrong = “{ $value }” is not a valid date.
campaign-date-outside = The date must not lie before the campaign starts, nor after the year { $last }.
campaign-parameter-needed = Please fill in “{ $title }”.
campaign-parameter-choice = Choose one of the options for “{ $title }”.
campaign-parameter-date = “{ $title }” is not a valid date.
campaign-parameter-number = “{ $title }” must be a number.
campaign-parameter-range = “{ $title }” must lie between { $least } and { $most }.
campaign-title-taken = A campaign called “{ $title }” is already running; please choose another title.
campaign-participant-closed = { $name } has been closed and cannot take part.
campaign-unit-without-posts = { $name } has no posts yet; the campaign office will act for it.
campaign-already-in = { $name } already takes part in this campaign.
campaign-not-running = The campaign has not started or is already over.
campaign-not-active = This unit has withdrawn or is exempt.
campaign-no-root = This scheme has no process to start with; a campaign cannot be opened.
fact-campaign-year = Year of the campaign
fact-campaign-title = Title of the campaign
fact-participant-state = State of the participant
fact-participant-attempt = Attempt of the participant
fact-unit-kind = Kind of unit
fact-unit-name = Name of the unit
fact-children-total = Items of the fan-out that count
fact-children-done = Items done
fact-children-withdrawn = Items withdrawn
fact-children-left-out = Items left out
fact-children-opened-by = Why the fan-out let the way open
campaigns-proposed-title = { $name } campaign { $year }
campaigns-own-date = A date for this unit alone
campaigns-own-date-hint = The unit keeps its own date when the campaign's date is changed later.
campaigns-own-date-set = The unit's date is now { $day }; its open tasks follow.
campaigns-urge = { $count ->
    [one] Urge for the overdue task
   *[other] Urge for { $count } overdue tasks
}
campaigns-urge-do = Urge them all
campaigns-urged = Urged for { $tasks ->
    [one] one task
   *[other] { $tasks } tasks
}; { $people ->
    [one] one message was sent
   *[other] { $people } messages were sent
}.
campaigns-urged-none = Everything overdue was urged within the last four hours.
