"""What the tests compare with: independent loops, one file a module, and the shared helpers."""
