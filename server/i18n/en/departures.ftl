# Departures: whoever leaves hands over posts, tasks, delegations and account in one go.
departures = Departures
departures-lead = When somebody moves on, retires or leaves, all of it is done here at once: say for each post who follows, from the day after; the account is closed when the last day is over.
departures-find = Find who leaves by name or staff number
departures-found = Found
departures-none-found = Nobody like that on a post in the units that you manage
departures-person = Name
departures-place = Unit and post
departures-leave = Hand over
departures-of = { $name } leaves
departures-all = Departures on record
departures-none = No departure on record yet
departures-last-day = Last day
departures-last-day-hint = On that day they still act; from the day after, who follows does.
departures-vacant = Vacant
departures-tasks-moved = Tasks passed
departures-state-planned = Planned
departures-state-done = Done
departures-state-called-off = Called off
departures-held = Held
departures-open-tasks = Open tasks
departures-others = Others on this post
departures-successor-label = Who follows
departures-must-follow = Nobody could act on this post or take care of its tasks: somebody has to follow.
departures-other = Or somebody else
departures-other-hint = A name that is not borne twice, or a staff number; it counts before the choice above.
departures-own-tasks = Tasks for this person alone ({ $count })
departures-own-tasks-hint = These wait for the person and not for a post, so say who gets them; with “Vacant” they go to the tasks that nobody can do, for whoever takes care of those.
departures-tasks-to = Own tasks go to
departures-also = What ends as well
departures-given = Delegation: { $other } acts as { $title } of { $unit }, meant until { $until }
departures-taken = Delegation: acts for { $other } as { $title } of { $unit }, meant until { $until }
departures-account = The account is closed; { $sessions ->
    [one] one session
   *[other] { $sessions } sessions
} and { $tokens ->
    [one] one token
   *[other] { $tokens } tokens
} of programs end
departures-calendar = The address of the calendar stops working
departures-no-account = There is no account
departures-look = See what will happen
departures-preview = { $name } leaves: please check
departures-will = Last day: { $day }
departures-after = Afterwards
departures-follows = { $name } follows from { $day }
departures-others-stay = { $names } still act there
departures-rescued-by = Tasks go to those that nobody can do; { $names } will take care
departures-confirm-title = Confirm the handover
departures-confirm-text = It is recorded at once; posts change hands at the end of { $day }, then the account is closed. Until then it can be called off.
departures-confirm = Confirm the handover
departures-own-to = { $count ->
    [one] One own task goes
   *[other] { $count } own tasks go
} to { $name }
departures-own-rescued = { $count ->
    [one] One own task goes
   *[other] { $count } own tasks go
} to the tasks that nobody can do
departures-delegations-end = { $count ->
    [one] One delegation ends
   *[other] { $count } delegations end
}
departures-is-planned = Recorded by { $by }; the last day is { $day }.
departures-is-over = The last day ({ $day }) is over; the account is being closed and tasks are handed on.
departures-call-off = Call it off
departures-call-off-hint = The posts go on as before and nobody follows; delegations that ended are not restored.
departures-planned-done = Recorded: { $name } leaves, the last day is { $day }.
departures-called-off-done = Called off; the posts go on as before.
# Why it cannot be done like this.
departures-day-wrong = The last day cannot be before today, nor more than { $days } days ahead.
departures-elsewhere = { $name } also holds posts out of your reach; whoever manages all the units has to do this.
departures-not-oneself = Nobody records their own departure; ask another administrator.
departures-changed = What this person holds has just changed; open the page again and check.
departures-nobody = Nobody could act there when it is vacant; say who follows.
departures-successor = Nobody called “{ $name }” was found who could follow.
departures-successor-leaves = { $name } is on record to leave by that day as well.
departures-choose = Choose who follows, or say that it stays vacant.
departures-planned-already = The departure of { $name } is on record already; call it off first to change it.
departures-over = The departure of { $name } has taken effect and cannot be called off.
departures-successor-idle = { $name } will hold no post then to do tasks on, or looks after the machine.
departures-successor-there = { $name } holds this post already.
departures-successor-administrator = { $name } looks after the machine; such posts exclude each other.
departures-successor-secretary = { $name } is a secretary, who prepares and does not decide; end that post first.
