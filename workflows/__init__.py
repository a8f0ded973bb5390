"""Schemes that are shipped with the program; installed from here, run from the database."""
