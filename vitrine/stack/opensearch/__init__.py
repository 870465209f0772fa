"""A local OpenSearch 3.6 with k-NN and neural-search: its files, its Java, its node."""
