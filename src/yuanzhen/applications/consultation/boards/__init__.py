"""What the people of a case draw and write together: a whiteboard, and minutes."""
