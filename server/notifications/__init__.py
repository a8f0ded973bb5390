"""Telling people what they must hear: in the product at once, by mail as soon as the hour allows."""
