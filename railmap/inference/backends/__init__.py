"""Run a model with OpenVINO, torch or ONNX Runtime."""
