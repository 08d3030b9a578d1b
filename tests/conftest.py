"""Tests run as the product does: with its number of BLAS threads, fixed before numpy is loaded."""

from trainer.blas import pin_blas_threads

pin_blas_threads()
