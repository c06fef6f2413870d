"""What every application uses, and which knows none of them."""
