"""Teleconsultation: a primary-care clinician asks, an expert answers, the signed opinion comes back."""
