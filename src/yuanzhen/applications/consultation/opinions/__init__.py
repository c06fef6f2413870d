"""Signed opinions: their versions, who signed them, who has read them, and the page to print."""
