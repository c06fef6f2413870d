"""`yuanzhen doctor`: looks at everything that a home stands on, changes nothing, and says it in one line each."""
