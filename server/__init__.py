"""Greengate: creation campaigns of public institutions, driven by BPMN."""
