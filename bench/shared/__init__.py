"""What several figures stand on."""
