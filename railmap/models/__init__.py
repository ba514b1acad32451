"""Model packages: an ONNX file with its metadata, and the weights for torch."""
