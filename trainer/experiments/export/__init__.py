"""Export: a recorded run with its ancestors, taken elsewhere; one module for each format."""
