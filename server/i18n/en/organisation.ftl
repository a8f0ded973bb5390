# Organisation
organisation-required = Please fill this in.
organisation-too-deep = The tree cannot have more than { $limit } levels.
organisation-administrator-post = System, security and audit administrators are appointed by the security administrator under accounts.
organisation-administrators-exclude = { $name }: an administrator's post cannot be combined with another post.
organisation-one-root = The organisation has one top unit; choose the unit above the new one.
organisation-no-root = There is no organisation yet. Import it first.
organisation-code-taken = The code “{ $code }” is taken.
organisation-move-into-itself = A unit cannot be moved below itself, and the top unit cannot be moved.
organisation-open-below = “{ $name }” below this unit is still open. Deal with it first.
organisation-closed-before-opened = The last day is before the unit was set up.
organisation-post-exists = The unit already has the post “{ $title }”.
organisation-until-before-from = The last day is before the first day.
organisation-holds-already = { $name } already holds “{ $title }” during this time.
organisation-closed = “{ $name }” was closed on { $on } and cannot be changed.
