"""A model ready to run: OpenVINO, torch, ONNX Runtime."""
