"""The experiments of the papers: their tables, with our numbers and theirs."""
