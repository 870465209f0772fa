"""The whole loop over HTTP: shoppers with known tastes shop, the ranking learns from them, and is it better for them?"""
