"""What else: products that go with a product or a shopper, from what was done before. Lists are made here and kept elsewhere."""
