"""Who it is: people and machine clients, how they prove themselves, and the sessions that follow from it."""
