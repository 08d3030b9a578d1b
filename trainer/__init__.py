"""Panda babysits one neural network while it trains: watch it, nudge it, record it, replay it bit for bit."""

__version__ = "0.4.0"
