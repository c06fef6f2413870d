"""What was done in need, and is looked at afterwards by somebody else."""
