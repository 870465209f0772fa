"""Words to vectors: any sentence model in the layout of transformers, BERT layouts without torch."""
