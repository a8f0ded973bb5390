# The frame of every page and the parts shared by all of them.
shell-product = Greengate
shell-tagline = Creation campaigns, from plan to recognition
shell-skip = Skip to main content
shell-side = Sidebar
shell-nav = Main navigation
shell-tabs = Bottom navigation
shell-more = More
shell-live-show = Show
shell-nav-count = to do
shell-search = Search
shell-sign-out = Sign out
shell-acting-as = Acting as
shell-crumbs = You are here
shell-phases = Progress by phase
shell-state-done = (done)
shell-state-now = (in progress)
shell-state-overdue = (overdue)
shell-state-todo = (not started)
shell-pill-done = Done
shell-pill-now = In progress
shell-pill-active = In progress
shell-pill-late = Overdue
shell-pill-overdue = Overdue
shell-pill-todo = Not started
shell-loading = Loading…
shell-try-again = Try again
shell-too-many = Showing the first { $shown } of { $total }.
shell-nothing = Nothing here yet
shell-remove = Remove
shell-file-remove = Remove the file { $name }
shell-pages = Pages
shell-total = { $total ->
    [one] { $total } item
   *[other] { $total } items
}
shell-total-about = About { $total } items
shell-previous = Previous
shell-next = Next
shell-filters = Filters
shell-filter-rows = Filter this page
shell-table = Table
shell-cancel = Cancel
shell-copy = Copy
shell-copied = Copied
shell-before = Before
shell-after = After
shell-blank = (blank)
shell-diagram = Process diagram
shell-diagram-words = Steps of the process
shell-diagram-failed = The diagram could not be shown. Please use the list of steps.
shell-diagram-needs-scripts = The diagram needs scripts in your browser; the list of steps says the same in words.
shell-required = (required)
shell-errors = { $count ->
    [one] One thing needs to be corrected
   *[other] { $count } things need to be corrected
}
shell-error-line = { $label }: { $words }
shell-choose = Choose
shell-drop = Choose files or take a photo; you can also drop or paste them here
shell-upload-busy = Uploading
shell-upload-done = Uploaded
shell-upload-failed = The upload failed, please try again
shell-row-field = { $label }, row { $row }
shell-row-remove = Remove row { $row }
shell-row-add = Add a row
shell-rows-none = Nothing added yet.
shell-draft-saving = Saving the draft…
shell-draft-saved = Draft saved
shell-draft-failed = The draft could not be saved; please keep this page open
shell-gantt-plan = Plan
shell-gantt-bar = { $label }, planned { $start } to { $end }
shell-gantt-real = { $label }, actual { $start } to { $end }
shell-gate = Gate
shell-gate-on = Gate on { $day }
shell-from-to = { $start } to { $end }
shell-share-of = { $label }, share done
shell-month = { $month ->
    [1] Jan
    [2] Feb
    [3] Mar
    [4] Apr
    [5] May
    [6] Jun
    [7] Jul
    [8] Aug
    [9] Sep
    [10] Oct
    [11] Nov
   *[12] Dec
}
shell-year = { $year }
shell-today = Today
shell-unit = Unit
shell-score-points = Points for { $code }
shell-score-of = of { $max } points
shell-score-reason = Notes
shell-score-criterion = Criterion
shell-score-max = Points
shell-score-delta = Difference
shell-score-same = Same
shell-score-must = Veto item
shell-score-pass = Pass mark { $mark }
shell-evidence = Evidence
shell-error-title = This could not be done
shell-error-title-403 = You may not do this
shell-error-title-404 = Nothing found here
shell-error-title-409 = This has changed meanwhile
shell-error-title-500 = Something unexpected happened
shell-error-code = Code { $code }
shell-error-home = Go to the start page
shell-error-reload = Show the latest
shell-error-kept = Your browser’s back button returns to what you filled in.
shell-error-help = If you need help, tell your administrator the code above and the time.
shell-diagram-show = Show the diagram
shell-diagram-open = Open { $element }
shell-zoom-in = Zoom in
shell-zoom-out = Zoom out
shell-zoom-fit = Show all
shell-banners = System notices
shell-manage = Manage
shell-list-separator = {", "}
shell-proof = Open the proof

# Files and signatures to an opinion
shell-signature = Signature
shell-signed-name = Signed: { $name }
