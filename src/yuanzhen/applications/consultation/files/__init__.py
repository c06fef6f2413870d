"""Files of any size that the people of a case give each other."""
