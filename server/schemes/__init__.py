"""Schemes: packages made from official notices, checked whole, kept as immutable versions."""
