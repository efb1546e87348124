"""What workflows do in the hub and, by mail and webhooks, outside it: one module per noun."""
