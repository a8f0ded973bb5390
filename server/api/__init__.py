"""The interface for programs: JSON under `/api/v1`, described by its OpenAPI document."""
