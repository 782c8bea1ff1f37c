"""The function tuned by hand: what differs from the one in the folder above."""
