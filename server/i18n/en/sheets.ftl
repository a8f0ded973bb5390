sheet = Spreadsheet
sheet-bulk = Spreadsheets
sheet-jump = Fill in on a spreadsheet
sheet-lead = Download it to fill in offline or on paper, then bring it back. It fills in the draft only and hands nothing in.
sheet-download = Download as spreadsheet
sheet-file = Spreadsheet filled in
sheet-file-hint = The .xlsx file that was downloaded, or a .csv file saved from it
sheet-upload = Read spreadsheet
sheet-taken = { $count ->
    [one] Read { $count } value from “{ $file }”
   *[other] Read { $count } values from “{ $file }”
}
sheet-taken-next = They are in the draft and not handed in; what the spreadsheet leaves empty stays as it was. Check, then hand in.
sheet-taken-nothing = Nothing is filled in on the spreadsheet; the draft has not changed.
sheet-refused = “{ $file }” was not read
sheet-problems = { $count ->
    [one] { $count } place was not understood and not read:
   *[other] { $count } places were not understood and not read:
}
sheet-problem-cell = Row { $row }, “{ $column }”: { $cause }
sheet-problem-row = Row { $row }: { $cause }
sheet-proof = Returned spreadsheet
sheet-proof-hint = Kept as proof of the entry once it is handed in
sheet-code = No.
sheet-field = Item
sheet-hint = What to write
sheet-answer = Answer
sheet-criterion = Criterion
sheet-asked = Suggested evidence
sheet-points = Points
sheet-rule = How points are given
sheet-own = Own assessment
sheet-note = Remark
sheet-paper = Where the original lies
sheet-yes = Yes
sheet-no = No
sheet-of = { $name }: { $part }
sheet-only-when = Only where “{ $name }” is “{ $value }”.
sheet-files = Files cannot be sent along: upload them on the page, or send them on paper.
sheet-fact = { $term }: { $words }
sheet-matter = Matter
sheet-instruction = Fill in the pale yellow cells only; those marked * are required. Choose from the list where there is one. Leave the numbers, the headings and the last line as they are. Save the file and send it back to the office, or read it in on the page.
sheet-signer = Filled in by
sheet-seal = Unit (seal) and date
sheet-mark = Mark of this spreadsheet, do not change: { $mark }
sheet-ask = Please enter again
sheet-ask-choice = Choose one of the list.
sheet-ask-date = Enter a date, such as 2026-05-15.
sheet-ask-number = Enter a number within the bounds.
sheet-heading-missing = There is no row of headings that begins with “{ $title }”. Use the spreadsheet as downloaded.
sheet-column-missing = The headings lack the column “{ $title }”.
sheet-row-unknown = There is no number “{ $code }” on this spreadsheet; the row was not read.
sheet-row-moved = The number “{ $code }” does not belong to the words beside it. Use the numbers as downloaded.
sheet-row-twice = The number “{ $code }” was read in row { $row } already.
sheet-cell-formula = The formula has no result. Type what is meant.
sheet-cell-error = “{ $value }” is the error of a formula. Type what is meant.
sheet-cell-long = The text has { $has } characters; { $limit } are the most.
sheet-cell-number = “{ $value }” is not a number.
sheet-cell-date = “{ $value }” is not a date. Write it like 2026-05-15.
sheet-cell-choice = “{ $value }” is not among the choices: { $choices }.
sheet-too-large = The file is larger than { $limit } MB. Use the spreadsheet as downloaded, without pictures.
sheet-kind = Only .xlsx and .csv files are read, not { $kind }. Save it as .xlsx first.
sheet-locked = The file is protected by a password, or of an old format. Remove the password and save it as .xlsx.
sheet-unreadable = The file is no valid spreadsheet. Make sure that it opens, then try again.
sheet-unpacks-too-large = Unpacked, the file is larger than { $limit } MB or has too many parts. Use the spreadsheet as downloaded.
sheet-entities = The file contains declarations that no spreadsheet has. Use the spreadsheet as downloaded.
sheet-too-many-sheets = The file has more than { $limit } sheets and was not read.
sheet-too-many-rows = The file has more than { $limit } rows and was not read.
sheet-not-ours = This is no spreadsheet downloaded here, or its last line with the mark was deleted. Download it again.
sheet-two-marks = The file bears the marks of two spreadsheets, so its task cannot be told. Keep one spreadsheet in one file.
sheet-forged = The mark of the spreadsheet was changed, so its task cannot be told. Download it again.
sheet-no-task = The task of this spreadsheet was not found, or you do not enter for its unit.
sheet-other-task = This spreadsheet belongs to another task.
sheet-other-task-named = This spreadsheet belongs to another task: { $matter }, { $title }.
sheet-other-version = This spreadsheet was made from an earlier version of the scheme, and may ask for something else. Download it again.
sheet-other-campaign = This spreadsheet belongs to another campaign.
sheet-twice = Another file of this upload is of the same task.
sheet-out = Send out
sheet-out-lead = Download the spreadsheets of all open tasks of a step as one archive, to be sent to the units. At most { $limit } at once.
sheet-out-count = { $count ->
    [one] { $count } task
   *[other] { $count } tasks
}
sheet-out-download = Download all
sheet-out-download-of = Download all: { $title }
sheet-out-none = No task can be filled in on a spreadsheet
sheet-out-none-hint = Once units have something to fill in, its steps are listed here.
sheet-back = Bring back
sheet-files-back = Spreadsheets that units filled in
sheet-files-back-hint = Choose several .xlsx or .csv files, { $limit } at most; unit and task are told by the mark.
sheet-upload-all = Read all
sheet-results = Read { $taken } of { $count ->
    [one] { $count } file
   *[other] { $count } files
}
sheet-results-next = All is in the drafts: open each task, check and hand in. The files are kept as proof of the entries.
sheet-result-taken = { $count ->
    [one] { $count } value read
   *[other] { $count } values read
}
sheet-result-empty = Nothing filled in
sheet-result-refused = Not read
sheet-too-many-tasks = This step has more than { $limit } open tasks, too many for one archive. Download them on the pages of the tasks.
sheet-too-many-files = At most { $limit } files are read at once. Upload them in several goes.
