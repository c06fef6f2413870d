"""DICOM: a storage listener, headers as facts and as JSON, frames as pictures."""
