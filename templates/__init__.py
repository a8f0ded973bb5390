"""Pages, one folder per package of the server; found as `server._templates`."""
