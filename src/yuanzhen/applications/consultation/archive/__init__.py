"""What a consultation must hold once it is over, and where something lacks: on its page, and as quality's list."""
