cli-about = Greengate: creation campaigns from plan to recognition
cli-run = Create database and demo, and serve in one process on this machine
cli-run-demo = Whether to fill in demo data
cli-port-taken = Port { $port } is in use; set PORT to another one.
cli-address = Running at { $url }
cli-init = Create the database, install the shipped schemes and make the first administrator
cli-init-login = Login name
cli-init-name = Full name
cli-first-token = Log in as { $login } with the one-time token { $token } within 7 days, and set a password.
cli-serve = Serve the web pages with gunicorn (without background work)
cli-worker = Run background work and timers
cli-migrate = Upgrade the database
cli-migrated = The database is up to date.
cli-scheme = Schemes
cli-scheme-check = Check a scheme's folder or ZIP file
cli-scheme-install = Install a scheme
cli-rehearse = Rehearse a scheme's whole campaign on a virtual clock
cli-rehearse-json = Print JSON
cli-verify = Check projections, audit chains and evidence
cli-verified = Checked; { $count ->
    [one] one problem found.
   *[other] { $count } problems found.
 }
