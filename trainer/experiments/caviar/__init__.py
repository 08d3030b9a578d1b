"""Panda against caviar: one babysat run against many random trials, at equal compute."""
