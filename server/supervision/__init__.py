"""Supervision orders: drafted by the system or by hand, sent by a person, received and replied to by the unit."""
