"""One patient, one record: who is whom among the Patients of all houses, found, judged, joined and parted again."""
