"""`make setup`: brings what is missing, says what it does, and is done in a blink when nothing is."""
