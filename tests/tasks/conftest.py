"""The campaign of the tests of scoring, whose tasks are of every kind."""

from tests.assessments.conftest import gaoping, opened

__all__ = ["gaoping", "opened"]
