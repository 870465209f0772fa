"""What a picture says in words, and where two pictures agree."""
