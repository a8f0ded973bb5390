"""Rehearsals: a whole campaign of a scheme by invented people, on a virtual clock, by the real operations."""
