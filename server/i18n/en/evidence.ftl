evidence-library = Evidence
evidence-library-of = Evidence of { $unit }
evidence-units = Units
evidence-none = No evidence yet
evidence-none-hint = What you upload here can be chosen when you fill in a self-assessment or another task; files uploaded in tasks are collected here too.
evidence-no-unit = Your current post has no unit whose evidence you can manage
evidence-no-unit-hint = To upload or read evidence, switch to another post or ask your unit's liaison.
evidence-upload = Upload evidence
evidence-files = Choose files
evidence-limit = PDF, OFD, images, Office and WPS documents, text; up to { $limit } at a time
evidence-note = Note
evidence-note-hint = For example the document number, the page, or the criteria it concerns
evidence-proves-on = Date of what it proves
evidence-proves-on-hint = For example the day of the meeting or of issue, not the day of upload
evidence-submit = Upload
evidence-paper = Record evidence without uploading it
evidence-paper-hint = When the original is on paper or may not be uploaded, record here where it lies or why; it counts as evidence all the same.
evidence-paper-kind = Kind
evidence-kind-file = File
evidence-kind-paper = Original on paper
evidence-kind-withheld = May not be uploaded
evidence-paper-name = Name of the document
evidence-paper-note = Where it lies, or why it is not uploaded
evidence-paper-submit = Record
evidence-added = { $count ->
    [one] One file was uploaded.
   *[other] { $count } files were uploaded.
}
evidence-paper-added = “{ $name }” was recorded.
evidence-added-by = { $who }, { $when }
evidence-proves = Proves { $day }
evidence-withdraw = Withdraw
evidence-withdraw-title = Withdraw this piece of evidence?
evidence-withdraw-text = “{ $name }” will leave this list and can no longer be chosen. What was already handed in or decided is not affected, and the file stays readable there.
evidence-withdraw-reason = Reason for withdrawing
evidence-withdrawn = “{ $name }” was withdrawn.
evidence-damaged = File is damaged
evidence-missing-content = File is missing
evidence-some-refused = { $count ->
    [one] One file could not be uploaded; the others were saved.
   *[other] { $count } files could not be uploaded; the others were saved.
}
evidence-refused = “{ $name }”: { $reason }
evidence-too-large = The file is larger than { $limit }. Compress it, or split it into several files.
evidence-empty = The file is empty. Check it and choose it again.
evidence-cut-off = The file is incomplete: the transfer was interrupted or the file is damaged. Make sure that it opens, then upload it again.
evidence-kind-refused = Files of the kind { $kind } are not accepted. Convert it to PDF, OFD, an image, or an Office or WPS document; unpack archives and upload the files one by one.
evidence-kind-mismatch = The content does not match the extension { $kind }. Open the file in the program it was made with and save it in the right format.
evidence-encrypted = The file is protected by a password, so the verifiers cannot open it. Remove the password and upload it again.
evidence-macros = The file contains macros and cannot be accepted. Save it in a format without macros, or export it as PDF.
evidence-disk-full = The server has run out of storage, so nothing can be uploaded at the moment. What you entered is not lost; please tell the administrator.
evidence-content-damaged = The content of this file is no longer what was uploaded, so the download was stopped. Please tell the administrator, and ask the unit to provide the file again.
evidence-content-missing = The server no longer has the content of this file. Please tell the administrator, and ask the unit to provide the file again.
evidence-key-used = This submission has already uploaded another file, so nothing was added. Reload the page and try again.
evidence-name-missing = Enter the name of the document.
evidence-note-missing = Say where it lies, or why it is not uploaded.
evidence-note-long = A note may have at most { $limit } characters.
evidence-reason-missing = Give a reason of at most 500 characters.
evidence-file-missing = Choose a file to upload.
evidence-date-invalid = This is no valid date; write it as year-month-day.
evidence-problem-missing = Evidence content { $place } is missing ({ $names })
evidence-problem-altered = Evidence content { $place } was altered ({ $names })
evidence-problem-size = Evidence content { $place } has another size than recorded ({ $names })
