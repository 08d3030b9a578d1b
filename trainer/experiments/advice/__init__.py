"""Advice: what a babysitter would say of a run, with the evidence and one thing to do; silent on a healthy run."""
