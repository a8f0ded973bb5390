"""Process instances: their state, children, barriers, incidents, and the one command runner."""
