"""The target file: what a target is and what it claims. What is not claimed is not held against it."""
