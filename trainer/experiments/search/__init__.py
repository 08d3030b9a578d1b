"""Search: many short trials inside a box of hyperparameters."""
