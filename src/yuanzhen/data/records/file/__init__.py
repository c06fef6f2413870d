"""The patient's file as one reads it: a few short lists out of the record, each a card of the page."""
