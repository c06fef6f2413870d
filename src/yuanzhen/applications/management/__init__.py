"""Management, upper tier: how the work goes, in totals; nothing of a case or a patient."""
