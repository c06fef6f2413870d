"""Yuanzhen (远诊): telemedicine for a city hospital and its region."""
