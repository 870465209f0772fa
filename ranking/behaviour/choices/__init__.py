"""What shoppers chose among what they had before their eyes, and what that says of products and of their tastes."""
