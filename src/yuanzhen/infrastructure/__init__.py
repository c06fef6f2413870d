"""What every other layer stands on: settings, database, objects, clock, ids, errors, log. Knows no medicine."""
