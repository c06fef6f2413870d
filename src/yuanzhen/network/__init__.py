"""What carries between houses: media now; paths, quality and bulk transfer when they are built. Knows no medicine."""
