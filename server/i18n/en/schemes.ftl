scheme-rejected = The package was not installed: { $count ->
    [one] one error
   *[other] { $count } errors
 }. Mend it and hand it in again.

scheme-form-required = Fill in “{ $field }”.
scheme-form-date = “{ $field }” needs a date such as 2026-03-02.
scheme-form-choice = “{ $field }” is not one of the choices; please choose again.
scheme-form-too-short = “{ $field }” needs at least { $least } characters.
scheme-form-too-long = “{ $field }” may have { $most } characters at most; it has { $has }.
scheme-form-own-message = { $message }
scheme-form-pattern = “{ $field }” does not have the right form; please check it.
scheme-form-integer = “{ $field }” needs a whole number.
scheme-form-number = “{ $field }” needs a number.
scheme-form-too-small = “{ $field }” must not be less than { $least }.
scheme-form-too-big = “{ $field }” must not be more than { $most }.
scheme-form-too-few = “{ $field }” needs at least { $least }.
scheme-form-too-many = “{ $field }” may have { $most } at most.

scheme-finding-no-folder = There is no folder “{ $file }”.
scheme-finding-no-folder-cure = Check the path; the folder of a scheme holds a scheme.toml.
scheme-finding-link = “{ $file }” is a link, which a package may not hold.
scheme-finding-link-cure = Put the file itself in its place.
scheme-finding-file-too-large = “{ $file }” is larger than { $limit } KB.
scheme-finding-file-too-large-cure = Make it smaller or split it; scans do not belong into a package.
scheme-finding-package-too-large = The package is larger than { $limit } MB.
scheme-finding-package-too-large-cure = Leave out files that are not needed.
scheme-finding-not-a-zip = This is not a sound ZIP file.
scheme-finding-not-a-zip-cure = Compress the folder again, as a ZIP file.
scheme-finding-encrypted = “{ $file }” is protected by a password.
scheme-finding-encrypted-cure = Compress it again without a password.
scheme-finding-twice = “{ $file }” is in the archive twice.
scheme-finding-twice-cure = Keep one of them.
scheme-finding-path = “{ $file }” is not a file that a package may hold.
scheme-finding-path-cure = Use small letters, digits and hyphens; there may be scheme.toml, *.bpmn, *.dmn, *.csv, forms/*.json, i18n/*.toml, examples/*.json and README.md.
scheme-finding-too-many-files = There are more than { $limit } files.
scheme-finding-too-many-files-cure = Leave out files that are not needed.

scheme-finding-scheme-missing = scheme.toml is missing.
scheme-finding-scheme-missing-cure = Put scheme.toml at the top of the folder.
scheme-finding-not-utf8 = “{ $file }” is not encoded in UTF-8.
scheme-finding-not-utf8-cure = Save it again as UTF-8.
scheme-finding-not-toml = “{ $file }” is not TOML: { $reason }
scheme-finding-not-toml-cure = Mend the place that is named.
scheme-finding-format = The format of this scheme.toml is not known.
scheme-finding-format-cure = Write format = { $known }.
scheme-finding-value-missing = “{ $element }” is missing.
scheme-finding-value-missing-cure = Add it.
scheme-finding-value-text = “{ $element }” must be a text of at most { $limit } characters, and not empty.
scheme-finding-value-text-cure = Write it in quotes and check its length.
scheme-finding-value-key = “{ $value }” cannot be a key for “{ $element }”.
scheme-finding-value-key-cure = Begin with a small letter; use small letters, digits, underscores and hyphens only.
scheme-finding-value-list = “{ $element }” must be a list of texts.
scheme-finding-value-list-cure = Write ["…", "…"].
scheme-finding-value-flag = “{ $element }” must be true or false.
scheme-finding-value-flag-cure = Write true or false without quotes.
scheme-finding-value-number = “{ $element }” must be a whole number from { $least } to { $most }.
scheme-finding-value-number-cure = Write a whole number without quotes.
scheme-finding-value-decimal = “{ $element }” must be a number with two decimal places at most.
scheme-finding-value-decimal-cure = Write it in quotes, such as "80" or "12.5", so that nothing is lost.
scheme-finding-value-date = “{ $element }” must be a date.
scheme-finding-value-date-cure = Write it without quotes, such as 2020-08-15.
scheme-finding-value-choice = “{ $element }” must be one of: { $choices }.
scheme-finding-value-choice-cure = Choose one of them.
scheme-finding-value-table = “{ $element }” must be a group of values.
scheme-finding-value-table-cure = Write { "{" } value = …, source = … { "}" }, or a section of its own.
scheme-finding-value-tables = “{ $element }” must be a row of sections.
scheme-finding-value-tables-cure = Begin each with double brackets, such as [[phase]].
scheme-finding-value-unknown = “{ $element }” has no effect: nothing of this name is known.
scheme-finding-value-unknown-cure = Check its spelling, or delete it.
scheme-finding-value-percent = “{ $element }” must be more than 0 and at most 100.
scheme-finding-value-percent-cure = Write the number alone, such as "25".
scheme-finding-too-many-entries = “{ $element }” has more than { $limit } entries.
scheme-finding-too-many-entries-cure = Split it into several schemes.
scheme-finding-key-twice = The key “{ $key }” is used twice.
scheme-finding-key-twice-cure = Give each entry a key of its own.
scheme-finding-source-missing = “{ $element }” does not say where it comes from.
scheme-finding-source-missing-cure = Write source = "notice" (with its line), "authority" or "default".
scheme-finding-source-line-missing = “{ $element }” comes from the notice, but its line is missing.
scheme-finding-source-line-missing-cure = Write line = the line in the notice’s text.
scheme-finding-source-line-extra = “{ $element }” comes from { $origin } and has no line.
scheme-finding-source-line-extra-cure = Delete the line, or make the source "notice".
scheme-finding-parameter-choices = “{ $element }”: a choice needs choices, and nothing else may have them.
scheme-finding-parameter-choices-cure = Check kind and choices.
scheme-finding-parameter-bounds = “{ $element }” is more than the maximum.
scheme-finding-parameter-bounds-cure = The minimum must not exceed the maximum.
scheme-finding-parameter-default = “{ $element }” is no value that this parameter may have.
scheme-finding-parameter-default-cure = Choose one that is allowed, or delete it so that whoever opens a campaign is asked.
scheme-finding-file-missing = “{ $element }” names the file “{ $path }”, which is not in the package.
scheme-finding-file-missing-cure = Add the file, or correct its name.

scheme-finding-issuer-missing = Nobody is named who issued the notice.
scheme-finding-issuer-missing-cure = Name them with [[issuer]]; the lead has lead = true.
scheme-finding-issuer-lead = Exactly one issuing body must lead.
scheme-finding-issuer-lead-cure = Write lead = true for one of them.
scheme-finding-process-none = The scheme has no process.
scheme-finding-process-none-cure = List the diagrams with [[process]].
scheme-finding-process-root = { $count } processes are marked as root.
scheme-finding-process-root-cure = Write root = true only for the one that starts when a campaign opens.
scheme-finding-process-no-root = No process is marked as root, so no campaign can be opened with this scheme.
scheme-finding-process-no-root-cure = Write root = true for one process if campaigns are to be opened.
scheme-finding-process-unknown = “{ $element }” names the process “{ $process }”, which does not exist.
scheme-finding-process-unknown-cure = Use a key of [[process]].
scheme-finding-process-id = The diagram’s process is called “{ $id }”, but “{ $key }” in scheme.toml.
scheme-finding-process-id-cure = Make them the same.
scheme-finding-file-shared = Two processes use the file “{ $path }”.
scheme-finding-file-shared-cure = Give each process a file of its own.
scheme-finding-file-unlisted = Nothing uses “{ $file }”.
scheme-finding-file-unlisted-cure = List it in scheme.toml, or take it out of the package.
scheme-finding-deadline-unknown = “{ $element }” names the deadline “{ $deadline }”, which does not exist.
scheme-finding-deadline-unknown-cure = Use a key of [[deadline]].
scheme-finding-deadline-circle = The deadline “{ $deadline }” ends up counting from itself.
scheme-finding-deadline-circle-cure = At least one of them must count from a date or an event.
scheme-finding-parameter-unknown = “{ $element }” names the parameter “{ $parameter }”, which does not exist.
scheme-finding-parameter-unknown-cure = Use a key of [[parameter]].
scheme-finding-parameter-not-number = “{ $element }” needs a whole number, which “{ $parameter }” is not.
scheme-finding-parameter-not-number-cure = Make the parameter’s kind "integer".
scheme-finding-pass-mark = The pass mark { $mark } does not lie within the total { $total }.
scheme-finding-pass-mark-cure = Compare both with the notice.
scheme-finding-target-twice = There are two targets for { $day }.
scheme-finding-target-twice-cure = Keep one, or tell them apart by level.
scheme-finding-target-falls = The target of { $day } is lower than an earlier one.
scheme-finding-target-falls-cure = Compare it with the notice; leave it if it is meant so.
scheme-finding-role-unknown = “{ $element }” names the role “{ $role }”, which does not exist.
scheme-finding-role-unknown-cure = Use a key of [[role]].
scheme-finding-role-fallback = The role “{ $role }” names a fallback post twice.
scheme-finding-role-fallback-cure = Name each post once, and not the role’s own.
scheme-finding-element-unknown = “{ $element }”: the process “{ $process }” has no task “{ $id }”.
scheme-finding-element-unknown-cure = Use the id of a user task of the diagram.
scheme-finding-seat-row = The seat of “{ $element }” needs a row of the standard.
scheme-finding-seat-row-cure = Name it with row="…", or use this seat in the process of a finding, in a scheme with a standard.
scheme-finding-gate-secretary = A leader’s secretary would have a seat on the gate “{ $element }”.
scheme-finding-gate-secretary-cure = A secretary prepares a gate and does not decide it. Name the leader’s own post, also in the role’s fallback and in gg:whenEmpty.
scheme-finding-seat-field-unknown = A seat of “{ $element }” reads the field “{ $field }”, which its form does not have.
scheme-finding-seat-field-unknown-cure = Write of as task.field, with a field of that task’s form.
scheme-finding-seat-field-kind = The field “{ $field }” that a seat of “{ $element }” reads does not name a unit, post or person.
scheme-finding-seat-field-kind-cure = Give the field the x-widget unit, post or person; post= goes with a unit alone.
scheme-finding-task-form-missing = The task “{ $element }” has no form.
scheme-finding-task-form-missing-cure = Add gg:form, or say by gg:kind what kind of task it is.
scheme-finding-task-no-standard = The task “{ $element }” scores, but the scheme has no standard.
scheme-finding-task-no-standard-cure = Add [assessment] to scheme.toml.
scheme-finding-form-unused = No task uses the form “{ $key }”.
scheme-finding-form-unused-cure = Use it in a diagram, or take it out.
scheme-finding-deadline-unused = No task uses the deadline “{ $key }”.
scheme-finding-deadline-unused-cure = Use it in a diagram, or take it out.
scheme-finding-role-unused = No diagram uses the role “{ $key }”.
scheme-finding-role-unused-cure = Put it on a lane, or take it out.
scheme-finding-words-language = The name of “{ $file }” is no language code.
scheme-finding-words-language-cure = Call it zh-CN.toml or en.toml, for example.

scheme-finding-form-json = “{ $file }” is not proper JSON.
scheme-finding-form-json-cure = Mend the line that is named; a name may stand only once in one place.
scheme-finding-form-object = “{ $file }” is no form.
scheme-finding-form-object-cure = At the top write "type": "object" and "properties".
scheme-finding-form-fields = A form has 1 to { $limit } fields.
scheme-finding-form-fields-cure = Split it into several forms, or add fields.
scheme-finding-form-field-twice = The field “{ $field }” stands twice.
scheme-finding-form-field-twice-cure = Write each field once; one with a condition stands in `then` alone.
scheme-finding-form-condition = The condition at “{ $element }” cannot be used.
scheme-finding-form-condition-cure = Write `if` one field equals (const) or is among (enum) values, `then` which fields show.
scheme-finding-form-condition-field = The condition of “{ $element }” looks at the field “{ $field }”, which does not exist or leads in a circle.
scheme-finding-form-condition-field-cure = A condition looks at another field of the same form.
scheme-finding-form-condition-value = The condition of “{ $element }” asks for a value that the field “{ $field }” cannot have.
scheme-finding-form-condition-value-cure = A condition looks at a choice or a tick box, and at one of its values.
scheme-finding-form-required-unknown = The required field “{ $field }” does not exist.
scheme-finding-form-required-unknown-cure = Check the names in `required`.
scheme-finding-form-order = The x-order of “{ $element }” is no whole number.
scheme-finding-form-order-cure = Write a whole number.
scheme-finding-form-key = “{ $field }” cannot be the name of a field.
scheme-finding-form-key-cure = Begin with a small letter; use small letters, digits and underscores, and no reserved word.
scheme-finding-form-type = The type of “{ $element }” is not supported.
scheme-finding-form-type-cure = Use string, integer, number or boolean, or an array of files, of choices or of rows.
scheme-finding-form-widget = “{ $element }” cannot be shown as “{ $widget }”.
scheme-finding-form-widget-cure = See the scheme format for the x-widget of each type.
scheme-finding-form-columns = “{ $element }” needs 1 to { $limit } columns.
scheme-finding-form-columns-cure = Check items.properties.
scheme-finding-form-choices = “{ $element }” needs 1 to { $limit } choices, each with const and title, no two alike.
scheme-finding-form-choices-cure = Check oneOf.
scheme-finding-form-bound = The { $name } of “{ $element }” is wrong.
scheme-finding-form-bound-cure = The lower bound must not exceed the upper; lengths and counts are whole numbers.
scheme-finding-form-pattern = The pattern of “{ $element }” is too complicated, or its text has no maximum length.
scheme-finding-form-pattern-cure = Use no groups and at most three repeats, and write maxLength ({ $limit } at most).
scheme-finding-form-text = The { $name } of “{ $element }” must be a text of at most { $limit } characters.
scheme-finding-form-text-cure = Add it, or make it shorter.
scheme-finding-form-list = The { $name } of “{ $element }” must be a list.
scheme-finding-form-list-cure = Write ["…"].
scheme-finding-form-keyword = “{ $element }” uses “{ $name }”, which is not supported and would have no effect.
scheme-finding-form-keyword-cure = Delete it; the scheme format lists what is supported.

scheme-list-empty = No schemes yet
scheme-list-empty-hint = Upload a package; once it passes the check it can be used.
scheme-upload = Upload a package
scheme-upload-hint = A ZIP file of at most { $limit } MB. It is checked first and installed only without errors; campaigns that run stay on their version.
scheme-upload-file = Package (ZIP)
scheme-upload-note = Note on this version
scheme-upload-none = Choose the package’s file.
scheme-upload-check = Check only
scheme-upload-install = Check and install
scheme-uploaded = “{ $title }” is installed as version { $number }.
scheme-checked-ok = The check found no error; “{ $title }” can be installed.
scheme-findings = Findings
scheme-findings-errors = { $count ->
    [one] One error
   *[other] { $count } errors
 }
scheme-findings-warnings = { $count ->
    [one] One warning
   *[other] { $count } warnings
 }
scheme-finding-error = Error
scheme-finding-warning = Warning
scheme-column-number = Version
scheme-column-published = Installed
scheme-column-by = By
scheme-column-note = Note
scheme-version = Version { $number }
scheme-facts = At a glance
scheme-number = Number
scheme-issued-on = Issued
scheme-issuers = Issued by
scheme-issuer-lead = { $title } (lead)
scheme-recipients = To
scheme-recognition = Recognised as
scheme-scope = Who takes part
scheme-basis = Rests on
scheme-targets = Targets
scheme-target = { $percent }% by { $day }: { $title }
scheme-phases = Phases and who does what
scheme-phase-silent = Nothing to do in this phase; issuing the notice completes it.
scheme-duty = { $role }: { $task }
scheme-roles = Roles
scheme-role = Role
scheme-role-who = Who acts
scheme-role-participant = “{ $post }” of the participating unit
scheme-role-authority = “{ $post }” of the authority
scheme-role-fallback = ; while empty: { $posts }
scheme-role-duties = Duties
scheme-schedule = Schedule
scheme-deadline = What
scheme-deadline-rule = Rule
scheme-source = Source
scheme-source-notice = Notice, line { $line }
scheme-source-authority = Decided by this authority
scheme-source-default = Proposed
scheme-rule-fixed = by { $day }
scheme-rule-fixed-following = by { $day } (later rounds: the same day of their year)
scheme-rule-yearly = { $month ->
    [1] yearly by { $day } January
    [2] yearly by { $day } February
    [3] yearly by { $day } March
    [4] yearly by { $day } April
    [5] yearly by { $day } May
    [6] yearly by { $day } June
    [7] yearly by { $day } July
    [8] yearly by { $day } August
    [9] yearly by { $day } September
    [10] yearly by { $day } October
    [11] yearly by { $day } November
   *[other] yearly by { $day } December
 }
scheme-rule-month-end = { $month ->
    [1] yearly by the end of January
    [2] yearly by the end of February
    [3] yearly by the end of March
    [4] yearly by the end of April
    [5] yearly by the end of May
    [6] yearly by the end of June
    [7] yearly by the end of July
    [8] yearly by the end of August
    [9] yearly by the end of September
    [10] yearly by the end of October
    [11] yearly by the end of November
   *[other] yearly by the end of December
 }
scheme-rule-third-early = { $month ->
    [1] yearly by 10 January
    [2] yearly by 10 February
    [3] yearly by 10 March
    [4] yearly by 10 April
    [5] yearly by 10 May
    [6] yearly by 10 June
    [7] yearly by 10 July
    [8] yearly by 10 August
    [9] yearly by 10 September
    [10] yearly by 10 October
    [11] yearly by 10 November
   *[other] yearly by 10 December
 }
scheme-rule-third-middle = { $month ->
    [1] yearly by 20 January
    [2] yearly by 20 February
    [3] yearly by 20 March
    [4] yearly by 20 April
    [5] yearly by 20 May
    [6] yearly by 20 June
    [7] yearly by 20 July
    [8] yearly by 20 August
    [9] yearly by 20 September
    [10] yearly by 20 October
    [11] yearly by 20 November
   *[other] yearly by 20 December
 }
scheme-rule-third-late = { $month ->
    [1] yearly in the last third of January
    [2] yearly in the last third of February
    [3] yearly in the last third of March
    [4] yearly in the last third of April
    [5] yearly in the last third of May
    [6] yearly in the last third of June
    [7] yearly in the last third of July
    [8] yearly in the last third of August
    [9] yearly in the last third of September
    [10] yearly in the last third of October
    [11] yearly in the last third of November
   *[other] yearly in the last third of December
 }
scheme-rule-days-after = within { $amount } after { $event }
scheme-rule-after-deadline = { $amount } after “{ $deadline }”
scheme-rule-before-deadline = { $amount } before “{ $deadline }”
scheme-rule-amount-days = { $days ->
    [one] one day
   *[other] { $days } days
 }
scheme-rule-amount-working = { $days ->
    [one] one working day
   *[other] { $days } working days
 }
scheme-rule-amount-months = { $months ->
    [one] one month
   *[other] { $months } months
 }
scheme-rule-amount-both = { $months } months and { $days } days
scheme-rule-amount-asked = a number asked for at opening (“{ $parameter }”)
scheme-event-campaign-opened = the campaign opens
scheme-event-task-opened = the task opens
scheme-event-finding-opened = the finding is raised
scheme-event-finding-mended = the finding is reported as mended
scheme-parameters = Asked for when a campaign opens
scheme-parameter = Parameter
scheme-parameter-default = Default
scheme-parameter-asked = Must be given
scheme-standard = Standard
scheme-standard-item = Item
scheme-standard-criterion = Criterion
scheme-standard-points = Points
scheme-standard-rule = Scoring
scheme-standard-sum = { $sum } points
scheme-standard-stated = The notice states { $stated } points, the rows add up to { $sum }
scheme-standard-unofficial = The English wording is an unofficial translation; the Chinese text stands.
scheme-standard-rule-fixed = Full points when met
scheme-standard-rule-count = { $each } each, at most { $max }
scheme-standard-rule-either = Full points when either is met
scheme-standard-rule-other = { $rule }
scheme-pass-inclusive = { $mark } points or more
scheme-pass-exclusive = more than { $mark } points
scheme-diagram-download = Download the diagram
scheme-hand-ins = What is handed in
scheme-hand-in = Hand-in
scheme-hand-in-from = From
scheme-hand-in-to = To
scheme-versions = Versions
scheme-current = Shown here
scheme-original = { $words } (original)
scheme-back = Back to the schemes
schemes = Schemes
scheme-day = { $month ->
    [1] { $day } January { $year }
    [2] { $day } February { $year }
    [3] { $day } March { $year }
    [4] { $day } April { $year }
    [5] { $day } May { $year }
    [6] { $day } June { $year }
    [7] { $day } July { $year }
    [8] { $day } August { $year }
    [9] { $day } September { $year }
    [10] { $day } October { $year }
    [11] { $day } November { $year }
   *[other] { $day } December { $year }
 }
scheme-in-brackets = { " " }({ $words })
scheme-pass = Passed with
scheme-rule-after-deadline-asked = { $amount } after “{ $deadline }”
scheme-steps-in-words = Who does what in each phase is told above, under “Phases and who does what”.
scheme-finding-ladder-steps = Between one and { $most } days for reminders.
scheme-finding-ladder-steps-cure = Write remind_before as a list of working days, such as [7, 3, 1].
scheme-finding-ladder-falls = Days for reminders come from the furthest to the nearest, each once.
scheme-finding-ladder-falls-cure = Write remind_before falling, such as [7, 3, 1].
scheme-finding-ladder-rises = The head is told { $head } days late, but an order is drafted after { $order }.
scheme-finding-ladder-rises-cure = head_after must not be more than order_after.
scheme-finding-ladder-post = No unit that takes part has a post “{ $post }”.
scheme-finding-ladder-post-cure = order_to names posts of the late unit itself: head, deputy, liaison, or those of the scheme’s roles in participants; never one above it.
scheme-finding-ladder-post-twice = order_to names a post twice.
scheme-finding-ladder-post-twice-cure = Name each post once.
scheme-finding-ladder-twice = The days before an order is drafted are said in ladder and in the parameter “{ $parameter }”.
scheme-finding-ladder-twice-cure = Keep one.
scheme-finding-sprint-twice = The deadline “{ $deadline }” has two sprint windows.
scheme-finding-sprint-twice-cure = Keep one for a deadline.
scheme-finding-deadline-bound-source = Only a date that the notice sets can be marked as one that cannot be later.
scheme-finding-deadline-bound-source-cure = Remove bound, or write source = "notice" and the line.
scheme-finding-deadline-bound-waits = A date that waits for an event cannot be marked as one that cannot be later.
scheme-finding-deadline-bound-waits-cure = Remove bound.
scheme-ladder = Reminders and supervision
scheme-ladder-words = Reminders { $days } working days before; the unit’s head is told { $head } working days late, an order is drafted beyond { $order }, for a person to send
scheme-bound = Fixed by the notice: it may come earlier, not later
scheme-sprint = Sprint window “{ $title }”: reminders each working day from { $days } days before, yellow lights { $yellow } working days before a date
