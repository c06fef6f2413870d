"""The FHIR repository: the only clinical record. Knows resources, not the applications that publish them."""
