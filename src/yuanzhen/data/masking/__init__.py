"""What is shown of a person to whoever may not see who it is."""
