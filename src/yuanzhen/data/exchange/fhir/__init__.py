"""FHIR as a wire format: its voice for problems."""
