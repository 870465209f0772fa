"""What personalization knows of products: traits, neighbours, factors, and the packed rows that hold them."""
