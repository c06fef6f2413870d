"""The application layer. Siblings meet only in facts; the upper tier (management, administration) looks over all."""
