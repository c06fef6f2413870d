"""The data centre: knows the standards, knows no application."""
