"""What a developer runs beside the product: set-up and the house's own checks. Nothing of it is installed."""
