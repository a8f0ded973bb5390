"""Deadlines: every instant that something is due, and the timers that fire."""
