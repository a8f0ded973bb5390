"""Campaigns: one round of a scheme version with its dates and participants."""
