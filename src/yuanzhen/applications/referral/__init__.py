"""Referral: a patient goes up, down or across to another house, and what became of them always comes back."""
