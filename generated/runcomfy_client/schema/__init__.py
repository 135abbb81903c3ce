"""What generated classes are made of: inputs, outputs, requests, and the checks that annotations alone cannot state."""
