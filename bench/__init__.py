"""Measurements; see README.md here. Run with `make bench` or `python -m bench --help`."""
