"""The campaign of the tests of scoring."""

from tests.assessments.conftest import gaoping, opened

__all__ = ["gaoping", "opened"]
