"""A BERT layout as compiled functions over bfloat16 weights."""
