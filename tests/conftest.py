"""Tests run as the product does: with its number of BLAS threads, fixed before numpy is loaded."""

import signal

from trainer.blas import pin_blas_threads

pin_blas_threads()

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # started in the background, where Ctrl-C is ignored: processes under test would inherit that
    signal.signal(signal.SIGINT, signal.default_int_handler)
