"""Recognitions: who met the standard, the rate against the target, and the gate that decides."""
