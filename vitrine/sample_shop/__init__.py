"""The sample shop: some 500 invented products with drawn pictures, reviews and judgments, the same for the same seed."""
